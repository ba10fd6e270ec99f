"""Helpers around arrays, devices and calls."""

import functools
import os
import random
from collections import OrderedDict, defaultdict, namedtuple

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

import thinc.util
from thinc import compat
from thinc.backends import NumpyOps, get_current_ops, use_ops
from thinc.types import ArgsKwargs, Padded, Ragged
from thinc.util import (
    ArrayInfo,
    convert_recursive,
    copy_array,
    fix_random_seed,
    get_array_module,
    get_width,
    iterate_recursive,
    make_tempfile,
    partial,
    to_categorical,
    to_numpy,
)

NAMES = """ArrayInfo DATA_VALIDATION DataValidationError assert_mxnet_installed assert_pytorch_installed
assert_tensorflow_installed convert_recursive copy_array data_validation fix_random_seed get_array_module
get_torch_default_device get_width gpu_is_available has_cupy has_cupy_gpu has_gpu has_mxnet has_tensorflow
has_torch has_torch_cuda_gpu has_torch_mps is_cupy_array is_mxnet_array is_mxnet_gpu_array is_numpy_array
is_tensorflow_array is_tensorflow_gpu_array is_torch_array is_torch_cuda_array is_torch_gpu_array
is_torch_mps_array is_xp_array iterate_recursive make_tempfile mxnet2xp partial prefer_gpu require_cpu
require_gpu set_active_gpu tensorflow2xp to_categorical to_numpy torch2xp use_nvtx_range
validate_fwd_input_output xp2mxnet xp2tensorflow xp2torch"""
without_torch = pytest.mark.skipif(compat.has_torch, reason="PyTorch is installed")
without_gpu = pytest.mark.skipif(compat.has_gpu, reason="there is a GPU")


@pytest.mark.parametrize("name", NAMES.split())
def test_name_is_importable(name):
    assert hasattr(thinc.util, name)


# -- arrays ----------------------------------------------------------------------------------------


def test_array_module_of_an_array_is_numpy():
    assert get_array_module(numpy.zeros(2)) is numpy


@pytest.mark.parametrize("value", [[1], 3, numpy.float32(3), None])
def test_array_module_of_anything_else_raises(value):
    with pytest.raises(ValueError, match="Only numpy and cupy arrays are supported, but found"):
        get_array_module(value)
    assert not thinc.util.is_xp_array(value) and not thinc.util.is_numpy_array(value)


def test_an_array_belongs_to_one_framework():
    X = numpy.zeros(2)
    assert thinc.util.is_numpy_array(X) and thinc.util.is_xp_array(X)
    for name in NAMES.split():
        if name.startswith("is_") and name not in ("is_numpy_array", "is_xp_array"):
            assert not getattr(thinc.util, name)(X), name


def test_to_numpy_converts_what_is_no_array():
    X = numpy.zeros(2)
    assert to_numpy(X) is X
    assert to_numpy([1, 2]).tolist() == [1, 2]


def test_copy_array_writes_in_place_with_broadcasting():
    dst = numpy.zeros((2, 3))
    copy_array(dst, numpy.array([1, 2, 3]))
    assert dst.tolist() == [[1, 2, 3], [1, 2, 3]]
    scalar = numpy.zeros(())
    copy_array(scalar, numpy.array(5.0))
    assert scalar == 5
    with pytest.raises(ValueError, match="broadcast"):
        copy_array(dst, numpy.zeros(2))


@pytest.mark.parametrize(
    "value, width",
    [
        (numpy.zeros((2, 3)), 3),
        (numpy.zeros((2, 3, 4)), 4),
        (numpy.array(3.0), 0),
        (numpy.array([0, 4, 2]), 5),
        (numpy.array([], dtype="int32"), 0),
        ([], 0),
        ((), 0),
        ([numpy.zeros((2, 3)), numpy.zeros((1, 9))], 3),
        ([[numpy.zeros((2, 3))]], 3),
        (Ragged(numpy.zeros((3, 2)), numpy.array([1, 2])), 2),
        (Padded(numpy.zeros((3, 1, 7)), *[numpy.array([1])] * 3), 7),
        ([Ragged(numpy.zeros((3, 2)), numpy.array([1, 2]))], 2),
    ],
)
def test_width(value, width):
    assert get_width(value) == width


def test_width_of_another_axis():
    assert get_width(numpy.zeros((2, 3, 4)), dim=1) == 3
    assert get_width([numpy.zeros((2, 3, 4))], dim=0) == 2


@pytest.mark.parametrize("value", [3, "abc", None, {1: 2}, [1, 2], ["a"], (None,)])
def test_width_of_what_has_none_raises(value):
    with pytest.raises(ValueError, match="Cannot get width of object.*has neither shape nor __getitem__"):
        get_width(value)


labels = arrays("int64", array_shapes(max_dims=3, max_side=4), elements=st.integers(0, 4))


@given(labels, st.sampled_from([None, 5, 8]), st.sampled_from([0.0, 0.1, 0.3]))
def test_to_categorical_against_a_formula(Y, n_classes, smoothing):
    n = n_classes or int(Y.max()) + 1
    if n == 1:
        smoothing = 0.0
    rows = to_categorical(Y, n_classes, label_smoothing=smoothing)
    equal = Y[..., None] == numpy.arange(n)
    expected = numpy.where(equal, 1 - smoothing, smoothing / max(n - 1, 1)).astype("float32")
    assert rows.dtype == "float32"
    assert_array_equal(rows, expected)


def test_to_categorical_of_many_classes_takes_memory_for_its_rows_only():
    assert to_categorical(numpy.array([3, 2_000_000]), 4_000_000).sum() == 2


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint64"])
def test_to_categorical_smooths_labels_of_any_integer_dtype(dtype):
    rows = to_categorical(numpy.array([0, 2, 1], dtype=dtype), 3, label_smoothing=0.1)
    assert_allclose(rows, [[0.9, 0.05, 0.05], [0.05, 0.05, 0.9], [0.05, 0.9, 0.05]], rtol=1e-6)


@pytest.mark.parametrize(
    "Y, n_classes, smoothing, message",
    [
        ([0, 5], 2, -0.1, "Label-smoothing parameter has to be greater than or equal to 0"),
        ([0], 0, 0.0, "n_classes should be at least 1"),
        (
            [0],
            1,
            0.5,
            "n_classes should be greater than 1 when label smoothing is enabled,but 1 was provided.",
        ),
        ([0, 1], 2, 0.5, "For 2 classes label_smoothing parameter has to be less than 0.5, but found 0.5."),
        ([0, 2], 2, 0.0, "labels must be between 0 and 1; got 0 to 2"),
        ([0, -1], 2, 0.0, "labels must be between 0 and 1; got -1 to 0"),
        ([True, False], 2, 0.0, "Y must be an array of integers; got dtype bool"),
        ([0.0, 1.0], 2, 0.0, "Y must be an array of integers; got dtype float64"),
    ],
)
def test_to_categorical_of_wrong_input_raises(Y, n_classes, smoothing, message):
    with pytest.raises(ValueError, match=message):
        to_categorical(numpy.array(Y), n_classes, label_smoothing=smoothing)


def test_to_categorical_of_a_list_or_of_nothing_raises():
    with pytest.raises(ValueError, match="Only numpy and cupy arrays"):
        to_categorical([0, 1])
    with pytest.raises(ValueError, match="n_classes is required"):
        to_categorical(numpy.array([], dtype="int32"))
    assert to_categorical(numpy.array([], dtype="int32"), 3).shape == (0, 3)


def test_array_info_compares_a_gradient_with_its_array():
    info = ArrayInfo.from_array(numpy.zeros((2, 3), dtype="float32"))
    assert info == ArrayInfo((2, 3), numpy.dtype("float32"))
    info.check_consistency(numpy.ones((2, 3), dtype="float32"))
    with pytest.raises(ValueError, match=r"Shape mismatch in backprop. Y: \(2, 3\), dY: \(2, 4\)"):
        info.check_consistency(numpy.zeros((2, 4), dtype="float32"))
    with pytest.raises(ValueError, match="Type mismatch in backprop. Y: float32, dY: float64"):
        info.check_consistency(numpy.zeros((2, 3)))


# -- devices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, -5, 2**32, 2**70])
def test_seeding_repeats_what_follows(seed):
    fix_random_seed(seed)
    first = (random.random(), numpy.random.uniform())
    fix_random_seed(seed)
    assert (random.random(), numpy.random.uniform()) == first


def test_seed_of_numpy_is_reduced():
    fix_random_seed(2**32 + 3)
    value = numpy.random.uniform()
    numpy.random.seed(3)
    assert numpy.random.uniform() == value


@without_gpu
def test_without_a_gpu_the_cpu_is_used():
    assert thinc.util.gpu_is_available() is False
    assert thinc.util.prefer_gpu() is False
    with pytest.raises(ValueError, match="No CUDA GPU devices detected"):
        thinc.util.set_active_gpu(0)
    with pytest.raises(ValueError, match="Cannot use GPU|No GPU devices detected"):
        thinc.util.require_gpu()
    assert thinc.util.require_cpu() is True
    assert isinstance(get_current_ops(), NumpyOps)


@without_torch
def test_without_torch_conversions_say_so():
    for convert in (
        thinc.util.xp2torch,
        thinc.util.torch2xp,
        lambda _: thinc.util.assert_pytorch_installed(),
    ):
        with pytest.raises(ImportError, match=r"PyTorch support requires torch: pip install thinc\[torch\]"):
            convert(numpy.zeros(2))
    with pytest.raises(ValueError, match="Cannot get default Torch device when Torch is not available."):
        thinc.util.get_torch_default_device()


@pytest.mark.parametrize("name, enable", [("tensorflow", "enable_tensorflow"), ("mxnet", "enable_mxnet")])
def test_conversions_of_a_framework_that_is_not_enabled_say_so(name, enable):
    for convert in (f"xp2{name}", f"{name}2xp"):
        with pytest.raises(ImportError, match=rf"support requires {name}.*\s*.*\s*.*{enable}"):
            getattr(thinc.util, convert)(numpy.zeros(2))


def test_flags_follow_compat(monkeypatch):
    monkeypatch.setattr(compat, "has_tensorflow", "as enabled later")
    assert thinc.util.has_tensorflow == "as enabled later"
    with pytest.raises(AttributeError, match="has_nothing"):
        thinc.util.has_nothing  # noqa: B018


def test_nvtx_range_without_cupy_does_nothing():
    with thinc.util.use_nvtx_range("message", 3):
        pass


# -- PyTorch ---------------------------------------------------------------------------------------


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_xp2torch_shares_memory_both_ways(torch):
    X = numpy.arange(6, dtype="float32").reshape(2, 3)
    tensor = thinc.util.xp2torch(X)
    tensor[0, 0] = 99
    assert X[0, 0] == 99 and not tensor.requires_grad
    assert numpy.shares_memory(thinc.util.torch2xp(tensor), X)


@pytest.mark.parametrize("view", [lambda X: X[::-1], lambda X: X.astype(">f4"), lambda X: X[:, ::-2]])
def test_xp2torch_copies_what_torch_cannot_share(torch, view):
    X = view(numpy.arange(6, dtype="float32").reshape(2, 3))
    tensor = thinc.util.xp2torch(X, requires_grad=True)
    assert tensor.requires_grad and tensor.dtype == torch.float32
    assert_array_equal(thinc.util.torch2xp(tensor), X)


def test_xp2torch_never_writes_to_a_read_only_array(torch):
    X = numpy.zeros(3, dtype="float32")
    X.flags.writeable = False
    tensor = thinc.util.xp2torch(X)
    tensor += 1
    assert not X.any() and tensor.tolist() == [1, 1, 1]


def test_torch_device_follows_the_current_ops(torch):
    assert thinc.util.get_torch_default_device() == torch.device("cpu")
    with use_ops("mps"):
        assert thinc.util.get_torch_default_device() == torch.device("mps")
    assert thinc.util.is_torch_array(torch.zeros(1)) and not thinc.util.is_torch_gpu_array(torch.zeros(1))


def test_seeding_reaches_torch(torch):
    fix_random_seed(-3)
    first = torch.rand(2)
    fix_random_seed(-3)
    assert torch.equal(torch.rand(2), first)


# -- calls -----------------------------------------------------------------------------------------

Point = namedtuple("Point", "x y")


class Words(list):
    pass


class Row(tuple):
    pass


def is_int(value):
    return isinstance(value, int)


@pytest.mark.parametrize(
    "value, expected",
    [
        (3, "3"),
        ([1, (2, "a")], ["1", ("2", "a")]),
        ({1: [2], "a": {3: 4}}, {"1": ["2"], "a": {"3": "4"}}),
        (Point(1, [2]), Point("1", ["2"])),
        (Row((1, 2.0)), Row(("1", 2.0))),
        (Words([1, 2.0]), Words(["1", 2.0])),
        (OrderedDict({1: 2}), OrderedDict({"1": "2"})),
        (ArgsKwargs((1, "b"), {"x": 2}), ArgsKwargs(("1", "b"), {"x": "2"})),
        ({1, 2}, {1, 2}),
        (numpy.float32, numpy.float32),
    ],
)
def test_convert_recursive_rebuilds_containers_in_their_type(value, expected):
    result = convert_recursive(is_int, str, value)
    assert result == expected and type(result) is type(expected)


def test_convert_recursive_keeps_attributes_of_containers():
    words = Words([1])
    words.language = "en"
    assert convert_recursive(is_int, str, words).language == "en"
    assert words == [1]
    assert convert_recursive(is_int, str, defaultdict(list, {1: 2})).default_factory is list


def test_iterate_recursive_finds_what_would_be_converted():
    value = [1, {2: (3, "a")}, ArgsKwargs((4,), {"x": [5]}), "b"]
    assert list(iterate_recursive(is_int, value)) == [1, 2, 3, 4, 5]
    assert list(iterate_recursive(lambda _: True, value)) == [value]


def test_partial_has_the_docstring_of_its_function():
    def power(base, exponent):
        """Raise."""
        return base**exponent

    square = partial(power, exponent=2)
    assert square(3) == 9 and square.__doc__ == "Raise." and isinstance(square, functools.partial)


@pytest.mark.parametrize("mode, content", [("w", "text"), ("wb", b"bytes")])
def test_tempfile_is_removed_also_after_an_exception(mode, content):
    with make_tempfile(mode) as file:
        file.write(content)
        file.flush()
        assert os.path.getsize(file.name) == len(content)
    assert not os.path.exists(file.name)
    with pytest.raises(KeyError), make_tempfile() as file:
        raise KeyError
    assert file.closed and not os.path.exists(file.name)

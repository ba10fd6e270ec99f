"""The functions of `_custom_kernels` are the ops of `CupyOps`, with checks and thresholds of their own."""

import inspect

import numpy
import pytest

from thinc.backends import _custom_kernels as kernels

X = numpy.linspace(-20, 20, 12).reshape(4, 3).astype("f")
DY = numpy.linspace(1, 2, 12).reshape(4, 3).astype("f")
LENGTHS = numpy.array([1, 3], "int32")
WHICH = numpy.array([[0, 0, 0], [2, 1, 0]], "int32")

CALLS = {
    "clipped_linear": (X,),
    "backprop_clipped_linear": (DY, X),
    "dish": (X,),
    "backprop_dish": (DY, X),
    "backprop_hard_swish": (DY, X),
    "backprop_hard_swish_mobilenet": (DY, X),
    "maxout": (X.reshape(2, 2, 3),),
    "backprop_maxout": (DY[:2], WHICH, 3),
    "reduce_sum": (X, LENGTHS),
    "backprop_reduce_sum": (DY[:2], LENGTHS),
    "reduce_mean": (X, LENGTHS),
    "backprop_reduce_mean": (DY[:2], LENGTHS),
    "reduce_max": (X, LENGTHS),
    "backprop_reduce_max": (DY[:2], WHICH, LENGTHS),
    "seq2col": (X, 1),
    "backprop_seq2col": (DY, 1),
    "pad": ([X, X[:2]], 8),
    "gather_add": (X, numpy.array([[0, 3], [1, 1]])),
    "hash": (numpy.arange(5, dtype="uint64"), 3),
}
# These have a threshold beyond which they are the identity, or 0.
GATED = {
    "gelu": (X,),
    "backprop_gelu": (DY, X),
    "mish": (X,),
    "backprop_mish": (DY, X),
    "swish": (X,),
    "backprop_swish": (DY, X, X * 0.5),
}


@pytest.fixture(autouse=True)
def host(ops, monkeypatch):
    monkeypatch.setattr(kernels, "CupyOps", lambda: ops)


def test_all_names_are_called_here():
    assert {*CALLS, *GATED, "check_seq2col_lengths"} == set(kernels.__all__)


@pytest.mark.parametrize("name", list(CALLS))
def test_function_is_the_op(ops, name):
    expected = getattr(ops, name)(*CALLS[name])
    found = getattr(kernels, name)(*CALLS[name], threads_per_block=32, num_blocks=1)
    for Y, Z in zip(*((V if isinstance(V, tuple) else (V,)) for V in (found, expected)), strict=True):
        numpy.testing.assert_array_equal(Y, Z)


@pytest.mark.parametrize("name", list(GATED))
def test_function_is_the_identity_from_its_threshold_on(ops, name):
    args = GATED[name]
    function = getattr(kernels, name)
    found = function(*args, threshold=4.0)
    numpy.testing.assert_array_equal(found[X >= 4.0], args[0][X >= 4.0])
    if "mish" not in name:
        assert not found[X <= -4.0].any()
    near = abs(X) < 4.0
    numpy.testing.assert_array_equal(found[near], getattr(ops, name)(*args)[near])
    target = args[0].copy()
    assert function(target, *args[1:], threshold=4.0, inplace=True) is target
    numpy.testing.assert_array_equal(target, found)


@pytest.mark.parametrize(
    ("name", "threshold"), [("gelu", 6.0), ("mish", 5), ("swish", 17.0), ("backprop_mish", 5)]
)
def test_thresholds_are_those_of_earlier_kernels(name, threshold):
    assert inspect.signature(getattr(kernels, name)).parameters["threshold"].default == threshold


def test_lengths_of_none_are_one_sequence():
    lengths = kernels.check_seq2col_lengths(None, 7)
    assert lengths.tolist() == [7] and lengths.dtype == "int32"
    assert kernels.check_seq2col_lengths(LENGTHS, 4) is LENGTHS


INTS = X.astype("int32")
WRONG = [
    (AssertionError, "can only handle float32 and float64", "dish", (INTS,)),
    (ValueError, r"incorrect shape, expected: \(4, 3\), was: \(2, 3\)", "backprop_gelu", (DY, X[:2])),
    (AssertionError, "float32, float64, int32 and int64", "pad", ([X.astype("float16")],)),
    (ValueError, "Rounding for padding must at least be 1, was: 0", "pad", ([X], 0)),
    (AssertionError, "lengths should be encoded as 32-bit integers", "reduce_sum", (X, LENGTHS.astype("i8"))),
    (ValueError, "all sequence lengths must be >= 1", "reduce_max", (X, LENGTHS * 0)),
    (IndexError, "lengths must sum up to the batch size", "reduce_mean", (X, LENGTHS[:1])),
    (IndexError, "index out of bounds, must be >= 0 && < 4", "gather_add", (X, numpy.array([[4]]))),
    (ValueError, "expects table with dimensionality 2, was: 1", "gather_add", (X[0], numpy.array([[0]]))),
    (ValueError, "expects indices with dimensionality 2, was: 1", "gather_add", (X, numpy.array([0]))),
    (AssertionError, r"\(which\) should be encoded as 32-bit", "backprop_maxout", (DY, X, 3)),
    (ValueError, r"\(which\) has incorrect shape", "backprop_maxout", (DY, WHICH, 3)),
    (IndexError, r"\(which\) value out of bounds", "backprop_maxout", (DY[:2], WHICH, 2)),
    (IndexError, r"\(which\) value out of bounds", "backprop_reduce_max", (DY[:2], WHICH + 1, LENGTHS)),
]


@pytest.mark.parametrize(("error", "text", "name", "args"), WRONG)
def test_mistake_is_refused(error, text, name, args):
    with pytest.raises(error, match=text):
        getattr(kernels, name)(*args)

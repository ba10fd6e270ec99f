"""What the rows of `ops.cases` leave out: masks, blocks, atomic sums, half precision, errors, all kernels."""

from types import SimpleNamespace

import numpy
import pytest
from support import host_cuda
from support.oracle import REFERENCE, arrays

from thinc import compat
from thinc.backends.cuda import _module


@pytest.mark.parametrize("drop", [0.1, 0.5, 1 - 2**-20])
@pytest.mark.parametrize("shape", [257, (19, 31), [3, 7, 13]])
def test_dropout_mask_has_the_bits_of_the_reference(ops, geometry, shape, drop):
    numpy.random.seed(7)
    expected = REFERENCE.get_dropout_mask(shape, drop)
    numpy.random.seed(7)
    found = ops.get_dropout_mask(shape, drop)
    assert found.dtype == "float32"
    numpy.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("shape", "drop"), [((3, 5), 0.5), ((40, 40), 0.0), ((40, 40), None), ((40, 40), 1.0)]
)
def test_small_and_trivial_masks_are_those_of_the_reference(ops, shape, drop):
    numpy.random.seed(7)
    expected = REFERENCE.get_dropout_mask(shape, drop)
    numpy.random.seed(7)
    numpy.testing.assert_array_equal(ops.get_dropout_mask(shape, drop), expected)


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "float16", "int16", "int32", "float32", "int64", "float64"]
)
@pytest.mark.parametrize("tail", [(), (1,), (4,), (2, 3)])
def test_pad_is_that_of_the_reference(ops, geometry, dtype, tail):
    rng = numpy.random.default_rng(0)
    seqs = [(rng.standard_normal((n, *tail)) * 50).astype(dtype) for n in (3, 0, 7, 1)]
    for round_to in (1, 4):
        found = ops.pad(seqs, round_to)
        expected = REFERENCE.pad(seqs, round_to)
        assert found.dtype == expected.dtype
        numpy.testing.assert_array_equal(found, expected)


def test_pad_of_complex_and_strided_sequences(ops):
    X = numpy.arange(24.0).reshape(12, 2)
    numpy.testing.assert_array_equal(
        ops.pad([X[::3], X[:, :1].repeat(2, 1)]), REFERENCE.pad([X[::3], X[:, :1].repeat(2, 1)])
    )
    numpy.testing.assert_array_equal(ops.pad([X + 1j]), REFERENCE.pad([X + 1j]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scatter_add_adds_atomically_on_request(ops, geometry, dtype):
    assert ops._deterministic
    rng = numpy.random.default_rng(0)
    # Whole numbers: their sums are exact in any order.
    table = rng.integers(0, 9, (5, 7)).astype(dtype)
    indices, values = rng.integers(-1, 5, 40), rng.integers(0, 9, (40, 7)).astype(dtype)
    expected = table.copy()
    REFERENCE.scatter_add(expected, indices, values)
    ops._deterministic = False
    ops.scatter_add(table, indices, values)
    ops._deterministic = True
    numpy.testing.assert_array_equal(table, expected)


def test_scatter_add_adds_in_the_order_of_the_reference(ops, geometry):
    rng = numpy.random.default_rng(0)
    table, values = rng.standard_normal((4, 9)).astype("f"), rng.standard_normal((60, 9)).astype("f")
    indices = rng.integers(-2, 4, (6, 10)).astype("int32")
    expected = table.copy()
    REFERENCE.scatter_add(expected, indices, values.reshape(6, 10, 9))
    ops.scatter_add(table, indices, values.reshape(6, 10, 9))
    numpy.testing.assert_array_equal(table, expected)


@pytest.mark.parametrize("shape", [(5,), (5, 2, 3)])
def test_scatter_add_takes_tables_of_any_rank_and_values_that_broadcast(ops, shape):
    table = numpy.zeros(shape, "f")
    expected = table.copy()
    for one in (ops, REFERENCE):
        one.scatter_add(table if one is ops else expected, numpy.array([4, 0, 4], "uint32"), 1.5)
    numpy.testing.assert_array_equal(table, expected)


# float16 (rows 5 of width 6), lengths that sum to 5 and to the rows of a gradient.
HALF = {
    "reduce_sum": lambda X: (X, [2, 0, 3]),
    "backprop_reduce_sum": lambda X: (X, [2, 0, 3, 1, 1]),
    "reduce_mean": lambda X: (X, [2, 0, 3]),
    "backprop_reduce_mean": lambda X: (X, [2, 0, 3, 1, 1]),
    "reduce_max": lambda X: (X, [2, 3]),
    "backprop_reduce_max": lambda X: (X, numpy.zeros(X.shape, "int32"), [2, 1, 3, 1, 1]),
    "softmax_sequences": lambda X: (X, [2, 0, 3]),
    "backprop_softmax_sequences": lambda X: (X, abs(X), [2, 0, 3]),
    "seq2col": lambda X: (X, 1),
    "backprop_seq2col": lambda X: (X, 1),
    "gelu": lambda X: (X,),
    "softmax": lambda X: (X,),
}


@pytest.mark.parametrize("op", list(HALF))
def test_half_precision_is_computed_in_single_and_rounded_once(ops, op):
    X = numpy.random.default_rng(0).standard_normal((5, 6)).astype("float16")
    exact = list(arrays(getattr(REFERENCE, op)(*HALF[op](X.astype("float64")))))
    found = list(arrays(getattr(ops, op)(*HALF[op](X))))
    assert [Y.dtype for Y in found] == ["float16" if Y.dtype.kind == "f" else Y.dtype for Y in exact]
    for Y, Z in zip(found, exact, strict=True):
        numpy.testing.assert_allclose(Y, Z, rtol=2**-10, atol=2**-24)


def test_update_without_its_parts_moves_the_weights_alone(ops):
    w = numpy.array([1.0, -2.0], "f")
    assert ops.sgd_update(w, numpy.array([4.0, 8.0], "f"), learn_rate=0.5)
    assert w.tolist() == [-1.0, -6.0]


def test_guard_refuses_a_gradient_that_is_not_finite(ops):
    w, g = numpy.ones(40, "f"), numpy.full(40, numpy.inf, "f")
    assert not ops.sgd_update(w, g, learn_rate=0.5, guard=True)
    assert w.tolist() == [1.0] * 40 and numpy.isinf(g).all()


def test_updates_of_strided_arrays_are_those_of_the_reference(ops):
    pairs = []
    for one in (ops, REFERENCE):
        w, g, m, v = (numpy.linspace(0.1, i, 12).astype("f")[::2] for i in (1, 2, 3, 4))
        one.adam(w, g, m, v, 0.9, 0.99, 1e-8, 0.1)
        pairs.append(w)
    numpy.testing.assert_array_equal(*pairs)


FLOATS = numpy.ones((4, 6), "f")
WRONG = {
    "maxout": [(FLOATS,), (numpy.ones((2, 3, 0), "f"),), ([1.0],), (numpy.ones((1, 2, 3), "i"),)],
    "backprop_maxout": [
        (FLOATS, FLOATS.astype("i") - 2, 3),
        (FLOATS, FLOATS.astype("i"), 1),
        (FLOATS, FLOATS, 2),
    ],
    "backprop_gelu": [(FLOATS, FLOATS[:2])],
    "mish": [(FLOATS, None)],
    "clipped_linear": [(FLOATS, "steep")],
    "softmax": [(numpy.ones((3, 0), "f"),)],
    "layer_norm": [
        (FLOATS, FLOATS[0], FLOATS[0], -1.0),
        (FLOATS, FLOATS, FLOATS),
        (FLOATS[0], FLOATS[0], FLOATS[0]),
    ],
    "reduce_sum": [
        (FLOATS, [1, 2]),
        (FLOATS, [5, -1]),
        (FLOATS, [9]),
        (FLOATS, [[4]]),
        (FLOATS, [4.5]),
        (FLOATS[0], [6]),
    ],
    "reduce_max": [(FLOATS, [4, 0]), (FLOATS, [3])],
    "backprop_reduce_sum": [(FLOATS, [1, 2]), (FLOATS, [2**30, 2**30, 1, 1])],
    "backprop_reduce_max": [
        (FLOATS, FLOATS.astype("i") + 9, [1, 1, 1, 1]),
        (FLOATS, FLOATS[:1].astype("i"), [1] * 4),
    ],
    "softmax_sequences": [(FLOATS[0], [6]), (FLOATS, [3])],
    "seq2col": [(FLOATS, -1), (FLOATS, 1.5), (FLOATS, 2**31), (FLOATS[0], 1), (FLOATS.astype("i"), 1)],
    "backprop_seq2col": [(FLOATS[:, :4], 1), (FLOATS, 2**30)],
    "gather_add": [
        (FLOATS, numpy.array([[4]])),
        (FLOATS, numpy.array([[-1]])),
        (FLOATS, numpy.array([0])),
        (FLOATS, FLOATS),
    ],
    "scatter_add": [(FLOATS, numpy.array([4]), FLOATS[:1]), (FLOATS, numpy.array([1]), FLOATS[:2])],
    "hash": [
        (numpy.ones((2, 2), "u8"), 1),
        (numpy.ones(2), 1),
        (numpy.ones(2, "u8"), -1),
        (numpy.ones(2, "u8"), 2**32),
    ],
    "ngrams": [(1.5, numpy.ones(2, "u8")), (1, numpy.ones(2))],
    "clip_gradient": [(FLOATS.copy(), -1.0), (FLOATS.copy(), None), ([1.0], 1.0)],
    "update_averages": [(FLOATS.copy(), FLOATS, -1), (FLOATS.copy(), FLOATS[:1], 1)],
    "adam": [(FLOATS, FLOATS, FLOATS, FLOATS[:1], 0.9, 0.9, 1e-8, 0.1)],
    "gemm": [(FLOATS, FLOATS), (FLOATS, FLOATS.T, FLOATS.copy()), (FLOATS[0], FLOATS)],
    "pad": [
        ([], 1),
        ([FLOATS], 0),
        ([FLOATS, FLOATS[:, :1]], 1),
        ([FLOATS, FLOATS[0]], 1),
        ([numpy.float32(1)], 1),
    ],
}


@pytest.mark.parametrize(("op", "args"), [(op, args) for op, wrong in WRONG.items() for args in wrong])
def test_mistakes_raise_what_the_reference_raises(ops, op, args):
    with pytest.raises(Exception) as expected:  # noqa: PT011
        getattr(REFERENCE, op)(*args)
    with pytest.raises(expected.type) as found:
        getattr(ops, op)(*args)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("name", ["relu", "mish", "dish", "sigmoid"])
def test_read_only_array_is_not_overwritten(ops, name):
    X = numpy.ones((3, 3), "f")
    X.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        getattr(ops, name)(X, inplace=True)


def test_overlapping_gradient_in_place_is_as_if_they_were_apart(ops):
    both = numpy.linspace(-2, 2, 33).astype("f")
    expected = ops.backprop_dish(both[1:].copy(), both[:-1].copy())
    numpy.testing.assert_array_equal(ops.backprop_dish(both[1:], both[:-1], inplace=True), expected)


def test_source_needs_no_headers():
    assert "#include" not in _module.source()


def test_expression_is_formed_from_formula_and_type():
    name = _module.expression("map_value", "Mish", "float")
    assert name == "thinc::cuda::map_value<thinc::cuda::formula::Mish, float>"
    assert _module.expression("hash_ids", "", "") == "thinc::cuda::hash_ids"


@pytest.mark.parametrize(("size", "blocks"), [(1, 1), (128, 1), (129, 2), (2**40, _module.MOST_BLOCKS)])
def test_launch_is_as_large_as_its_work_up_to_a_limit(size, blocks):
    assert _module.blocks_for(size) == blocks


def test_module_compiles_a_kernel_once_and_launches_it_with_the_arguments(monkeypatch):
    compiled, launched = [], []

    class RawModule:
        def __init__(self, *, code, options, name_expressions):
            compiled.append((code, options, name_expressions))

        def get_function(self, name):
            return lambda *launch: launched.append((name, *launch))

    monkeypatch.setattr(compat, "cupy", SimpleNamespace(RawModule=RawModule))
    module = _module.Module()
    for size in (300, 1):
        module.launch("map_slope", "Tanh", "double", size, (1, 2.0))
    name = "thinc::cuda::map_slope<thinc::cuda::formula::Tanh, double>"
    assert compiled == [(_module.source(), _module.OPTIONS, (name,))]
    assert launched == [(name, (3,), (128,), (1, 2.0)), (name, (1,), (128,), (1, 2.0))]


def test_every_kernel_in_the_headers_is_launched_by_a_binding():
    assert {kernel.loop for kernel in host_cuda.kernels()} == set(host_cuda.loops())


def test_every_kernel_has_run(ops, request):
    modules = {item.module.__name__.rpartition(".")[2] for item in request.session.items}
    if request.config.option.keyword or not modules >= {"test_bindings", "test_kernels"}:
        pytest.skip("the tests that run them are not all selected")
    assert set(host_cuda.kernels()) - ops._module.launched == set()

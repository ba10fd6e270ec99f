"""Known values and errors of the reductions over ragged sequences."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

X = numpy.array([[1, 2], [3, 1], [3, 5], [0, 7], [-1, 7]], "float32")
ALL = ["reduce_first", "reduce_last", "reduce_sum", "reduce_mean", "reduce_max"]
PLACES = ["reduce_first", "reduce_last"]
ALLOW_EMPTY = ["reduce_sum", "reduce_mean"]
PAIRS = [name for name in ALL if name not in ALLOW_EMPTY]


def first(result):
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_reduction_of_known_values(ops, name, dtype):
    expected = {
        "reduce_first": [[1, 2], [0, 7]],
        "reduce_last": [[3, 5], [-1, 7]],
        "reduce_sum": [[7, 8], [-1, 14]],
        "reduce_mean": [[7 / 3, 8 / 3], [-0.5, 7]],
        "reduce_max": [[3, 5], [0, 7]],
    }
    Y = first(getattr(ops, name)(X.astype(dtype), numpy.array([3, 2], "int32")))
    assert Y.dtype == dtype
    assert_allclose(Y, expected[name], rtol=4 * numpy.finfo(dtype).eps)


def test_reductions_tell_where_their_rows_are(ops):
    for name, expected in {
        "reduce_first": [0, 3, 5],
        "reduce_last": [2, 4],
        "reduce_max": [[1, 2], [0, 0]],
    }.items():
        where = getattr(ops, name)(X, [3, 2])[1]
        assert where.dtype == "int32"
        assert_array_equal(where, expected)


@pytest.mark.parametrize("name", ALLOW_EMPTY)
def test_sum_and_mean_of_empty_sequence_are_zero(ops, name):
    Y = getattr(ops, name)(X, numpy.array([0, 3, 0, 2, 0], "int32"))
    assert not Y[[0, 2, 4]].any() and Y[[1, 3]].all()


@pytest.mark.parametrize("name", ALLOW_EMPTY)
def test_only_empty_sequences_give_zeros(ops, name):
    Y = getattr(ops, name)(X[:0], numpy.array([0, 0], "int32"))
    assert Y.shape == (2, 2) and Y.dtype == "float32" and not Y.any()


@pytest.mark.parametrize("name", ALL)
def test_no_sequences_give_an_empty_result(ops, name):
    Y = first(getattr(ops, name)(X[:0], numpy.zeros(0, "int32")))
    assert Y.shape == (0, 2) and Y.dtype == "float32"


@pytest.mark.parametrize("name", ALL)
def test_no_columns_give_an_empty_result(ops, name):
    Y = first(getattr(ops, name)(X[:, :0], numpy.array([3, 2], "int32")))
    assert Y.shape == (2, 0)


def test_mean_scales_rows_before_adding_them(ops):
    rows = numpy.array([[1], [3], [3]], "float32")
    assert ops.reduce_mean(rows, [3])[0, 0] == numpy.float32(2.3333333492279053)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_first_nan_wins_in_reduce_max(ops, dtype):
    rows = numpy.array([[0, numpy.nan], [numpy.nan, 5], [numpy.nan, 1], [7, 7]], dtype)
    Y, which = ops.reduce_max(rows, [3, 1])
    assert_array_equal(Y, [[numpy.nan, numpy.nan], [7, 7]])
    assert_array_equal(which, [[1, 0], [0, 0]])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "lengths", [[3, 2], (3, 2), numpy.array([3, 9, 2, 9])[::2], numpy.array([3, 2], "uint64")]
)
def test_lengths_may_be_any_integers(ops, name, lengths):
    expected = getattr(ops, name)(X, numpy.array([3, 2], "int32"))
    assert_array_equal(first(getattr(ops, name)(X, lengths)), first(expected))


@pytest.mark.parametrize("name", ALL)
def test_lengths_may_be_readonly(ops, name):
    lengths, rows = numpy.array([3, 2], "int32"), X.copy("F")
    lengths.flags.writeable = rows.flags.writeable = False
    assert_array_equal(first(getattr(ops, name)(rows, lengths)), first(getattr(ops, name)(X, [3, 2])))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [2, 0])
def test_negative_length_is_refused(ops, name, width):
    bound = ">= 0, was: -1" if name in ALLOW_EMPTY else "> 0, was: -1"
    with pytest.raises(ValueError, match=f"{name}: all sequence lengths must be {bound}"):
        getattr(ops, name)(X[:, :width], numpy.array([-1, 6], "int32"))


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("rows", [5, 0])
def test_empty_sequence_has_no_first_last_or_maximum(ops, name, rows):
    with pytest.raises(ValueError, match="all sequence lengths must be > 0"):
        getattr(ops, name)(X[:rows], numpy.array([0, rows], "int32"))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [2, 0])
@pytest.mark.parametrize("lengths", [[3, 3], [3, 1], [6, -1], [], [2**31 - 1, 2**31 - 1]])
def test_lengths_must_sum_to_the_rows(ops, name, width, lengths):
    with pytest.raises(IndexError, match="lengths must sum up to the number of rows"):
        getattr(ops, name)(X[:, :width], numpy.array(lengths, "int32"))


@pytest.mark.parametrize("name", ALL)
def test_lengths_of_another_kind_are_refused(ops, name):
    with pytest.raises(ValueError, match="lengths must have 1 dimension"):
        getattr(ops, name)(X, numpy.array([[3, 2]], "int32"))
    with pytest.raises(TypeError, match="lengths must have a integer dtype; got float64"):
        getattr(ops, name)(X, [3.0, 2.0])


@pytest.mark.parametrize("name", ALL)
def test_rows_of_another_kind_are_refused(ops, name):
    with pytest.raises(TypeError, match="'X'"):
        getattr(ops, name)(X.tolist(), [3, 2])
    if name in PLACES:
        return
    with pytest.raises(ValueError, match="X must have 2 dimension"):
        getattr(ops, name)(X[:, 0], [3, 2])
    with pytest.raises(TypeError, match="X must have a float dtype; got int32"):
        getattr(ops, name)(X.astype("int32"), [3, 2])


@pytest.mark.parametrize("name, rows", [("reduce_first", [0, 3]), ("reduce_last", [2, 4])])
@pytest.mark.parametrize("shape", [(5,), (5, 2), (5, 2, 3), (5, 0)])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint64", "float16", "bool"])
def test_first_and_last_take_rows_of_any_kind(ops, name, rows, shape, dtype):
    data = numpy.arange(numpy.prod(shape)).reshape(shape).astype(dtype)
    Y, places = getattr(ops, name)(data, numpy.array([3, 2]))
    assert_array_equal(Y, data[rows], strict=True)
    expected = numpy.zeros((int(places[-1]) + (name == "reduce_last"), *shape[1:]), dtype)
    expected[rows] = Y
    assert_array_equal(getattr(ops, f"backprop_{name}")(Y, places), expected, strict=True)


# -- gradients ------------------------------------------------------------------------------------------


def test_backprop_of_sum_and_mean_of_known_values(ops):
    d, lengths = numpy.array([[1, 2], [9, 9], [3, 4]], "float32"), numpy.array([3, 0, 2], "int32")
    assert_array_equal(ops.backprop_reduce_sum(d, lengths), [[1, 2]] * 3 + [[3, 4]] * 2)
    third = numpy.float32(1) / numpy.float32(3)
    assert_array_equal(ops.backprop_reduce_mean(d, lengths), [[third, 2 * third]] * 3 + [[1.5, 2]] * 2)


def test_backprop_of_maximum_first_and_last_of_known_values(ops):
    d = numpy.array([[1, 2], [3, 4]], "float32")
    dX = ops.backprop_reduce_max(d, numpy.array([[1, 2], [0, 0]]), [3, 2])
    assert_array_equal(dX, [[0, 0], [1, 0], [0, 2], [3, 4], [0, 0]])
    dX = ops.backprop_reduce_first(d, [0, 3, 5])
    assert_array_equal(dX, [[1, 2], [0, 0], [0, 0], [3, 4], [0, 0]])
    dX = ops.backprop_reduce_last(d, [2, 4])
    assert_array_equal(dX, [[0, 0], [0, 0], [1, 2], [0, 0], [3, 4]])


@pytest.mark.parametrize("name", ["backprop_reduce_sum", "backprop_reduce_mean"])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_gradient_needs_one_row_per_length(ops, name, rows):
    argument = name.replace("backprop_reduce_", "d_") + "s"
    with pytest.raises(ValueError, match=f"{argument} must have one row per length; got {rows} for 2"):
        getattr(ops, name)(numpy.ones((rows, 2), "float32"), numpy.array([3, 2], "int32"))


@pytest.mark.parametrize("name", ["backprop_reduce_sum", "backprop_reduce_mean"])
def test_gradient_refuses_negative_lengths(ops, name):
    with pytest.raises(ValueError, match="all sequence lengths must be >= 0, got -3"):
        getattr(ops, name)(numpy.ones((2, 2), "float32"), numpy.array([5, -3], "int32"))


@pytest.mark.parametrize("name", ["backprop_reduce_sum", "backprop_reduce_mean"])
def test_gradient_of_too_many_rows_overflows(ops, name):
    with pytest.raises(OverflowError, match="2\\*\\*31"):
        getattr(ops, name)(numpy.ones((2, 1), "float32"), numpy.array([2**31 - 1] * 2, "int32"))


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_gradient_of_no_sequences_is_empty(ops, name):
    dX = getattr(ops, f"backprop_reduce_{name}")(numpy.ones((0, 3), "float32"), [])
    assert dX.shape == (0, 3)


@pytest.mark.parametrize("index", [-1, -(2**31), 3])
def test_backprop_reduce_max_refuses_which_out_of_range(ops, index):
    which = numpy.array([[0, index], [0, 0]], "int32")
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for maxout with length 3"):
        ops.backprop_reduce_max(numpy.ones((2, 2), "float32"), which, numpy.array([3, 5], "int32"))


def test_backprop_reduce_max_refuses_shapes_that_do_not_fit(ops):
    d, which = numpy.ones((2, 2), "float32"), numpy.zeros((2, 2), "int32")
    with pytest.raises(ValueError, match="d_maxes must have one row per length"):
        ops.backprop_reduce_max(d[:1], which[:1], [3, 2])
    with pytest.raises(ValueError, match=r"which must have shape \(2, 2\); got \(1, 2\)"):
        ops.backprop_reduce_max(d, which[:1], [3, 2])
    with pytest.raises(ValueError, match="all sequence lengths must be > 0, got 0"):
        ops.backprop_reduce_max(d, which, [3, 0])


@pytest.mark.parametrize("bad", [[0, 3, 2], [-1, 3, 5], [0, 3, 3], [1, 3, 5], [0, 5], [[0, 3, 5]]])
def test_backprop_reduce_first_refuses_bounds_that_do_not_increase(ops, bad):
    with pytest.raises(ValueError, match="starts_ends"):
        ops.backprop_reduce_first(numpy.ones((2, 2), "float32"), numpy.array(bad, "int32"))


def test_backprop_reduce_first_of_no_sequences(ops):
    none = numpy.ones((0, 2), "float32")
    assert ops.backprop_reduce_first(none, numpy.zeros(0, "int32")).shape == (0, 2)
    with pytest.raises(ValueError, match="starts_ends must not have size 1"):
        ops.backprop_reduce_first(none, numpy.zeros(1, "int32"))


@pytest.mark.parametrize("bad", [[2, 2], [4, 2], [-1, 2], [2], [2, 3, 4]])
def test_backprop_reduce_last_refuses_rows_that_do_not_increase(ops, bad):
    with pytest.raises(ValueError, match="lasts"):
        ops.backprop_reduce_last(numpy.ones((2, 2), "float32"), numpy.array(bad, "int32"))


def test_backprop_reduce_last_of_no_sequences(ops):
    assert ops.backprop_reduce_last(numpy.ones((0, 2), "float32"), numpy.zeros(0, "int32")).shape == (0, 2)


def test_first_and_last_row_of_a_single_row_whose_stride_is_that_of_a_wider_array(ops):
    wide = numpy.arange(1000, dtype="float32").reshape(1, 1000)
    row, lengths = wide[:, 2:4], numpy.array([1], "int32")
    assert row.flags.c_contiguous
    for reduce, backprop in [
        (ops.reduce_first, ops.backprop_reduce_first),
        (ops.reduce_last, ops.backprop_reduce_last),
    ]:
        Y, where = reduce(row, lengths)
        numpy.testing.assert_array_equal(Y, [[2, 3]])
        numpy.testing.assert_array_equal(backprop(row, where), [[2, 3]])

"""Known values and errors of concatenation and padding."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from thinc.backends import NumpyOps, Ops
from thinc.types import Padded

OPS = [Ops(), NumpyOps()]
NUMPY_OPS = OPS[1]


@pytest.fixture(params=OPS, ids=lambda ops: ops.name)
def ops(request):
    return request.param


def rows(*lengths, width=2, dtype="float32"):
    """Sequences of these lengths, all elements different."""
    total = sum(lengths)
    data = numpy.arange(1, total * width + 1, dtype=dtype).reshape(total, width)
    return numpy.split(data, numpy.cumsum(lengths)[:-1])


def random_lists(min_size=1):
    """Lists of arrays (n, 3), n from 0 to 5."""
    return st.lists(st.integers(0, 5), min_size=min_size, max_size=6).map(lambda n: rows(*n, width=3))


def assert_same_list(one, two):
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        assert_array_equal(a, b)


# -- flatten ---------------------------------------------------------------------------------------


def test_flatten_with_pad_puts_zeros_around_sequences_that_have_rows(ops):
    X = [numpy.array([[1.0, 2]]), numpy.zeros((0, 2)), numpy.array([[3.0, 4], [5, 6]])]
    expected = [[0, 0], [1, 2], [0, 0], [3, 4], [5, 6], [0, 0]]
    assert ops.flatten(X, pad=1).tolist() == expected
    assert ops.flatten(X, pad=numpy.int64(1)).tolist() == expected
    assert ops.flatten(X).tolist() == [[1, 2], [3, 4], [5, 6]]


def test_flatten_casts(ops):
    assert ops.flatten(rows(1, 2), dtype="float64").dtype == "float64"
    assert ops.flatten(rows(1, 2, dtype="int64")).dtype == "int64"


@pytest.mark.parametrize("X", [None, [], ()])
def test_flatten_of_nothing_has_the_rank_asked_for(ops, X):
    assert ops.flatten(X).shape == (0, 0) and ops.flatten(X).dtype == "float32"
    assert ops.flatten(X, ndim_if_empty=3, dtype="int32").shape == (0, 0, 0)
    assert ops.flatten(X, ndim_if_empty=3, dtype="int32").dtype == "int32"


def test_flatten_of_empty_sequences_has_the_shape_and_dtype_of_the_first(ops):
    X = [numpy.zeros((2, 0), dtype="int64"), numpy.zeros((0, 3), dtype="int64")]
    assert ops.flatten(X).shape == (2, 0) and ops.flatten(X).dtype == "int64"
    assert ops.flatten(X[1:], dtype="float32").dtype == "float32"
    assert ops.flatten(X[1:], pad=2).shape == (0, 3)


def test_flatten_does_not_alias_its_only_sequence(ops):
    (X,) = rows(3)
    Y = ops.flatten([X])
    assert not numpy.shares_memory(X, Y)


@pytest.mark.parametrize("pad, error", [(-1, ValueError), (1.5, TypeError), (None, TypeError)])
def test_flatten_and_unflatten_with_a_wrong_pad_raise(ops, pad, error):
    with pytest.raises(error, match="flatten: pad"):
        ops.flatten(rows(1, 2), pad=pad)
    with pytest.raises(error, match="unflatten: pad"):
        ops.unflatten(numpy.zeros((3, 2)), [1, 2], pad=pad)


def test_flatten_of_lists_raises(ops):
    with pytest.raises(TypeError, match="flatten: X must be a sequence of arrays.*list"):
        ops.flatten([[1, 2], [3]])


def test_flatten_of_different_widths_raises(ops):
    with pytest.raises(ValueError, match=r"in all axes but the first; got \[\(1, 2\), \(1, 3\)\]"):
        ops.flatten([numpy.ones((1, 2)), numpy.ones((1, 3))])


@given(random_lists(), st.integers(0, 3))
def test_unflatten_undoes_flatten(X, pad):
    lengths = numpy.array([len(x) for x in X], dtype="int32")
    assert_same_list(NUMPY_OPS.unflatten(NUMPY_OPS.flatten(X, pad=pad), lengths, pad=pad), X)


@pytest.mark.parametrize("lengths", [[2, 0, 3], (2, 0, 3), numpy.array([2, 0, 3], dtype="int64")])
def test_unflatten_gives_views(ops, lengths):
    X = numpy.arange(10.0).reshape(5, 2)
    pieces = ops.unflatten(X, lengths)
    assert [len(piece) for piece in pieces] == [2, 0, 3]
    assert numpy.shares_memory(X, pieces[0]) and numpy.shares_memory(X, pieces[2])


def test_unflatten_does_without_padding_at_the_end(ops):
    X = numpy.arange(10.0).reshape(5, 2)
    assert [piece.tolist() for piece in ops.unflatten(X, [1, 0, 2], pad=1)] == [
        [[2, 3]],
        [],
        [[6, 7], [8, 9]],
    ]


@pytest.mark.parametrize("lengths", [[1, 2], [3, 3], [], [6, -1]])
def test_unflatten_with_wrong_lengths_raises(ops, lengths):
    for pad in (0, 4):
        with pytest.raises(ValueError, match="unflatten: lengths"):
            ops.unflatten(numpy.zeros((5, 2)), lengths, pad=pad)


# -- pad -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("round_to, steps", [(1, 3), (2, 4), (3, 3), (8, 8)])
def test_pad_fills_with_zeros_and_rounds_up(ops, round_to, steps):
    X = rows(1, 3, 0)
    Y = ops.pad(X, round_to)
    assert Y.shape == (3, steps, 2) and Y.dtype == "float32"
    for row, x in zip(Y, X, strict=True):
        assert_array_equal(row[: len(x)], x)
        assert not row[len(x) :].any()


@pytest.mark.parametrize("shape", [(3,), (3, 2), (3, 2, 4, 1)])
@pytest.mark.parametrize("dtype", ["float64", "int64", "bool"])
def test_pad_takes_any_rank_and_dtype(ops, shape, dtype):
    X = numpy.ones(shape, dtype=dtype)
    Y = ops.pad([X, X[:1]])
    assert Y.shape == (2, *shape) and Y.dtype == dtype


def test_pad_of_empty_sequences_has_no_steps(ops):
    assert ops.pad([numpy.zeros((0, 2)), numpy.zeros((0, 2))]).shape == (2, 0, 2)


@pytest.mark.parametrize(
    "X, round_to, message",
    [
        ([], 0, "Rounding for padding must at least be 1, was: 0"),
        ([], 1, "Cannot pad empty sequence"),
        (
            [numpy.zeros(2), numpy.zeros((2, 2), dtype="int32")],
            1,
            "Cannot pad sequences with different ndims",
        ),
        ([numpy.zeros((2, 1)), numpy.zeros((2, 2), dtype="int32")], 1, "different dtypes"),
        (
            [numpy.zeros((2, 1)), numpy.zeros((2, 2))],
            1,
            "Cannot pad sequences that differ on other dimensions",
        ),
        ([[1], [2]], 1, "seqs must be a sequence of arrays"),
        ([numpy.zeros(())], 1, "at least 1 dimensions"),
    ],
)
def test_pad_of_what_does_not_fit_raises(ops, X, round_to, message):
    with pytest.raises(ValueError, match=message):
        ops.pad(X, round_to)


@given(random_lists(), st.integers(1, 4))
def test_unpad_undoes_pad(X, round_to):
    assert_same_list(NUMPY_OPS.unpad(NUMPY_OPS.pad(X, round_to), [len(x) for x in X]), X)


def test_unpad_gives_views_of_as_many_rows_as_lengths(ops):
    X = numpy.arange(12.0).reshape(3, 2, 2)
    pieces = ops.unpad(X, numpy.array([1, 2]))
    assert [piece.shape for piece in pieces] == [(1, 2), (2, 2)]
    assert all(numpy.shares_memory(X, piece) for piece in pieces)


@pytest.mark.parametrize("lengths", [[3, 1], [-1, 1], [1, 1, 1, 1]])
def test_unpad_with_wrong_lengths_raises(ops, lengths):
    with pytest.raises(ValueError, match="unpad: lengths"):
        ops.unpad(numpy.zeros((3, 2, 2)), lengths)


# -- list2padded -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lengths, indices, size_at_t",
    [
        ([1, 3, 2, 3], [3, 1, 2, 0], [4, 3, 2]),
        ([0, 2], [1, 0], [1, 1]),
        ([2, 2, 2], [2, 1, 0], [3, 3]),
        ([0, 0], [1, 0], []),
        ([4], [0], [1, 1, 1, 1]),
    ],
)
def test_list2padded_orders_by_length_and_position_descending(ops, lengths, indices, size_at_t):
    X = rows(*lengths)
    padded = ops.list2padded(X)
    assert padded.indices.tolist() == indices
    assert padded.size_at_t.tolist() == size_at_t
    assert padded.lengths.tolist() == sorted(lengths, reverse=True)
    assert padded.data.shape == (max(lengths), len(lengths), 2) and padded.data.dtype == "float32"
    for column, i in enumerate(indices):
        assert_array_equal(padded.data[: lengths[i], column], X[i])
        assert not padded.data[lengths[i] :, column].any()
    assert {padded.indices.dtype, padded.size_at_t.dtype, padded.lengths.dtype} == {numpy.dtype("int32")}


def test_list2padded_of_nothing_is_empty(ops):
    padded = ops.list2padded([])
    assert padded.data.shape == (0, 0, 0) and padded.data.dtype == "float32"
    for array in (padded.size_at_t, padded.lengths, padded.indices):
        assert array.shape == (0,) and array.dtype == "int32"
    assert ops.padded2list(padded) == []


def test_list2padded_of_one_sequence_is_a_view(ops):
    (X,) = rows(3)
    padded = ops.list2padded([X])
    assert numpy.shares_memory(X, padded.data)
    assert numpy.shares_memory(X, ops.padded2list(padded)[0])


@given(random_lists(min_size=0))
def test_padded2list_undoes_list2padded(X):
    pieces = NUMPY_OPS.padded2list(NUMPY_OPS.list2padded(X))
    assert_same_list(pieces, X)
    assert all(piece.flags.c_contiguous for piece in pieces)


@pytest.mark.parametrize(
    "X, message",
    [
        ([numpy.zeros(2), numpy.zeros(3)], "seqs must be arrays of at least 2 dimensions"),
        ([numpy.zeros(2)], "seqs must be arrays of at least 2 dimensions"),
        ([[1], [2]], "seqs must be a sequence of arrays"),
        ([numpy.zeros((2, 1)), numpy.zeros((2, 2))], "Cannot pad sequences that differ on other dimensions"),
        (
            [numpy.zeros((2, 1)), numpy.zeros((2, 1), dtype="int32")],
            "Cannot pad sequences with different dtypes",
        ),
    ],
)
def test_list2padded_of_what_does_not_fit_raises(ops, X, message):
    with pytest.raises(ValueError, match=message):
        ops.list2padded(X)


@pytest.mark.parametrize(
    "lengths, indices, error, message",
    [
        ([2, 2], [0, 0], ValueError, "indices must be distinct"),
        ([2, 2], [0, 2], IndexError, "indices must be between 0 and 1"),
        ([2, 2], [-1, 0], IndexError, "indices must be between 0 and 1"),
        ([3, 2], [0, 1], ValueError, "lengths must be between 0 and 2"),
        ([2, -1], [0, 1], ValueError, "lengths must be between 0 and 2"),
        ([2, 2], [0], ValueError, "one entry per column"),
        ([2], [0], ValueError, "one entry per column"),
    ],
)
def test_padded2list_of_what_does_not_fit_raises(ops, lengths, indices, error, message):
    padded = Padded(numpy.zeros((2, 2, 1)), numpy.array([2, 2]), numpy.array(lengths), numpy.array(indices))
    with pytest.raises(error, match=message):
        ops.padded2list(padded)

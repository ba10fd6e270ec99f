"""Conversions between containers, and indexing."""

import numpy
import pytest

from thinc.api import (
    Embed,
    Model,
    Ragged,
    array_getitem,
    chain,
    list2array,
    list2padded,
    list2ragged,
    padded2list,
    ragged2list,
)
from thinc.layers.array_getitem import floats_getitem, ints_getitem

ROWS = numpy.array([[1, 2], [3, 4], [-1, 0.5]], dtype="f")
LENGTHS = numpy.array([2, 1], dtype="i")


def ones(*shape):
    return numpy.ones(shape, dtype="f")


def recorder():
    """A layer that keeps what it sees, in `seen` forward and `d_seen` backward."""

    def forward(model, X, is_train):
        model.attrs["seen"] = X

        def backprop(dY):
            model.attrs["d_seen"] = dY
            return dY

        return X, backprop

    return Model("recorder", forward)


# -- lists, Ragged, Padded ------------------------------------------------------------------------


def test_list2array_joins_and_splits():
    Y, backprop = list2array().begin_update([ROWS[:2], ROWS[:0], ROWS[2:]])
    assert (Y == ROWS).all()
    assert [dx.shape for dx in backprop(Y)] == [(2, 2), (0, 2), (1, 2)]


def test_list2array_copies_a_single_array():
    assert not numpy.shares_memory(list2array().predict([ROWS]), ROWS)


def test_list2array_of_nothing():
    assert list2array().predict([]).shape == (0, 0)
    empty = list2array().predict([numpy.zeros((0, 4), dtype="int64")])
    assert (empty.shape, empty.dtype) == ((0, 4), "int64")


@pytest.mark.parametrize("layer", [list2array, list2ragged])
def test_a_ragged_is_no_list(layer):
    with pytest.raises((TypeError, ValueError)):
        layer().predict(Ragged(ROWS, LENGTHS))


def test_list2ragged_keeps_trailing_axes():
    items = [ones(2, 3, 4), ones(1, 3, 4)]
    Y, backprop = list2ragged().begin_update(items)
    assert Y.lengths.tolist() == [2, 1]
    assert Y.lengths.dtype == "int32"
    assert Y.dataXd.shape == (3, 3, 4)
    assert [dx.shape for dx in backprop(Y)] == [(2, 3, 4), (1, 3, 4)]


def test_ragged2list_gives_views():
    Y, backprop = ragged2list().begin_update(Ragged(ROWS, LENGTHS))
    assert [y.shape for y in Y] == [(2, 2), (1, 2)]
    assert numpy.shares_memory(Y[0], ROWS)
    assert (backprop(Y).data == ROWS).all()


@pytest.mark.parametrize("lengths", [[1, 1], [2, 3]])
def test_ragged2list_refuses_lengths_that_do_not_sum_to_the_rows(lengths):
    with pytest.raises(ValueError, match="lengths must sum"):
        ragged2list().predict(Ragged(ROWS, numpy.array(lengths, dtype="i")))


def test_list2padded_puts_later_ones_of_equal_length_first():
    items = [numpy.full((2, 1), i, dtype="f") for i in range(3)]
    Y = list2padded().predict(items)
    assert Y.data[0].tolist() == [[2], [1], [0]]
    assert Y.indices.tolist() == [2, 1, 0]
    assert Y.size_at_t.tolist() == [3, 3]
    assert Y.lengths.tolist() == [2, 2, 2]


def test_list2padded_sorts_by_length():
    Y, backprop = list2padded().begin_update([ones(1, 2), ones(3, 2)])
    assert Y.data.shape == (3, 2, 2)
    assert (Y.indices.tolist(), Y.size_at_t.tolist(), Y.lengths.tolist()) == ([1, 0], [2, 1, 1], [3, 1])
    assert [dx.shape for dx in backprop(Y)] == [(1, 2), (3, 2)]


def test_padded2list_is_the_inverse():
    items = [ROWS[:1], ROWS[:0], ROWS]
    Y, backprop = padded2list().begin_update(list2padded().predict(items))
    for found, expected in zip(Y, items, strict=True):
        numpy.testing.assert_array_equal(found, expected)
    assert backprop(Y) == list2padded().predict(items)


# -- array_getitem --------------------------------------------------------------------------------


def test_array_getitem_of_a_column():
    X = numpy.array([[1, 2], [3, 4]], dtype="f")
    Y, backprop = array_getitem((slice(0, None), 1)).begin_update(X)
    assert Y.tolist() == [2, 4]
    assert backprop(numpy.array([5, 6], dtype="f")).tolist() == [[0, 5], [0, 6]]


def test_array_getitem_adds_up_repeated_indices():
    _, backprop = array_getitem([0, 0, 1]).begin_update(numpy.zeros(3, dtype="f"))
    assert backprop(numpy.array([1, 10, 100], dtype="f")).tolist() == [11, 100, 0]


def test_ids_have_a_gradient_of_zeros():
    X = numpy.array([[1, 2], [3, 4]])
    _, backprop = ints_getitem((slice(0, None), 1)).begin_update(X)
    dX = backprop(numpy.array([0.5, 0.7], dtype="f"))
    assert (dX.shape, dX.dtype) == (X.shape, X.dtype)
    assert not dX.any()


@pytest.mark.parametrize("shape", [(0, 3), (0, 0)])
def test_a_column_of_no_rows_is_a_column(shape):
    layer = chain(ints_getitem((slice(0, None), 1)), Embed(2, 5)).initialize()
    Y, backprop = layer.begin_update(numpy.zeros(shape, dtype="uint64"))
    assert Y.shape == (0, 2)
    assert backprop(Y).shape == shape


def test_rows_of_no_rows_are_the_input_itself():
    X = numpy.zeros((0, 3), dtype="f")
    assert floats_getitem(0).predict(X) is X


def test_a_tuple_index_is_a_tuple_after_loading():
    X = numpy.arange(6, dtype="f").reshape((2, 3))
    layer = array_getitem((1, 2))
    assert layer.from_bytes(layer.to_bytes()).predict(X) == 5
    assert layer.attrs["index"] == (1, 2)
    rows = array_getitem([1, 0])
    assert rows.from_bytes(rows.to_bytes()).predict(X).tolist() == [[3, 4, 5], [0, 1, 2]]

"""Conversions between containers, and the wrappers that convert around a layer."""

import numpy
import pytest

from thinc.api import (
    LSTM,
    Dropout,
    Embed,
    LayerNorm,
    Linear,
    Model,
    NumpyOps,
    Padded,
    Ragged,
    Softmax,
    array_getitem,
    chain,
    get_current_ops,
    list2array,
    list2padded,
    list2ragged,
    map_list,
    noop,
    padded2list,
    ragged2list,
    with_array,
    with_array2d,
    with_cpu,
    with_flatten,
    with_flatten_v2,
    with_getitem,
    with_list,
    with_padded,
    with_ragged,
    with_reshape,
)
from thinc.layers.array_getitem import floats_getitem, ints_getitem

from .test_combinators import linear
from .test_dense import close

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


# -- lists, Ragged, Padded -------------------------------------------------------------------------


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


# -- array_getitem ---------------------------------------------------------------------------------


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


# -- with_array ------------------------------------------------------------------------------------


def test_padding_surrounds_items_that_are_not_empty():
    layer = recorder()
    items = [ones(2, 1), ones(0, 1), numpy.full((1, 1), 2, dtype="f")]
    Y, backprop = with_array(layer, pad=2).begin_update(items)
    assert layer.attrs["seen"][:, 0].tolist() == [0, 0, 1, 1, 0, 0, 2, 0, 0]
    assert [y[:, 0].tolist() for y in Y] == [[1, 1], [], [2]]
    backprop([ones(2, 1), ones(0, 1), ones(1, 1)])
    assert layer.attrs["d_seen"][:, 0].tolist() == [0, 0, 1, 1, 0, 0, 1, 0, 0]


def test_with_array_passes_arrays_on():
    layer = recorder()
    Y, _ = with_array(layer).begin_update(ROWS)
    assert Y is layer.attrs["seen"] is ROWS


def test_with_array_hands_over_all_axes_of_a_ragged():
    layer = recorder()
    X = Ragged(ones(3, 2, 2), LENGTHS)
    Y, backprop = with_array(layer).begin_update(X)
    assert layer.attrs["seen"].shape == (3, 2, 2)
    assert backprop(Y) == X


def test_with_array2d_hands_over_rows():
    layer = recorder()
    X = Ragged(ones(3, 2, 2), LENGTHS)
    Y, backprop = with_array2d(layer).begin_update(X)
    assert layer.attrs["seen"].shape == (3, 4)
    assert Y == X
    assert backprop(Y) == X


def test_with_array2d_merges_time_and_batch():
    X = numpy.array([[1, 0], [0, 1], [1, 1]], dtype="f")
    model = with_array2d(linear())
    Y, backprop = model.begin_update(list2padded().predict([X[:2], X[2:]]))
    assert Y.data.tolist() == [[[1, 3, 6], [3, 7, 12]], [[2, 4, 7], [0, 0, 1]]]
    assert backprop(Y).data.shape == (2, 2, 2)
    assert model.name == "with_array(linear)"


@pytest.mark.parametrize("wrapper", [with_array, with_array2d, with_list])
def test_a_gradient_of_another_kind_is_refused(wrapper):
    X = list2padded().predict([ROWS])
    _, backprop = wrapper(noop()).begin_update(X)
    for error in (AssertionError, TypeError):
        with pytest.raises(error, match=r"dY must be a Padded; got float32 \(3, 2\)"):
            backprop(ROWS)


@pytest.mark.parametrize("wrapper", [with_array, with_array2d])
@pytest.mark.parametrize("nothing", [[], Ragged(ones(0, 2), numpy.zeros(2, dtype="i"))])
def test_no_rows_reach_the_layer_with_its_width(wrapper, nothing):
    Y, backprop = wrapper(Linear(4, 2)).initialize().begin_update(nothing)
    assert type(backprop(Y)) is type(nothing)


@pytest.mark.parametrize("wrapper", [with_array, with_array2d, with_list, with_padded])
def test_dimensions_are_those_of_the_layer(wrapper):
    layer = with_array2d(Linear()) if wrapper in (with_list, with_padded) else Linear()
    model = wrapper(layer)
    assert model.dim_names == ("nO", "nI")
    model.initialize(X=[ROWS], Y=[ones(3, 4)])
    assert (model.get_dim("nI"), model.get_dim("nO")) == (2, 4)


# -- with_list, with_ragged, with_padded -----------------------------------------------------------


@pytest.mark.parametrize("X", [Ragged(ROWS, LENGTHS), list2padded().predict([ROWS[:2], ROWS[2:]])])
def test_with_list_shows_a_list(X):
    layer = recorder()
    Y, backprop = with_list(layer).begin_update(X)
    assert [x.tolist() for x in layer.attrs["seen"]] == [ROWS[:2].tolist(), ROWS[2:].tolist()]
    assert Y == X
    assert backprop(Y) == X


def test_with_list_passes_lists_on():
    layer = recorder()
    items = [ROWS]
    assert with_list(layer).predict(items) is items


@pytest.mark.parametrize(
    "X",
    [
        [ROWS[:2], ROWS[2:]],
        list2padded().predict([ROWS[:2], ROWS[2:]]),
        (ROWS, LENGTHS),
        Ragged(ROWS, LENGTHS),
    ],
    ids=["list", "padded", "data and lengths", "ragged"],
)
def test_with_ragged_shows_a_ragged_both_ways(X):
    layer = recorder()
    Y, backprop = with_ragged(layer).begin_update(X)
    assert layer.attrs["seen"] == Ragged(ROWS, LENGTHS)
    assert type(Y) is type(X)
    backprop(Y)
    assert layer.attrs["d_seen"] == Ragged(ROWS, LENGTHS)
    assert layer.attrs["d_seen"].lengths.dtype == "int32"


def padded_fields():
    X = list2padded().predict([ROWS[:2], ROWS[2:]])
    return X.data, X.size_at_t, X.lengths, X.indices


@pytest.mark.parametrize(
    "X",
    [[ROWS[:2], ROWS[2:]], Ragged(ROWS, LENGTHS), padded_fields(), Padded(*padded_fields())],
    ids=["list", "ragged", "fields", "padded"],
)
def test_with_padded_shows_a_padded_both_ways(X):
    layer = recorder()
    Y, backprop = with_padded(layer).begin_update(X)
    assert layer.attrs["seen"] == Padded(*padded_fields())
    assert type(Y) is type(X)
    backprop(Y)
    assert layer.attrs["d_seen"] == Padded(*padded_fields())


def test_with_padded_takes_an_array_as_sequences_of_full_length():
    layer = recorder()
    X = ones(3, 2, 4)
    Y, backprop = with_padded(layer).begin_update(X)
    assert Y is X
    seen = layer.attrs["seen"]
    assert seen.size_at_t.tolist() == [2, 2, 2]
    assert seen.lengths.tolist() == [3, 3]
    assert seen.indices.tolist() == [0, 1]
    assert backprop(X) is X


def test_with_padded_names_what_it_cannot_take():
    with pytest.raises(TypeError, match=r"with_padded\(noop\): X must hold sequences; got str"):
        with_padded(noop()).predict("abc")


def test_ragged_keeps_its_width_through_a_padded_layer():
    layer = with_padded(LSTM(4, 2)).initialize()
    X = Ragged(ones(0, 2), numpy.zeros(2, dtype="i"))
    Y, backprop = layer.begin_update(X)
    assert Y.dataXd.shape == (0, 4)
    assert backprop(Y).dataXd.shape == (0, 2)


# -- with_flatten, with_reshape, with_getitem ------------------------------------------------------


def rows_of_numbers():
    """From a list of numbers to one row for each, and rows of gradients back."""

    def forward(model, X, is_train):
        return numpy.array([[x, x] for x in X], dtype="f").reshape((-1, 2)), lambda dY: dY

    return Model("rows", forward)


def test_with_flatten_splits_along_rows_both_ways():
    Y, backprop = with_flatten(rows_of_numbers()).begin_update([[1, 2], [], [3]])
    assert [y.tolist() for y in Y] == [[[1, 1], [2, 2]], [], [[3, 3]]]
    assert [dx.shape for dx in backprop(Y)] == [(2, 2), (0, 2), (1, 2)]
    with pytest.raises(ValueError, match="dY must have 3 items; got 1"):
        backprop(Y[:1])


def test_with_flatten_of_nothing_is_one_empty_array():
    Y = with_flatten(rows_of_numbers()).predict([])
    assert [y.shape for y in Y] == [(0, 2)]


def test_with_flatten_v2_nests_lists():
    model = with_flatten_v2(map_list(linear())).initialize()
    X = [[ones(1, 2), ones(2, 2)], [], [ones(3, 2)]]
    Y, backprop = model.begin_update(X)
    assert [[y.shape for y in Ys] for Ys in Y] == [[(1, 3), (2, 3)], [], [(3, 3)]]
    assert [[dx.shape for dx in dXs] for dXs in backprop(Y)] == [[(1, 2), (2, 2)], [], [(3, 2)]]


def test_with_flatten_v2_refuses_a_layer_that_changes_the_number_of_items():
    shortened = Model("shortened", lambda model, X, is_train: (X[1:], lambda dY: dY))
    with pytest.raises(ValueError, match="must have 3 items; got 2"):
        with_flatten_v2(shortened).predict([[1, 2], [3]])


def test_with_reshape_gives_the_layer_rows_both_ways():
    X = numpy.arange(12, dtype="f").reshape((2, 3, 2))
    layer = linear()
    Y, backprop = with_reshape(layer).begin_update(X)
    assert Y.shape == (2, 3, 3)
    close(Y[1, 2:], layer.predict(X[1, 2:]))
    dX = backprop(ones(2, 3, 3))
    assert dX.tolist() == [[[9, 12]] * 3] * 2


def test_with_reshape_initializes_its_layer_once():
    draws = []
    layer = Linear(2, 2, init_W=lambda ops, shape: draws.append(shape) or ops.alloc(shape))
    with_reshape(layer).initialize()
    assert len(draws) == 1


@pytest.mark.parametrize("idx", [1, -1])
def test_with_getitem_replaces_one_item(idx):
    other = object()
    X = numpy.array([[1, 0]], dtype="f")
    Y, backprop = with_getitem(idx, linear()).begin_update((other, X))
    assert Y[0] is other
    assert Y[1].tolist() == [[1, 3, 6]]
    assert len(Y) == 2
    dX = backprop((other, ones(1, 3)))
    assert dX[0] is other
    assert dX[1].tolist() == [[9, 12]]


def test_with_getitem_wants_a_tuple_that_is_long_enough():
    with pytest.raises(TypeError, match=r"with_getitem\(linear\): a tuple is required; got list"):
        with_getitem(0, linear()).predict([ROWS])
    with pytest.raises(IndexError, match="tuple index out of range; got item 2 of 1"):
        with_getitem(2, linear()).predict((ROWS,))


# -- with_cpu --------------------------------------------------------------------------------------


def test_with_cpu_predicts_without_dropout():
    X = ones(2, 4)
    model = with_cpu(Dropout(0.5), get_current_ops())
    assert (model.predict(X) == 1).all()
    numpy.random.seed(0)
    assert (model.begin_update(X)[0] != 1).all()


def test_with_cpu_keeps_logits_in_prediction():
    layer = Softmax(3, 2)
    layer.attrs["softmax_normalize"] = False
    model = with_cpu(layer, get_current_ops()).initialize()
    assert not model.predict(ROWS).any()


class DeviceArray:
    """What arrays of a device have in common: a dtype, and `get`."""

    dtype = "f"

    def __init__(self, array):
        self.array = array

    def get(self):
        return self.array


class DeviceOps(NumpyOps):
    def asarray(self, data, dtype=None):
        return DeviceArray(data)


def test_with_cpu_brings_arrays_there_and_back():
    layer = with_cpu(linear(), DeviceOps())
    Y, backprop = layer.begin_update(DeviceArray(ROWS))
    assert isinstance(Y, DeviceArray)
    dX = backprop(DeviceArray(ones(3, 3)))
    assert isinstance(dX, DeviceArray)
    assert dX.array.tolist() == [[9, 12]] * 3


def test_with_cpu_enters_tuples_and_keeps_other_things():
    Y = with_cpu(noop(), DeviceOps()).predict((DeviceArray(ROWS), "text"))
    assert Y[0].array is ROWS
    assert Y[1] == "text"


def test_layernorm_of_padded_batches_does_not_mix_sequences():
    layer = with_array(LayerNorm(2)).initialize()
    alone = layer.predict(list2padded().predict([ROWS[:2]])).data[:, 0]
    together = layer.predict(list2padded().predict([ROWS[:2], ROWS[2:]])).data[:, 0]
    numpy.testing.assert_array_equal(alone, together)

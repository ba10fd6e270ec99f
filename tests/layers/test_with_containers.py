"""with_array, with_array2d, with_list, with_ragged, with_padded."""

import numpy
import pytest

from thinc.api import (
    LSTM,
    Linear,
    Model,
    Padded,
    Ragged,
    list2padded,
    map_list,
    noop,
    with_array,
    with_array2d,
    with_list,
    with_padded,
    with_ragged,
)

from .test_combinators import linear

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


# -- with_array -----------------------------------------------------------------------------------


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


def test_with_array_of_a_padded_takes_what_the_layer_gives():
    X = list2padded().predict([ROWS[:2], ROWS[2:]])
    Y, backprop = with_array(map_list(noop())).begin_update(X)
    assert [step.tolist() for step in Y.data] == X.data.tolist()
    assert [step.tolist() for step in backprop(Y).data] == X.data.tolist()


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


# -- with_list, with_ragged, with_padded ----------------------------------------------------------


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

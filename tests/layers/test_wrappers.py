"""with_flatten, with_reshape, with_getitem, with_cpu."""

import numpy
import pytest

from thinc.api import (
    Dropout,
    LayerNorm,
    Linear,
    Model,
    NumpyOps,
    Softmax,
    fix_random_seed,
    get_current_ops,
    list2padded,
    map_list,
    noop,
    with_array,
    with_cpu,
    with_flatten,
    with_flatten_v2,
    with_getitem,
    with_reshape,
)

from .test_combinators import linear
from .test_dense import close

ROWS = numpy.array([[1, 2], [3, 4], [-1, 0.5]], dtype="f")


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


# -- with_flatten, with_reshape, with_getitem -----------------------------------------------------


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


def test_with_reshape_without_data_initializes_its_layer_twice():
    draws = []
    layer = Linear(2, 2, init_W=lambda ops, shape: draws.append(shape) or ops.alloc(shape))
    with_reshape(layer).initialize()
    assert len(draws) == 2
    with_reshape(layer).initialize(X=ones(2, 2, 2))
    assert len(draws) == 3


def test_seeded_with_reshape():
    fix_random_seed(0)
    close(with_reshape(Linear(1, 1)).initialize().layers[0].get_param("W"), [[0.74544]])


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


# -- with_cpu -------------------------------------------------------------------------------------


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

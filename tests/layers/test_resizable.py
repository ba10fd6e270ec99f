"""resizable: layers whose output can grow."""

import numpy
import pytest

from thinc.api import (
    Linear,
    Maxout,
    SparseLinear_v2,
    chain,
    resizable,
)
from thinc.layers.resizable import resize_linear_weighted, resize_model

from .test_dense import with_params

X = numpy.array([[1, 0], [0, 1], [1, 1]], dtype="f")


def ones(*shape):
    return numpy.ones(shape, dtype="f")


def linear():
    return with_params(Linear(3, 2), W=[[1, 2], [3, 4], [5, 6]], b=[0, 0, 1])


def resizable_linear(**kwargs):
    def resize(layer, nO):
        return resize_linear_weighted(layer, nO, **kwargs)

    return resizable(Linear(2, 2), resize).initialize()


def test_resizing_keeps_weights_and_fills_the_rest():
    model = resizable_linear(fill_defaults={"b": -9})
    with_params(model.layers[0], W=[[1, 2], [3, 4]], b=[1, 2])
    state = numpy.random.get_state()[1].tolist()
    assert resize_model(model, 3) is model
    layer = model.layers[0]
    assert layer.get_param("W").tolist() == [[1, 2], [3, 4], [0, 0]]
    assert layer.get_param("b").tolist() == [1, 2, -9]
    assert model.get_dim("nO") == layer.get_dim("nO") == 3
    assert numpy.random.get_state()[1].tolist() == state


def test_resizing_before_initialization_sets_the_width():
    layer = Linear(None, 2)
    assert resize_linear_weighted(layer, 3) is layer
    assert layer.get_dim("nO") == 3
    layer = Linear(2)
    assert resize_linear_weighted(layer, 3) is layer
    assert layer.get_dim("nO") == 3


@pytest.mark.parametrize("nO", [1, 3])
def test_resizing_a_layer_without_parameters_initializes_it(nO):
    layer = Linear(2, 2)
    numpy.random.seed(0)
    resized = resize_linear_weighted(layer, nO)
    numpy.random.seed(0)
    expected = Linear(nO, 2).initialize()
    numpy.testing.assert_array_equal(resized.get_param("W"), expected.get_param("W"))
    assert resized.predict(X).shape == (3, nO)
    assert resized is not layer
    assert layer.get_dim("nO") == 2


def test_resizing_keeps_the_parameters_that_there_are():
    layer = Linear(2, 2)
    layer.set_param("W", ones(2, 2))
    resized = resize_linear_weighted(layer, 3)
    assert resized.get_param("W").tolist() == [[1, 1], [1, 1], [0, 0]]
    assert resized.get_param("b").tolist() == [0, 0, 0]


def test_resizing_to_the_same_width_changes_nothing():
    layer = linear()
    assert resize_linear_weighted(layer, 3) is layer


def test_resizing_layers_with_other_shapes():
    maxout = Maxout(2, 3, 2).initialize()
    larger = resize_linear_weighted(maxout, 4)
    assert larger.get_param("W").shape == (4, 2, 3)
    numpy.testing.assert_array_equal(larger.get_param("W")[:2], maxout.get_param("W"))
    sparse = with_params(SparseLinear_v2(2, 4), W=numpy.arange(8), b=[1, 2])
    assert resize_linear_weighted(sparse, 3).get_param("W").tolist() == [*range(8), 0, 0, 0, 0]


def test_resizing_what_is_no_single_layer_is_refused():
    for error in (TypeError, AssertionError):
        with pytest.raises(error, match="resize_linear_weighted: a single layer is required"):
            resize_linear_weighted(chain(Linear(2), Linear(2)), 3)


def test_shrinking_is_refused():
    with pytest.raises(ValueError, match="'linear' can't shrink; got 2 for 3 outputs"):
        resize_linear_weighted(linear(), 2)


def test_a_resizable_takes_dimensions_from_its_layer():
    assert resizable(Linear(), lambda layer, nO: layer).initialize(X=X, Y=X).get_dim("nI") == 2

"""Softmax, MultiSoftmax and softmax_activation."""

import numpy
import pytest

from thinc.api import MultiSoftmax, Softmax, Softmax_v2, softmax_activation
from thinc.layers.softmax import validate_temperature

from .test_dense import DY, REFERENCE, B, Linear, W, X, close, with_params

LOGITS = REFERENCE[Linear][0]


def test_temperature_divides_logits_and_gradient():
    layer = with_params(Softmax_v2(3, 2, temperature=2), W=W, b=B)
    Y, backprop = layer.begin_update(X)
    close(Y, [[0.12049, 0.09384, 0.78568], [0.95659, 0.02889, 0.01453]])
    close(backprop(DY), [[0.125, 1.375], [-1.46875, -0.5625]])
    close(layer.get_grad("W"), [[0.25, -2.5], [0.75, 2.5], [-0.4375, 1.375]])
    close(layer.get_grad("b"), [0, 1.25, -0.375])


def test_unnormalized_prediction_gives_the_logits():
    layer = with_params(Softmax_v2(3, 2, temperature=2, normalize_outputs=False), W=W, b=B)
    close(layer.predict(X), LOGITS)
    _, backprop = layer(X, is_train=False)
    with pytest.raises(ValueError, match="backprop is not supported for an unnormalized Softmax layer"):
        backprop(DY)


def test_training_always_normalizes():
    layer = with_params(Softmax_v2(3, 2, normalize_outputs=False), W=W, b=B)
    Y, backprop = layer.begin_update(X)
    close(Y.sum(axis=1), [1, 1])
    close(backprop(DY), REFERENCE[Softmax][1])


def test_the_two_versions_name_their_attributes_alike():
    assert Softmax(3, 2).attrs == {"softmax_normalize": True, "softmax_temperature": 1.0}
    assert Softmax_v2(3, 2, normalize_outputs=False, temperature=0.5).attrs == {
        "softmax_normalize": False,
        "softmax_temperature": 0.5,
    }


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_temperature_must_be_positive(temperature):
    match = "softmax temperature must not be zero or negative"
    with pytest.raises(ValueError, match=match):
        Softmax_v2(3, 2, temperature=temperature)
    with pytest.raises(ValueError, match=match):
        validate_temperature(temperature)


@pytest.mark.parametrize("constructor", [Softmax, Softmax_v2])
def test_temperature_is_checked_on_every_call(constructor):
    layer = with_params(constructor(3, 2), W=W, b=B)
    layer.attrs["softmax_temperature"] = 0.0
    with pytest.raises(ValueError, match="softmax temperature must not be zero or negative"):
        layer.predict(X)


def test_a_gradient_of_another_shape_or_dtype_is_refused():
    layer = with_params(Softmax(3, 2), W=W, b=B)
    _, backprop = layer.begin_update(X)
    with pytest.raises(ValueError, match=r"Shape mismatch in backprop. Y: \(2, 3\), dY: \(3, 3\)"):
        backprop(numpy.ones((3, 3), dtype="f"))
    with pytest.raises(ValueError, match="Type mismatch in backprop. Y: float32, dY: float64"):
        backprop(DY.astype("float64"))


def test_multisoftmax_normalizes_each_group():
    layer = with_params(MultiSoftmax((1, 2), 2), W=W, b=B)
    Y, backprop = layer.begin_update(X)
    close(Y, [[1, 0.01406, 0.98594], [1, 0.79819, 0.20181]])
    _, dX, dW, db = REFERENCE[Linear]
    close(backprop(DY), dX)
    close(layer.get_grad("W"), dW)
    close(layer.get_grad("b"), db)


def test_multisoftmax_keeps_its_groups_as_given_and_ignores_y():
    layer = MultiSoftmax([1, 2]).initialize(X=X, Y=numpy.ones((2, 9), dtype="f"))
    assert layer.attrs["nOs"] == [1, 2]
    assert (layer.get_dim("nO"), layer.get_dim("nI")) == (3, 2)
    assert not layer.get_param("W").any()


def test_softmax_activation_has_the_jacobian():
    Y, backprop = softmax_activation().begin_update(X)
    close(Y, [[0.95257, 0.04743], [0.07586, 0.92414]])
    dY = numpy.array([[1, 0.5], [-1, 2]], dtype="f")
    close(backprop(dY), [[0.02259, -0.02259], [-0.21031, 0.21031]])


@pytest.mark.parametrize("rows", [[[1, 2], [3, 5]], ((1.0, 2.0), (3.0, 5.0))])
def test_softmax_activation_of_lists_is_float64(rows):
    Y, backprop = softmax_activation().begin_update(rows)
    assert Y.dtype == "float64"
    close(Y, [[0.26894, 0.73106], [0.1192, 0.8808]])
    assert backprop(Y).dtype == "float64"
    assert softmax_activation().predict([]).shape == (0,)


def test_softmax_activation_of_no_classes_is_empty():
    X = numpy.zeros((3, 0), dtype="f")
    Y, backprop = softmax_activation().begin_update(X)
    assert Y.shape == (3, 0)
    assert backprop(Y).shape == (3, 0)

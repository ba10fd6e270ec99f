"""`check_model` passes what is right and names what is wrong."""

import numpy
import pytest
from support.toy_models import affine, affine_forward, identity, node, sequence

from thinc.layers import (
    Dropout,
    Linear,
    Maxout,
    Relu,
    chain,
    list2ragged,
    ragged2list,
    with_array,
    with_array2d,
)
from thinc.model import Model
from thinc.testing import check_model
from thinc.types import Padded, Ragged

X = numpy.random.RandomState(0).standard_normal((5, 4)).astype("f")


def wrong(forward=None, backprop=None, **kwargs):
    """A layer `Y = X W^T` with something changed."""

    def forward_(model, X, is_train):
        Y, callback = affine_forward(model, X, is_train)
        if forward is not None:
            Y = forward(X, Y, is_train)
        return Y, (lambda dY: backprop(dY, callback)) if backprop is not None else callback

    model = affine(3, 4, **kwargs).initialize()
    model._func = forward_
    return model


def fails(model, *words, **kwargs):
    with pytest.raises(AssertionError) as caught:
        check_model(model, kwargs.pop("X", X.copy()), **kwargs)
    assert str(caught.value).startswith("check_model: ")
    for word in words:
        assert word in str(caught.value)


def test_right_layers_pass():
    check_model(affine(3, 4), X)
    check_model(sequence(affine(3, 4), affine(2, 3)), X)
    check_model(chain(Linear(3), Relu(4), Maxout(2)), X, X[:, :2])
    check_model(node("noop"), X)


def test_uninitialized_models_are_initialized():
    model = affine()
    check_model(model, X, X[:, :2])
    assert model.get_dim("nO") == 2


def test_the_model_is_left_as_it_was():
    model = affine(3, 4).initialize()
    model.inc_grad("W", numpy.ones((3, 4), "f"))
    data, W, gradient = model.to_bytes(), model.get_param("W"), model.get_grad("W")
    check_model(model, X)
    assert model.to_bytes() == data
    assert model.get_param("W") is W
    assert model.get_grad("W") is gradient
    assert (gradient == 1).all()
    assert W.dtype == "float32"


def test_a_slightly_wrong_input_gradient_is_found():
    fails(wrong(backprop=lambda dY, callback: callback(dY) * 1.00001), "the gradient of X of affine")


def test_a_slightly_wrong_parameter_gradient_names_node_and_element():
    model = sequence(node("first"), wrong(backprop=lambda dY, callback: callback(dY * 1.00001)))
    fails(model, "the gradient of 'W' of sequence[1] > affine is", "at (", "finite differences")


def test_a_missing_parameter_gradient_is_found():
    fails(wrong(backprop=lambda dY, callback: dY), "gradient of 'W' of affine is 0.0")


def test_a_gradient_of_another_shape_is_found():
    fails(wrong(backprop=lambda dY, callback: callback(dY)[:-1]), "has shape (4, 4), the array (5, 4)")


def test_a_structure_that_does_not_mirror_the_input_is_found():
    fails(wrong(backprop=lambda dY, callback: [callback(dY)] * 2), "gives list of 2")


def test_writes_are_found():
    def write(array, value):
        array[0] = value
        return array

    fails(wrong(forward=lambda X, Y, is_train: write(X, 7) @ numpy.ones((4, 3), "f")), "writes to X")
    fails(wrong(forward=lambda X, Y, is_train: (is_train and write(X, 7), Y)[1]), "forward", "writes to X")
    fails(wrong(backprop=lambda dY, callback: callback(write(dY, 0))), "the callback", "writes to dY")


def test_predict_that_differs_from_training_is_found_unless_a_node_drops_out():
    fails(wrong(forward=lambda X, Y, is_train: Y + is_train), "differs from the training forward")
    check_model(chain(Linear(3, 4), Dropout(0.5)), X)


def test_a_model_that_does_not_load_what_it_saves_is_found():
    class Forgetful(Model):
        def from_bytes(self, data):
            return self

    model = Forgetful("m", affine_forward, params={"W": numpy.ones((3, 4), "f")})
    fails(model, "saves other bytes")


def test_checks_can_be_left_out():
    model = wrong(backprop=lambda dY, callback: callback(dY) * 2)
    check_model(model, X, gradients=False)
    check_model(model, X, input_gradient=False)
    check_model(wrong(forward=lambda X, Y, is_train: Y + is_train), X, predict=False)


def test_kinks_are_left_out():
    numpy.random.seed(0)  # With few weights the slopes on both sides of a kink may be equal and wrong.
    mostly = X.copy()
    mostly[1:] = 0
    check_model(chain(Linear(3, 4), Relu(2)), mostly)
    check_model(chain(Linear(3, 4), Relu(2)), X * 0)


def test_a_forward_pass_that_is_not_deterministic_is_found():
    random = numpy.random.RandomState(0)
    model = wrong(forward=lambda X, Y, is_train: Y * random.uniform(0.5, 1))
    fails(model, "cannot be judged", predict=False, round_trip=False)


def test_lists_and_ragged_are_supported():
    sequences = [X, X[:2], X[:0]]
    check_model(with_array(Linear(3, 4)), sequences)
    check_model(with_array(Linear(3, 4)), Ragged(X, numpy.asarray([2, 0, 3], "i")))
    check_model(chain(list2ragged(), with_array(Linear(3, 4)), ragged2list()), sequences)


def test_only_the_used_part_of_padded_counts():
    data = numpy.random.RandomState(1).standard_normal((3, 2, 4)).astype("f")
    padded = Padded(data, *(numpy.asarray(v, "i") for v in ([2, 1, 1], [3, 1], [1, 0])))
    check_model(with_array2d(Linear(3, 4)), padded)

    def forward(model, P, is_train):
        # What stands in the padding is nobody's business: the gradient there is garbage.
        def backprop(dP):
            garbage = numpy.full_like(dP.data, 9)
            for column, length in enumerate(P.lengths):
                garbage[:length, column] = 2 * dP.data[:length, column]
            return Padded(garbage, dP.size_at_t, dP.lengths, dP.indices)

        return Padded(P.data * 2, P.size_at_t, P.lengths, P.indices), backprop

    check_model(Model("double", forward), padded)


def test_tuples_are_supported():
    def forward(model, pair, is_train):
        return (pair[0] * pair[1], pair[0]), lambda d: (d[0] * pair[1] + d[1], d[0] * pair[0])

    check_model(Model("product", forward), (X, X + 1))
    fails(
        Model("product", lambda model, pair, is_train: (forward(model, pair, is_train)[0], lambda d: d)),
        "X[0]",
        X=(X, X + 1),
    )


def test_integers_have_no_gradient():
    def forward(model, ids, is_train):
        def backprop(dY):
            gradient = numpy.zeros_like(model.get_param("E"))
            numpy.add.at(gradient, ids, dY)
            model.inc_grad("E", gradient)
            return numpy.zeros(0)

        return model.get_param("E")[ids], backprop

    check_model(Model("table", forward, params={"E": X}), numpy.asarray([0, 1, 1]))


def test_lower_precision_has_its_own_tolerance():
    check_model(affine(3, 4), X, dtype="float32")
    fails(wrong(backprop=lambda dY, callback: callback(dY) * 1.1), "the gradient of X", dtype="float32")


def test_models_without_parameters_need_no_initialization():
    check_model(Model("identity", identity), X)

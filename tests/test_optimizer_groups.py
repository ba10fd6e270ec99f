"""Parameter groups: other hyper-parameters, factors and freezing for some parameters."""

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.model import Model
from thinc.optimizers import SGD, Adam


def forward(model, X, is_train):
    return X, lambda dY: dY


def make_model():
    def node(name, **params):
        return Model(name, forward, params={key: numpy.ones(2, "float32") for key in params})

    return Model("chain", forward, layers=[node("linear", W=1, b=1), node("norm", G=1, b=1)])


def set_gradients(model):
    for node in model.walk():
        for name in node.param_names:
            node.set_grad(name, numpy.full(2, -0.5, "float32"))


def test_a_group_has_hyper_parameters_of_its_own():
    model = make_model()
    linear, norm = model.layers
    optimizer = SGD(1.0, L2=0.5)
    assert optimizer.add_group(model, lambda node, name: name in ("b", "G"), L2=0.0, learn_rate=0.5) == 3
    set_gradients(model)
    model.finish_update(optimizer)
    assert_array_equal(linear.get_param("W"), numpy.full(2, 0.75))
    for node, name in ((linear, "b"), (norm, "G"), (norm, "b")):
        assert_array_equal(node.get_param(name), numpy.full(2, 1.25))


def test_the_last_group_wins_and_scales_the_learning_rate():
    model = make_model()
    optimizer = SGD(1.0)
    optimizer.add_group(model, lambda node, name: True, lr_scale=0.0)
    optimizer.add_group(model, lambda node, name: node.name == "norm", lr_scale=0.5)
    set_gradients(model)
    model.finish_update(optimizer)
    assert_array_equal(model.layers[0].get_param("W"), numpy.ones(2))
    assert_array_equal(model.layers[1].get_param("G"), numpy.full(2, 1.25))


def test_schedules_of_a_group_step_with_the_optimizer():
    model = make_model()
    optimizer = SGD(1.0)
    optimizer.add_group(model, lambda node, name: name == "W", learn_rate=[0.5, 0.25], beta1=0.0)
    seen = []
    for _ in range(3):
        set_gradients(model)
        model.finish_update(optimizer)
        optimizer.step_schedules()
        seen.append(model.layers[0].get_param("W")[0].item())
    assert seen == [1.25, 1.375, 1.5]


def test_frozen_parameters_keep_no_state_and_do_not_move():
    model = make_model()
    optimizer = Adam(1.0, L2=0.1)
    optimizer.add_group(model, lambda node, name: node.name == "linear", frozen=True)
    set_gradients(model)
    model.finish_update(optimizer)
    linear, norm = model.layers
    assert_array_equal(linear.get_param("W"), numpy.ones(2))
    assert_array_equal(linear.get_grad("W"), numpy.zeros(2))
    assert {key[0] for key in optimizer.mom1} == {norm.id}
    assert {key[0] for key in optimizer.averages} == {norm.id}


def test_adding_a_group_keeps_gradients():
    model, optimizer = make_model(), SGD(1.0)
    set_gradients(model)
    optimizer.add_group(model, lambda node, name: True, L2=0.0)
    model.finish_update(optimizer)
    assert_array_equal(model.layers[0].get_param("W"), numpy.full(2, 1.5))


def test_a_group_that_matches_nothing_or_has_unknown_settings_is_refused():
    model, optimizer = make_model(), Adam()
    with pytest.raises(ValueError, match="no parameter"):
        optimizer.add_group(model, lambda node, name: name == "bias", L2=0.0)
    with pytest.raises(TypeError, match="momentum"):
        optimizer.add_group(model, lambda node, name: True, momentum=0.0)
    with pytest.raises(ValueError, match="b1 must be"):
        optimizer.add_group(model, lambda node, name: True, beta1=2.0)
    assert optimizer._groups == []

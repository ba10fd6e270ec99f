"""What all layers promise, read from the table in `cases.py`."""

import copy
import pickle

import numpy
import pytest

import thinc.layers
from thinc.testing import check_model

from .cases import CASES, WITHOUT_CASE

FRAMEWORKS = ("Jax", "PyTorch", "TorchScript", "TensorFlow", "MXNet", "keras", "pytorch")


@pytest.fixture(params=CASES, ids=str)
def case(request):
    return CASES[request.param]


def built(case):
    numpy.random.seed(0)
    return case.build().initialize(case.X, case.Y)


def params(model):
    return [
        (node.name, name, node.maybe_get_param(name)) for node in model.walk() for name in node.param_names
    ]


def dims(model):
    return [{name: node.maybe_get_dim(name) for name in node.dim_names} for node in model.walk()]


def test_every_layer_has_a_case():
    names = {name.partition("-")[0] for name in CASES} | WITHOUT_CASE
    native = {name for name in thinc.layers.__all__ if not name.startswith(FRAMEWORKS)}
    assert native == names


def test_gradients_predictions_and_bytes_hold(case):
    check_model(built(case), case.X, **case.check)


def test_dimensions_and_shapes_stay_when_initialized_again(case):
    model = built(case)
    before = dims(model), [(node, name, value.shape) for node, name, value in params(model)]
    model.initialize(case.X, case.Y)
    assert (dims(model), [(node, name, value.shape) for node, name, value in params(model)]) == before


def test_the_same_seed_gives_the_same_parameters(case):
    for (_, _, one), (_, _, two) in zip(params(built(case)), params(built(case)), strict=True):
        numpy.testing.assert_array_equal(one, two)


def test_parameters_are_float32(case):
    assert {value.dtype.name for _, _, value in params(built(case))} <= {"float32"}


def test_a_copy_predicts_the_same_with_parameters_of_its_own(case):
    model = built(case)
    copied = model.copy()
    for (_, _, one), (_, _, two) in zip(params(model), params(copied), strict=True):
        numpy.testing.assert_array_equal(one, two)
        assert not numpy.shares_memory(one, two)
    assert_same(model.predict(case.X), copied.predict(case.X))


def test_a_deep_copy_predicts_the_same(case):
    model = built(case)
    assert_same(model.predict(case.X), copy.deepcopy(model).predict(case.X))


def test_pickling_keeps_predictions(case):
    model = built(case)
    if any(callable(value) for node in model.walk() for value in node.attrs.values()):
        pytest.skip("this case holds a local function")
    assert_same(model.predict(case.X), pickle.loads(pickle.dumps(model)).predict(case.X))


def test_an_empty_batch_passes_both_ways(case):
    if case.empty is None:
        pytest.skip("there is no empty input")
    model = without_dropout(built(case))
    assert_same(model.predict(case.empty), model.begin_update(case.empty)[0])
    Y, backprop = model.begin_update(case.empty)
    backprop(Y)
    for node in model.walk():
        for name in node.grad_names:
            assert not node.get_grad(name).any()


def test_fortran_order_changes_nothing_but_rounding(case):
    if not isinstance(case.X, numpy.ndarray) or case.X.ndim != 2:
        pytest.skip("the input is no matrix")
    model = without_dropout(built(case))
    Y, backprop = model.begin_update(case.X)
    if not isinstance(Y, numpy.ndarray):
        pytest.skip("the output is no matrix")
    dY = numpy.random.RandomState(1).standard_normal(Y.shape).astype(Y.dtype)
    dX = backprop(dY)
    Y_fortran, backprop = model.begin_update(numpy.asfortranarray(case.X))
    rounding = {"rtol": 16 * numpy.finfo("float32").eps, "atol": 16 * numpy.finfo("float32").eps}
    numpy.testing.assert_allclose(Y_fortran, Y, **rounding)
    numpy.testing.assert_allclose(backprop(numpy.asfortranarray(dY)), dX, **rounding)


def without_dropout(model):
    for node in model.walk():
        if "dropout_rate" in node.attrs:
            node.attrs["dropout_rate"] = 0.0
    return model


def assert_same(found, expected):
    """Equal containers with equal arrays."""
    assert type(found) is type(expected)
    if isinstance(found, (list, tuple)):
        assert len(found) == len(expected)
        for one, two in zip(found, expected, strict=True):
            assert_same(one, two)
    elif isinstance(found, numpy.ndarray):
        numpy.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype
    else:
        assert found == expected

"""Initializers: reference draws, scales, shapes, and the generator they draw from."""

import copy
import functools
import inspect
import pickle

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc import initializers
from thinc.backends import NumpyOps
from thinc.backends.ops import Ops
from thinc.config import registry
from thinc.initializers import normal_init, uniform_init, zero_init

OPS = [NumpyOps(), Ops()]
NORMAL = ["lecun_normal_init", "he_normal_init", "glorot_normal_init"]
UNIFORM = ["lecun_uniform_init", "he_uniform_init", "glorot_uniform_init"]

# What shape (2, 3) gets after numpy.random.seed(0), row by row.
DRAWN = {
    "lecun_normal_init": "1.0184761 .23103087 .5650746 1.2937803 1.0782351 -.56423163",
    "he_normal_init": "1.4403427 .326727 .7991362 1.8296816 1.5248547 -.79794407",
    "glorot_normal_init": "1.1156846 .25308165 .61900824 1.4172653 1.1811473 -.6180848",
    "lecun_uniform_init": ".09762701 .43037874 .20552675 .08976637 -.1526904 .29178822",
    "he_uniform_init": ".13806544 .60864747 .2906587 .12694882 -.21593684 .41265085",
    "glorot_uniform_init": ".10694503 .4714563 .22514328 .098334126 -.16726395 .31963798",
    "uniform_init": ".009762701 .043037873 .020552674 .008976636 -.01526904 .029178822",
    "zero_init": "0 0 0 0 0 0",
}


def expected(text):
    return numpy.array(text.split(), dtype="float32").reshape(2, 3)


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
@pytest.mark.parametrize("name", DRAWN)
def test_seed_0_gives_the_reference_numbers(ops, name):
    numpy.random.seed(0)
    W = getattr(initializers, name)(ops, (2, 3))
    assert W.dtype == "float32"
    assert_array_equal(W, expected(DRAWN[name]))


@pytest.mark.parametrize("argument", ["mean", "scale"])
def test_normal_init_takes_its_scale_under_both_names(argument):
    numpy.random.seed(0)
    W = normal_init(NumpyOps(), (2, 3), **{argument: 1.0})
    assert_array_equal(W, expected("1.7640524 .4001572 .978738 2.2408931 1.867558 -.9772779"))


def test_normal_init_without_a_scale_is_zero_and_warns():
    with pytest.warns(UserWarning, match="scale"):
        W = normal_init(NumpyOps(), (2, 3))
    assert_array_equal(W, numpy.zeros((2, 3)))


def test_normal_init_with_mean_0_is_zero_without_warning():
    assert_array_equal(normal_init(NumpyOps(), (2, 3), mean=0), numpy.zeros((2, 3)))


def test_normal_init_refuses_both_names_and_a_negative_scale():
    with pytest.raises(ValueError, match="both"):
        normal_init(NumpyOps(), (2, 3), mean=1.0, scale=1.0)
    with pytest.raises(ValueError, match="scale < 0"):
        normal_init(NumpyOps(), (2, 3), mean=-1.0)


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_the_variance_is_that_of_the_formula(name):
    numpy.random.seed(1)
    nO, nI = 200, 500
    W = getattr(initializers, name)(NumpyOps(), [nO, nI])
    wanted = {"lecun": 1 / nI, "he": 2 / nI, "glorot": 2 / (nI + nO)}[name.split("_")[0]]
    # The standard error of a variance of 100000 normal draws is 0.45 %.
    assert W.var() == pytest.approx(wanted, rel=0.02)
    assert abs(W.mean()) < 5 * (wanted / W.size) ** 0.5


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_only_the_first_two_dimensions_set_the_scale(name):
    init = getattr(initializers, name)
    numpy.random.seed(0)
    flat = init(NumpyOps(), (4, 6))
    numpy.random.seed(0)
    deep = init(NumpyOps(), (4, 6, 1, 1))
    assert_array_equal(deep.reshape(4, 6), flat)


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_one_dimension_is_not_enough(name):
    with pytest.raises(IndexError, match="tuple index out of range"):
        getattr(initializers, name)(NumpyOps(), (3,))


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_no_inputs_divide_by_zero_except_for_glorot(name):
    init = getattr(initializers, name)
    if name.startswith("glorot"):
        assert init(NumpyOps(), (2, 0)).shape == (2, 0)
    else:
        with pytest.raises(ZeroDivisionError):
            init(NumpyOps(), (2, 0))


def test_the_others_take_any_rank_and_a_plain_int():
    for shape, rank in ((5, 1), ((5,), 1), ([2, 3, 4], 3)):
        for W in (
            uniform_init(NumpyOps(), shape, lo=2.0, hi=3.0),
            normal_init(NumpyOps(), shape, scale=1.0),
            zero_init(NumpyOps(), shape),
        ):
            assert W.ndim == rank
    assert (uniform_init(NumpyOps(), 100, lo=2.0, hi=3.0) >= 2.0).all()


@pytest.mark.parametrize("make", [numpy.random.default_rng, numpy.random.RandomState])
@pytest.mark.parametrize("name", [*NORMAL, *UNIFORM, "uniform_init"])
def test_a_generator_of_ones_own_leaves_the_global_one_alone(name, make):
    init = getattr(initializers, name)
    numpy.random.seed(0)
    before = numpy.random.get_state()[1].copy()
    first, second = (init(NumpyOps(), (2, 3), rng=make(7)) for _ in range(2))
    assert_array_equal(first, second)
    assert_array_equal(numpy.random.get_state()[1], before)


@pytest.mark.parametrize("name", initializers.__all__)
def test_the_registered_function_gives_an_initializer(name):
    init = registry.initializers.get(f"{name}.v1")()
    direct = getattr(initializers, name)
    arguments = {"mean": 0} if name == "normal_init" else {}
    numpy.random.seed(0)
    W = init(NumpyOps(), (2, 3))
    numpy.random.seed(0)
    assert_array_equal(W, direct(NumpyOps(), (2, 3), **arguments))


def test_registered_arguments_reach_the_function():
    config = {"init": {"@initializers": "uniform_init.v1", "lo": 1.0, "hi": 1.5}}
    W = registry.resolve(config)["init"](NumpyOps(), (20,))
    assert W.min() >= 1.0 and W.max() <= 1.5
    config = {"init": {"@initializers": "normal_init.v1", "mean": 3.0}}
    assert abs(registry.resolve(config)["init"](NumpyOps(), (20,))).max() > 1.0


PARAMETERS = {"uniform_init": ["lo", "hi"], "normal_init": ["mean"]}


@pytest.mark.parametrize("name", initializers.__all__)
def test_what_a_config_gives_shows_the_parameters_of_other_releases(name):
    init = registry.resolve({"init": {"@initializers": f"{name}.v1"}})["init"]
    for each in (init, pickle.loads(pickle.dumps(init)), copy.deepcopy(init)):
        assert list(inspect.signature(each).parameters) == ["ops", "shape", *PARAMETERS.get(name, [])]
        assert isinstance(each, functools.partial)
        assert each.func is getattr(initializers, name)
    if name != "zero_init":
        one, two = (init(NumpyOps(), (2, 3), rng=numpy.random.default_rng(0)) for _ in range(2))
        assert_array_equal(one, two)


def test_a_configured_value_is_the_default_of_its_parameter():
    init = registry.resolve({"init": {"@initializers": "uniform_init.v1", "lo": -0.2}})["init"]
    assert inspect.signature(init).parameters["lo"].default == -0.2

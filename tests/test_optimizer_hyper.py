"""Hyper-parameters of optimizers: accepted values, schedules, both calling styles."""

import copy
import fractions
import itertools
import math
import pickle

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.config import registry
from thinc.optimizers import ADAM_DEFAULTS, SGD, SGD_DEFAULTS, Adam, Optimizer, RAdam
from thinc.schedules import Schedule, compounding, constant, constant_then, decaying, plateau, warmup_linear

NAMES = {
    "learn_rate": "learn_rate",
    "L2": "L2",
    "beta1": "b1",
    "beta2": "b2",
    "eps": "eps",
    "grad_clip": "grad_clip",
}


def build(name, value):
    return Optimizer(**{"learn_rate": 0.1, name: value})


def rates(optimizer, n):
    """The learning rate at n steps, as an update would use it."""
    seen = []
    for _ in range(n):
        W = numpy.zeros(1, "float32")
        # One step of SGD with a fresh key moves a weight by the rate itself.
        optimizer((optimizer.step, "W"), W, numpy.full(1, -1.0, "float32"))
        seen.append(float(W[0]))
        optimizer.step_schedules()
    return seen


def halves():
    yield 0.5
    yield 0.25


NUMBERS = [
    0.5,
    0,
    True,
    numpy.float64(0.5),
    numpy.float32(0.5),
    numpy.float16(0.5),
    numpy.int64(0),
    fractions.Fraction(1, 2),
]


@pytest.mark.parametrize("value", NUMBERS, ids=lambda value: type(value).__name__)
def test_numbers_of_every_kind_are_accepted(value):
    optimizer = build("learn_rate", value)
    assert optimizer.learn_rate == float(value)
    assert optimizer.schedules == {}
    optimizer.step_schedules()
    assert optimizer.learn_rate == float(value)


SEQUENCES = {
    "list": lambda: [0.5, 0.25],
    "tuple": lambda: (0.5, 0.25),
    "generator": halves,
    "iterator": lambda: iter([0.5, 0.25]),
    "chain": lambda: itertools.chain([0.5], [numpy.float32(0.25)]),
}


@pytest.mark.parametrize("kind", SEQUENCES)
@pytest.mark.parametrize("name", NAMES)
def test_sequences_give_one_value_per_step_and_repeat_the_last(name, kind):
    optimizer = build(name, SEQUENCES[kind]())
    seen = []
    for _ in range(4):
        seen.append(getattr(optimizer, NAMES[name]))
        assert seen[-1](optimizer.step) == seen[-1]
        optimizer.step_schedules()
    assert seen == [0.5, 0.25, 0.25, 0.25]
    assert list(optimizer.schedules) == [NAMES[name]]


@pytest.mark.parametrize("value", ["0.1", None, [], (), iter(()), {}, {0.1}, numpy.zeros(2), ["a"], object()])
@pytest.mark.parametrize("name", NAMES)
def test_values_of_a_wrong_kind_are_refused(name, value):
    with pytest.raises(ValueError, match=rf"Invalid schedule for '{NAMES[name]}' \(<class"):
        build(name, value)


@pytest.mark.parametrize(
    "name, value",
    [
        ("beta1", 1),
        ("beta1", -0.1),
        ("beta2", 1.0),
        ("eps", 0),
        ("eps", -1e-8),
        ("grad_clip", -1.0),
        ("learn_rate", float("nan")),
        ("learn_rate", float("inf")),
        ("L2", float("nan")),
        ("grad_clip", float("nan")),
    ],
)
def test_values_out_of_range_are_refused_at_once_and_from_schedules(name, value):
    with pytest.raises(ValueError, match=f"{NAMES[name]} must be"):
        build(name, value)
    good = 0.5
    optimizer = build(name, [good, value])
    with pytest.raises(ValueError, match=f"{NAMES[name]} must be"):
        optimizer.step_schedules()
    called = build(name, lambda step: value)
    with pytest.raises(ValueError, match=f"{NAMES[name]} must be"):
        called((1, "W"), numpy.ones(2, "float32"), numpy.ones(2, "float32"))


def test_an_infinite_clip_and_a_negative_rate_are_allowed():
    optimizer = SGD(-1.0, grad_clip=float("inf"))
    W, _ = optimizer((1, "W"), numpy.zeros(1, "float32"), numpy.full(1, 3.0, "float32"))
    assert W[0] == 3.0


def test_a_function_of_the_step_is_called():
    assert rates(SGD(lambda step: 1.0 / (1 + step)), 3) == [1.0, 0.5, numpy.float32(1 / 3)]


def test_built_in_schedules_give_the_numbers_of_iteration():
    optimizer = SGD(constant_then(0.5, 1, decaying(1.0, 1.0)), grad_clip=0.0)
    assert rates(optimizer, 3) == [0.5, 1.0, 0.5]
    optimizer = SGD(compounding(1.0, 4.0, 2.0, t=1), grad_clip=0.0)
    assert rates(optimizer, 3) == [1.0, 2.0, 4.0]


def test_a_schedule_continues_from_its_position_and_is_not_moved():
    schedule = decaying(1.0, 1.0)
    next(schedule)
    first, second = SGD(schedule, grad_clip=0.0), SGD(schedule, grad_clip=0.0)
    expected = [0.5, numpy.float32(1 / 3)]
    assert rates(first, 2) == expected
    assert rates(second, 2) == expected
    assert next(schedule) == 0.5


def test_a_schedule_of_ones_own_is_called_with_key_and_score():
    seen = []

    def value(schedule, step, **extra):
        seen.append((step, extra))
        return 0.5

    optimizer = SGD(Schedule("own", value))
    W, dW = numpy.ones(2, "float32"), numpy.ones(2, "float32")
    optimizer((3, "W"), W, dW)
    optimizer.last_score = 0.7
    optimizer.step_schedules()
    optimizer((3, "b"), W, dW)
    assert seen == [
        (0, {"key": (3, "W"), "last_score": None}),
        (1, {"key": (3, "b"), "last_score": (0, 0.7)}),
    ]


def test_plateau_lowers_the_rate_when_scores_stop_improving():
    optimizer = SGD(plateau(1, 0.5, constant(1.0)), grad_clip=0.0)
    seen = []
    for score in [0.1, 0.2, 0.2, 0.1]:
        optimizer.last_score = score
        seen += rates(optimizer, 1)
    assert seen == [1.0, 1.0, 0.5, 0.25]


def test_plateau_sees_scores_inside_constant_then():
    optimizer = SGD(constant_then(0.25, 1, plateau(1, 0.5, constant(1.0))), grad_clip=0.0)
    seen = []
    for score in [0.1, 0.2, 0.2]:
        optimizer.last_score = score
        seen += rates(optimizer, 1)
    assert seen == [0.25, 1.0, 0.5]


def test_the_value_is_a_number_for_programs_that_want_one():
    optimizer = Adam(warmup_linear(0.1, 2, 4))
    optimizer.step_schedules()
    rate = optimizer.learn_rate
    assert rate == 0.05 and isinstance(rate, float)
    assert f"{rate:.3f}" == "0.050" and repr(rate) == "0.05"
    assert type(rate * 2) is float
    assert sorted([optimizer.b2, optimizer.b1]) == [0.9, 0.999]


def test_the_value_is_a_schedule_for_programs_that_want_one():
    optimizer = Adam(warmup_linear(0.1, 2, 4))
    assert optimizer.learn_rate(optimizer.step) == 0.0
    assert optimizer.learn_rate(1, key=(1, "W")) == 0.05
    assert optimizer.learn_rate.name == "warmup_linear"
    assert optimizer.learn_rate.attrs["warmup_steps"] == 2
    assert list(itertools.islice(optimizer.learn_rate.to_generator(1), 2)) == [0.05, 0.1]
    assert optimizer.b1(17) == 0.9
    assert optimizer.b1.name == "constant"


def test_hyper_parameters_leave_the_dtype_of_arrays():
    rate = Adam(0.25).learn_rate
    for dtype in ("float16", "float32", "float64"):
        X = numpy.ones(2, dtype)
        for Y in (rate * X, X * rate, X - rate, rate / X, X**rate, numpy.multiply(rate, X), X[0] * rate):
            assert Y.dtype == dtype
        X -= rate * X
        assert X.tolist() == [0.75, 0.75]
    assert type(rate * 2.0) is float and numpy.add(rate, 1) == 1.25
    assert numpy.asarray(rate).dtype == "float64"


def test_wrapped_iterators_are_called_forwards_only():
    optimizer = Adam([0.1, 0.2, 0.3])
    assert optimizer.learn_rate(2) == 0.3
    with pytest.raises(
        ValueError, match="'step' of the generator-based schedule for learn_rate must not decrease"
    ):
        optimizer.learn_rate(1)


@pytest.mark.parametrize("make", [lambda: [0.1, 0.2, 0.3], lambda: iter([0.1, 0.2, 0.3])])
def test_looking_ahead_leaves_the_values_to_come_as_they_are(make):
    optimizer = SGD(make(), grad_clip=0.0)
    assert optimizer.learn_rate(2) == 0.3
    assert rates(optimizer, 4) == pytest.approx([0.1, 0.2, 0.3, 0.3])


def test_a_value_out_of_range_leaves_all_schedules_where_they_are():
    optimizer = Adam([0.1, 0.2], beta1=[0.9, 1.0])
    for _ in range(2):
        with pytest.raises(ValueError, match="b1 must be at least 0 and less than 1; got 1.0"):
            optimizer.step_schedules()
        assert (optimizer.step, optimizer.learn_rate, optimizer.b1) == (0, 0.1, 0.9)


def test_a_value_that_depends_on_the_key_reads_as_nan_and_can_be_called():
    own = Schedule("own", lambda schedule, step, *, key, **extra: 0.1 if key[1] == "W" else 0.05)
    optimizer = SGD(own, grad_clip=0.0, use_averages=False)
    assert math.isnan(optimizer.learn_rate)
    assert optimizer.learn_rate(optimizer.step, key=(1, "b")) == 0.05
    W, dW = numpy.ones(1, "float32"), numpy.ones(1, "float32")
    optimizer((1, "W"), W, dW)
    assert float(W[0]) == pytest.approx(0.9)


def test_errors_name_the_method_whatever_its_schedules_want_to_know():
    own = Schedule("own", lambda schedule, step, *, key, **extra: 0.9 if key[1] == "W" else 0.8)
    optimizer = Optimizer(0.1, beta2=own, nonfinite="raise")
    with pytest.raises(ValueError, match="Adam: gradient must be finite"):
        optimizer((1, "W"), numpy.ones(1, "float32"), numpy.full(1, numpy.nan, "float32"))


def test_an_assigned_number_lasts_until_the_next_step_of_its_schedule():
    optimizer = SGD([0.5, 0.25], grad_clip=0.0)
    optimizer.learn_rate = 2.0
    assert rates(optimizer, 2) == [2.0, 0.25]
    optimizer = SGD(0.5, grad_clip=0.0)
    optimizer.learn_rate = 2.0
    assert rates(optimizer, 2) == [2.0, 2.0]
    optimizer = SGD(lambda step: 1.0, grad_clip=0.0)
    optimizer.learn_rate = 2.0
    assert rates(optimizer, 2) == [2.0, 1.0]


def test_an_assigned_schedule_takes_over():
    optimizer = SGD([0.5, 0.25], grad_clip=0.0)
    optimizer.learn_rate = decaying(1.0, 1.0)
    assert rates(optimizer, 2) == [1.0, 0.5]
    assert optimizer.schedules["learn_rate"].name == "decaying"


def test_a_refused_assignment_changes_nothing():
    optimizer = SGD([0.5, 0.25], grad_clip=0.0)
    for value in ("fast", [], float("nan"), [float("nan")]):
        with pytest.raises(ValueError):
            optimizer.learn_rate = value
    assert rates(optimizer, 2) == [0.5, 0.25]


def test_an_attribute_of_another_optimizer_is_assigned_as_a_number():
    optimizer = Adam()
    optimizer.b1 = Adam(beta1=[0.5, 0.6]).b1
    optimizer.step_schedules()
    assert optimizer.b1 == 0.5


def test_the_step_is_counted_and_scores_are_stored_with_it():
    optimizer = Adam()
    assert (optimizer.step, optimizer.last_score) == (0, None)
    optimizer.step_schedules()
    optimizer.last_score = 0.5
    assert (optimizer.step, optimizer.last_score) == (1, (1, 0.5))
    with pytest.raises(AttributeError):
        optimizer.step = 5


def test_defaults_are_those_documented():
    assert SGD_DEFAULTS == {"L2": 0.0, "L2_is_weight_decay": True, "grad_clip": 1.0}
    assert ADAM_DEFAULTS == {
        "learn_rate": 0.001,
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": 1e-08,
        "L2": 0.0,
        "grad_clip": 1.0,
        "L2_is_weight_decay": True,
    }
    bare = Optimizer(0.01)
    assert (bare.b1, bare.b2, bare.use_radam, bare.grad_clip) == (0.9, 0.999, False, 1.0)
    assert (SGD(0.1).b1, SGD(0.1).b2, RAdam().use_radam, Adam().averages) == (0.0, 0.0, True, {})
    assert Adam(use_averages=False).averages is None


def test_unknown_arguments_and_attributes_are_refused():
    for name in ("ops", "weight_decay", "use_radam"):
        with pytest.raises(TypeError):
            Adam(**{name: 1})
    with pytest.raises(TypeError):
        SGD()
    with pytest.raises(AttributeError):
        Adam().momentum = 1


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
@pytest.mark.parametrize(
    "rate", [0.1, [0.1, 0.2, 0.3], warmup_linear(0.1, 2, 4)], ids=["number", "list", "schedule"]
)
def test_copies_go_on_like_the_original(clone, rate):
    optimizer = Adam(rate)
    W, dW = numpy.ones(3, "float32"), numpy.arange(3, dtype="float32")
    optimizer((1, "W"), W, dW.copy())
    optimizer.step_schedules()
    copied, V = clone(optimizer), W.copy()
    for each, weights in ((optimizer, W), (copied, V)):
        each((1, "W"), weights, dW.copy())
        each.step_schedules()
        each((1, "W"), weights, dW.copy())
    assert_array_equal(W, V)
    assert copied.learn_rate == optimizer.learn_rate
    assert copied.mom1[1, "W"] is not optimizer.mom1[1, "W"]


@pytest.mark.parametrize(
    "block",
    [
        {"@optimizers": "Adam.v1"},
        {"@optimizers": "RAdam.v1", "learn_rate": 0.2, "beta1": [0.1, 0.2]},
        {"@optimizers": "SGD.v1", "learn_rate": {"@schedules": "constant.v1", "rate": 0.2}},
    ],
)
def test_optimizers_are_made_from_configs(block):
    optimizer = registry.resolve({"optimizer": block})["optimizer"]
    assert isinstance(optimizer, Optimizer)
    assert optimizer.learn_rate == (0.2 if "learn_rate" in block else 0.001)
    filled = registry.fill({"optimizer": block})["optimizer"]
    assert registry.resolve({"optimizer": filled})["optimizer"].b1 == optimizer.b1


def test_a_config_cannot_give_a_string():
    with pytest.raises(ValueError):
        registry.resolve({"optimizer": {"@optimizers": "Adam.v1", "learn_rate": "abc"}})

"""Schedules: reference sequences, both ways of reading them, states and errors."""

import collections.abc
import copy
import itertools
import math
import pickle

import pytest

from thinc.config import registry
from thinc.optimizers import Adam
from thinc.schedules import (
    Schedule,
    compounding,
    constant,
    constant_then,
    cyclic_triangular,
    decaying,
    plateau,
    slanted_triangular,
    warmup_linear,
)


def called(schedule, n):
    return [schedule(step) for step in range(n)]


def iterated(schedule, n):
    return list(itertools.islice(schedule, n))


# Both ways of reading give these values.
SEQUENCES = [
    (lambda: constant(0.3), [0.3, 0.3, 0.3]),
    (
        lambda: decaying(0.001, 1e-4),
        [0.001, 0.000999900009999, 0.0009998000399920016, 0.000999700089973008],
    ),
    (lambda: decaying(1.0, 1.0, t=2), [0.3333333333333333, 0.25, 0.2, 0.16666666666666666]),
    (
        lambda: compounding(1.0, 16.0, 1.5),
        [1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 16.0, 16.0],
    ),
    (lambda: compounding(10.0, 1.0, 0.5), [10.0, 5.0, 2.5, 1.25, 1.0, 1.0]),
    (
        lambda: slanted_triangular(1.0, 10),
        [
            1.0,
            0.892361111111111,
            0.7847222222222222,
            0.6770833333333334,
            0.5694444444444444,
            0.4618055555555555,
            0.3541666666666667,
            0.24652777777777776,
            0.13888888888888895,
            0.03125,
            -0.07638888888888894,
        ],
    ),
    (
        lambda: slanted_triangular(0.1, 20, cut_frac=0.25, ratio=16, t=2.0),
        [0.0625, 0.08125, 0.1, 0.09375, 0.08750000000000001, 0.08125],
    ),
    (
        lambda: warmup_linear(0.1, 3, 6),
        [
            0.0,
            0.03333333333333333,
            0.06666666666666667,
            0.1,
            0.06666666666666667,
            0.03333333333333333,
            0.0,
            0.0,
        ],
    ),
    (lambda: warmup_linear(0.1, 0, 4), [0.1, 0.07500000000000001, 0.05, 0.025, 0.0, 0.0]),
    (
        lambda: warmup_linear(0.1, 5, 3),
        [0.0, 0.020000000000000004, 0.04000000000000001, 0.06, 0.08000000000000002, 0.0, 0.0],
    ),
    (
        lambda: cyclic_triangular(0.1, 1.0, 3),
        [
            0.3999999999999999,
            0.6999999999999998,
            1.0,
            0.7000000000000001,
            0.3999999999999999,
            0.1,
            0.40000000000000013,
            0.6999999999999998,
            1.0,
        ],
    ),
]
# Where the two ways differ: called, iterated.
DIFFERENT = [
    (
        lambda: constant_then(0.005, 3, decaying(0.005, 0.1)),
        [0.005, 0.005, 0.005, 0.003846153846153846, 0.0035714285714285718, 0.003333333333333333],
        [0.005, 0.005, 0.005, 0.005, 0.004545454545454545, 0.004166666666666667],
    ),
    (lambda: compounding(1.0, 16.0, 1.5, t=2), [2.25, 3.375, 5.0625, 7.59375], [1.0, 1.5, 2.25, 3.375]),
]
ALL = [make for make, *_ in SEQUENCES + DIFFERENT] + [lambda: plateau(2, 0.5, constant(1.0))]


@pytest.mark.parametrize("make, values", SEQUENCES)
def test_calling_and_iterating_give_the_reference_values(make, values):
    assert called(make(), len(values)) == values
    assert iterated(make(), len(values)) == values


@pytest.mark.parametrize("make, when_called, when_iterated", DIFFERENT)
def test_reference_values_where_calling_and_iterating_differ(make, when_called, when_iterated):
    assert called(make(), len(when_called)) == when_called
    assert iterated(make(), len(when_iterated)) == when_iterated


def test_compounding_rounds_differently_when_iterated():
    assert compounding(1.0, 32.0, 1.001)(1000) == 2.7169239322355936
    assert iterated(compounding(1.0, 32.0, 1.001), 1001)[-1] == 2.7169239322355985


def test_calling_takes_keywords_fractions_and_extras():
    schedule = decaying(1.0, 1.0)
    assert schedule(step=1, key=(1, "W"), last_score=None) == 0.5
    assert schedule(0.5) == 1 / 1.5


def test_a_negative_step_is_refused():
    with pytest.raises(ValueError, match="Step must be non-negative, was: -1"):
        constant(1.0)(-1)


@pytest.mark.parametrize("make", ALL)
def test_a_schedule_is_an_iterator_that_continues(make):
    schedule = make()
    assert isinstance(schedule, collections.abc.Iterator)
    assert iter(schedule) is schedule
    assert iterated(schedule, 2) + iterated(schedule, 2) == iterated(make(), 4)


@pytest.mark.parametrize("make", ALL)
def test_a_schedule_is_no_number(make):
    with pytest.raises(TypeError):
        float(make())
    with pytest.raises(TypeError):
        len(make())


@pytest.mark.parametrize("clone", [copy.deepcopy, copy.copy, lambda s: pickle.loads(pickle.dumps(s))])
@pytest.mark.parametrize("make", ALL)
def test_copies_continue_from_the_same_position(make, clone):
    schedule = make()
    iterated(schedule, 3)
    copied = clone(schedule)
    assert iterated(copied, 4) == iterated(schedule, 4) == iterated(make(), 7)[3:]
    assert called(copied, 3) == called(make(), 3)


def test_to_generator_starts_and_steps_where_told():
    schedule = decaying(1.0, 1.0)
    assert iterated(schedule.to_generator(), 3) == [1.0, 0.5, 1 / 3]
    assert iterated(schedule.to_generator(1, 2), 3) == [0.5, 0.25, 1 / 6]
    assert iterated(schedule.to_generator(start=2, step_size=0), 2) == [1 / 3, 1 / 3]


def test_to_generator_passes_extras_on():
    schedule = Schedule("scores", lambda schedule, step, *, score: step + score)
    assert iterated(schedule.to_generator(score=10), 2) == [10, 11]


def test_to_generator_refuses_negative_arguments_at_once():
    with pytest.raises(ValueError, match="Schedule start must be non-negative, was: -1"):
        constant(1.0).to_generator(-1)
    with pytest.raises(ValueError, match="Step size must be non-negative, was: -2"):
        constant(1.0).to_generator(0, -2)


@pytest.mark.parametrize("make", ALL)
def test_to_list_gives_values_for_a_plot_and_leaves_the_schedule_where_it_is(make):
    schedule = make()
    next(schedule)
    assert schedule.to_list(4) == called(make(), 4)
    assert next(schedule) == iterated(make(), 2)[1]


def test_to_list_leaves_the_items_of_an_inner_list_unread():
    schedule = constant_then(1.0, 1, [2.0, 3.0, 4.0])
    assert schedule.to_list(3) == [1.0, 3.0, 4.0]
    assert iterated(schedule, 4) == [1.0, 2.0, 3.0, 4.0]


def test_to_list_does_not_mind_what_has_been_read():
    optimizer = Adam([0.1, 0.2, 0.3])
    optimizer.step_schedules()
    optimizer.learn_rate(2)
    assert optimizer.schedules["learn_rate"].to_list(4) == [0.1, 0.2, 0.3, 0.3]
    assert constant_then(1.0, 1, [2.0, 3.0]).to_list(3) == [1.0, 3.0, 3.0]


def test_a_schedule_that_raises_is_not_at_its_end():
    schedule = Schedule("own", lambda self, step, **extra: 1.0 / self.attrs["d"], attrs={"d": 0.0})
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            next(schedule)
    schedule.attrs["d"] = 2.0
    assert next(schedule) == 0.5


@pytest.mark.parametrize(
    "make, last",
    [
        (lambda: compounding(100, 1000, 1.001), 1000),
        (lambda: compounding(1, 8, 2), 8),
        (lambda: compounding(-1.0, -8.0, 1.5), -8.0),
        (lambda: compounding(0.0, 8.0, 2.0), 0.0),
        (lambda: compounding(10.0, 1.0, 2.0), math.inf),
    ],
)
def test_compounding_beyond_the_range_of_floats(make, last):
    assert make()(1_000_000) == last
    assert next(make().to_generator(1_000_000)) == last


def test_a_schedule_of_ones_own():
    schedule = Schedule("own", lambda self, step, **extra: self.attrs["rate"] * step, attrs={"rate": 2})
    assert schedule.name == "own"
    assert schedule.attrs == {"rate": 2}
    schedule.attrs["rate"] = 3
    assert called(schedule, 3) == iterated(schedule, 3) == [0, 3, 6]
    with pytest.raises(AttributeError):
        schedule.attrs = {}
    with pytest.raises(AttributeError):
        schedule.other = 1
    assert Schedule[float]("typed", lambda self, step, **extra: 1.0)(0) == 1.0


def test_attrs_of_one_schedule_are_not_those_of_another():
    first = Schedule("own", lambda self, step, **extra: step)
    first.attrs["rate"] = 1
    assert Schedule("own", lambda self, step, **extra: step).attrs == {}


@pytest.mark.parametrize(
    "make, names",
    [
        (lambda: constant(1.0), "rate"),
        (lambda: constant_then(1.0, 2, constant(1.0)), "rate schedule steps"),
        (lambda: decaying(1.0, 1.0), "base_rate decay t"),
        (lambda: compounding(1.0, 2.0, 1.5), "compound start stop t"),
        (lambda: slanted_triangular(1.0, 10), "cut cut_frac max_rate ratio t"),
        (lambda: warmup_linear(1.0, 1, 2), "initial_rate total_steps warmup_steps"),
        (lambda: cyclic_triangular(0.1, 1.0, 3), "max_lr min_lr period"),
        (lambda: plateau(2, 0.5, constant(1.0)), "max_patience scale schedule state"),
    ],
)
def test_attrs_are_the_arguments(make, names):
    assert sorted(make().attrs) == names.split()


@pytest.mark.parametrize(
    "values", [[2.0, 3.0], (2.0, 3.0), iter([2.0, 3.0])], ids=["list", "tuple", "iterator"]
)
def test_constant_then_takes_any_iterable_and_ends_with_it(values):
    assert list(constant_then(1.0, 2, values)) == [1.0, 1.0, 2.0, 3.0]


def test_constant_then_called_beyond_the_end_repeats_the_last_value():
    schedule = constant_then(1.0, 2, [5.0, 6.0, 7.0, 8.0])
    assert called(schedule, 7) == [1.0, 1.0, 7.0, 8.0, 8.0, 8.0, 8.0]


def test_constant_then_refuses_to_call_an_iterator_backwards():
    schedule = constant_then(1.0, 1, [5.0, 6.0, 7.0])
    schedule(2)
    with pytest.raises(ValueError, match="must not decrease"):
        schedule(1)


def test_constant_then_continues_an_inner_schedule_that_was_iterated():
    inner = decaying(1.0, 1.0)
    next(inner)
    assert iterated(constant_then(9.0, 1, inner), 3) == [9.0, 0.5, 1 / 3]
    assert next(inner) == 0.5


@pytest.mark.parametrize("arguments", [(1.0, 5), (1.0, 0)])
def test_slanted_triangular_needs_a_rising_step(arguments):
    with pytest.raises(ValueError, match="num_steps"):
        slanted_triangular(*arguments)


def test_slanted_triangular_needs_a_falling_step_and_ignores_decay():
    with pytest.raises(ValueError, match="cut_frac"):
        slanted_triangular(1.0, 10, cut_frac=1.0)
    assert called(slanted_triangular(1.0, 10, decay=5.0), 3) == called(slanted_triangular(1.0, 10), 3)


def test_cyclic_triangular_needs_a_period():
    with pytest.raises(ValueError, match="period"):
        cyclic_triangular(0.1, 1.0, 0)


def test_plateau_halves_after_two_scores_without_improvement():
    schedule = plateau(2, 0.5, constant(1.0))
    values = [schedule(step, last_score=(step, 1.0)) for step in range(6)]
    assert values == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_plateau_counts_a_repeated_score_step_once():
    schedule = plateau(2, 0.5, constant(1.0))
    scores = [(0, 1.0), (0, 1.0), (2, 0.5), (2, 0.5), (4, 0.7), (5, 2.0), (6, 1.0), (7, 1.0)]
    values = [schedule(step, last_score=score) for step, score in enumerate(scores)]
    assert values == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]


def test_plateau_without_a_score_keeps_its_state():
    schedule = plateau(1, 0.5, decaying(1.0, 1.0))
    schedule(0, last_score=(0, 1.0))
    schedule(1, last_score=(1, 1.0))
    assert [schedule(step, last_score=None) for step in (0, 1)] == [0.5, 0.25]
    assert schedule(3) == 0.125
    state = schedule.attrs["state"]
    assert (state.best_score, state.last_score_step, state.patience, state.n_plateaus) == (1.0, 1, 0, 1)


def test_plateau_takes_no_nan_for_an_improvement():
    schedule = plateau(1, 0.5, constant(1.0))
    values = [schedule(i, last_score=(i, score)) for i, score in enumerate([1.0, float("nan"), 2.0])]
    assert values == [1.0, 0.5, 0.5]


def test_plateau_refuses_an_older_score_unless_it_is_the_best():
    schedule = plateau(2, 0.5, constant(1.0))
    schedule(0, last_score=(5, 1.0))
    with pytest.raises(ValueError, match="Expected score with step >= 5, was: 3"):
        schedule(1, last_score=(3, 0.5))
    assert schedule(2, last_score=(3, 2.0)) == 1.0
    assert schedule.attrs["state"].last_score_step == 3


def test_plateau_passes_score_and_extras_on():
    seen = []
    inner = Schedule("inner", lambda self, step, **extra: seen.append((step, extra)) or 1.0)
    plateau(2, 0.5, inner)(3, last_score=(1, 0.5), key="W")
    assert seen == [(3, {"last_score": (1, 0.5), "key": "W"})]


@pytest.mark.parametrize(
    "block, values",
    [
        ({"@schedules": "constant.v1", "rate": 0.1}, [0.1, 0.1]),
        ({"@schedules": "decaying.v1", "base_rate": 1.0, "decay": 1.0, "t": 0.5}, [1 / 1.5, 1 / 2.5]),
        ({"@schedules": "compounding.v1", "start": 1.0, "stop": 8.0, "compound": 2.0}, [1.0, 2.0]),
        (
            {"@schedules": "warmup_linear.v1", "initial_rate": 1.0, "warmup_steps": 2, "total_steps": 4},
            [0.0, 0.5],
        ),
        (
            {"@schedules": "slanted_triangular.v1", "max_rate": 1.0, "num_steps": 10, "decay": 1.0},
            [1.0, 0.892361111111111],
        ),
        ({"@schedules": "cyclic_triangular.v1", "min_lr": 0.0, "max_lr": 1.0, "period": 2}, [0.5, 1.0]),
        (
            {
                "@schedules": "plateau.v1",
                "max_patience": 2,
                "scale": 0.5,
                "schedule": {"@schedules": "constant.v1", "rate": 3.0},
            },
            [3.0, 3.0],
        ),
        (
            {
                "@schedules": "constant_then.v1",
                "rate": 0.5,
                "steps": 1,
                "schedule": {"@schedules": "constant.v1", "rate": 3.0},
            },
            [0.5, 3.0],
        ),
    ],
)
def test_schedules_are_made_from_configs(block, values):
    assert iterated(registry.resolve({"schedule": block})["schedule"], 2) == values


def test_a_filled_config_holds_the_default_that_other_releases_take():
    block = {"@schedules": "decaying.v1", "base_rate": 1.0, "decay": 1.0}
    assert type(registry.fill({"schedule": block})["schedule"]["t"]) is int

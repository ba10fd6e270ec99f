"""Schedules: values that follow the step of training, such as a decaying learning rate.

A `Schedule` is called with a step, `schedule(step)`, and is also an iterator with a position of
its own: `next(schedule)` gives the values one after the other. Both give the same numbers, with
two exceptions that old programs rely on: iterating `compounding` multiplies step by step (and
ignores its `t`), and iterating `constant_then` starts the inner schedule afresh after the
constant part, where calling it passes the absolute step on. A schedule is nothing but a name, a
function of this module and its arguments, so it can be copied and pickled at any point.
"""

import copy
import itertools
import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Optional, TypeVar, Union

from ._replay import Replay
from .config import registry

__all__ = [
    "Schedule",
    "compounding",
    "constant",
    "constant_then",
    "cyclic_triangular",
    "decaying",
    "plateau",
    "slanted_triangular",
    "warmup_linear",
]

OutT = TypeVar("OutT")


class Schedule(Generic[OutT]):
    """A value for every step, by calling or by iterating.

    Args:
        name: what to call it in messages.
        schedule: function `f(schedule, step, **extra)` that gives the value. Whoever calls the
            schedule decides about the extras; an optimizer passes `key` and `last_score`.
        attrs: what the function needs besides the step, and what callers may look up.
    Example:
        >>> halves = Schedule("halves", lambda schedule, step, **extra: step / 2)
        >>> halves(3), halves.to_list(3)
        (1.5, [0.0, 0.5, 1.0])
    """

    __slots__ = ("name", "_schedule", "_attrs", "_position", "_items")

    def __init__(self, name: str, schedule: Callable[..., OutT], *, attrs: dict[str, Any] = {}) -> None:
        self.name = name
        self._schedule = schedule
        self._attrs = dict(attrs)
        self._position = 0
        self._items: Optional[Iterator[OutT]] = None

    @property
    def attrs(self) -> dict[str, Any]:
        """The arguments, as a live dict."""
        return self._attrs

    def __call__(self, step: float, **extra: Any) -> OutT:
        """The value at a step, which may be fractional.

        Raises:
            ValueError: the step is negative.
        """
        if step < 0:
            raise ValueError(f"Step must be non-negative, was: {step}")
        return self._schedule(self, step, **extra)

    def __iter__(self) -> "Schedule[OutT]":
        return self

    def __next__(self) -> OutT:
        if self._items is None:
            items = _ITEMS.get(self._schedule)
            self._items = items(self, self._position) if items else self.to_generator(self._position)
        try:
            value = next(self._items)
        except StopIteration:
            raise
        except Exception:
            # A generator that has raised is at its end; the schedule is not.
            self._items = None
            raise
        self._position += 1
        return value

    def to_generator(
        self, start: float = 0, step_size: float = 1, **extra: Any
    ) -> Generator[OutT, None, None]:
        """The values at `start`, `start + step_size`, ..., without end.

        Raises:
            ValueError: an argument is negative.
        """
        if start < 0:
            raise ValueError(f"Schedule start must be non-negative, was: {start}")
        if step_size < 0:
            raise ValueError(f"Step size must be non-negative, was: {step_size}")
        return self._generate(start, step_size, extra)

    def to_list(self, n: int, **extra: Any) -> list[OutT]:
        """The values at the steps 0 to n - 1, for a plot; the schedule stays where it is.

        Raises:
            TypeError: the schedule draws from a generator, which cannot be read twice.
        """
        schedule = copy.deepcopy(self)
        _rewind(schedule)
        return [schedule(step, **extra) for step in range(n)]

    def _generate(
        self, step: float, step_size: float, extra: dict[str, Any]
    ) -> Generator[OutT, None, None]:
        while True:
            yield self(step, **extra)
            step += step_size

    def __getstate__(self) -> Any:
        # The running iterator is left out: the position is enough to make it again.
        slots = {name: getattr(self, name) for name in self.__slots__}
        return None, {**slots, "_items": None}


@registry.schedules("constant.v1")
def constant(rate: OutT) -> Schedule[OutT]:
    """The same value at every step: `rate`."""
    return Schedule("constant", _constant, attrs={"rate": rate})


def _constant(schedule: Schedule, step: float, **extra: Any) -> Any:
    return schedule.attrs["rate"]


@registry.schedules("constant_then.v1")
def constant_then(
    rate: float, steps: int, schedule: Union[Schedule[float], Iterable[float]]
) -> Schedule[float]:
    """`rate` for the first steps, then another schedule.

    Calling passes the absolute step on to the inner schedule. Iterating starts the inner one at
    its own position, and ends where that ends.

    Args:
        rate: the value for `step < steps`.
        steps: how long.
        schedule: a Schedule, or any iterable of values; calling beyond its end repeats the last.
    """
    attrs = {"rate": rate, "steps": steps, "schedule": from_iterable(schedule)}
    return Schedule("constant_then", _constant_then, attrs=attrs)


def _constant_then(schedule: Schedule, step: float, **extra: Any) -> float:
    if step < schedule.attrs["steps"]:
        return schedule.attrs["rate"]
    return schedule.attrs["schedule"](step=step, **extra)


def _constant_then_items(schedule: Schedule, start: int) -> Iterator[float]:
    steps = schedule.attrs["steps"]
    for _ in range(start, steps):
        yield schedule.attrs["rate"]
    inner = copy.copy(schedule.attrs["schedule"])
    inner._position += max(0, start - steps)
    yield from inner


@registry.schedules("decaying.v1")
def decaying(base_rate: float, decay: float, *, t: float = 0) -> Schedule[float]:
    """Hyperbolic decay: `base_rate * (1 / (1 + decay * (step + t)))`."""
    return Schedule("decaying", _decaying, attrs={"base_rate": base_rate, "decay": decay, "t": t})


def _decaying(schedule: Schedule, step: float, **extra: Any) -> float:
    attrs = schedule.attrs
    return attrs["base_rate"] * (1.0 / (1.0 + attrs["decay"] * (step + attrs["t"])))


@registry.schedules("compounding.v1")
def compounding(start: float, stop: float, compound: float, *, t: float = 0.0) -> Schedule[float]:
    """Exponential growth or decay up to a bound: `start * compound ** (step + t)`.

    Iterating multiplies by `compound` from value to value, which rounds differently, and begins
    with `start` whatever `t` is.
    """
    attrs = {"start": start, "stop": stop, "compound": compound, "t": t}
    return Schedule("compounding", _compounding, attrs=attrs)


def _compounding(schedule: Schedule, step: float, **extra: Any) -> float:
    attrs = schedule.attrs
    try:
        value = attrs["start"] * attrs["compound"] ** (step + attrs["t"])
    except OverflowError:
        value = attrs["start"] and attrs["start"] * math.inf
    return _bounded(value, attrs)


def _compounding_items(schedule: Schedule, start: int) -> Iterator[float]:
    attrs = schedule.attrs
    value = float(attrs["start"])
    for _ in range(start):
        value *= attrs["compound"]
    while True:
        yield _bounded(value, attrs)
        value *= attrs["compound"]


def _bounded(value: float, attrs: dict[str, Any]) -> float:
    return max(value, attrs["stop"]) if attrs["start"] > attrs["stop"] else min(value, attrs["stop"])


@registry.schedules("slanted_triangular.v1")
def slanted_triangular(
    max_rate: float,
    num_steps: int,
    *,
    cut_frac: float = 0.1,
    ratio: int = 32,
    decay: float = 1.0,
    t: float = 0.0,
) -> Schedule[float]:
    """A short rise to `max_rate`, then a long fall; below zero after `num_steps`.

    Args:
        max_rate: the peak.
        num_steps: how many steps rise and fall take together.
        cut_frac: the fraction of them that rise.
        ratio: the peak over the lowest value.
        decay: has no effect; accepted because older configs contain it.
        t: added to the step.
    Raises:
        ValueError: no step would rise, or none would fall.
    Source:
        Howard and Ruder, Universal Language Model Fine-tuning (2018), section 3.2.
    """
    cut = int(num_steps * cut_frac)
    if cut == 0 or cut_frac == 1:
        raise ValueError(
            "slanted_triangular: num_steps * cut_frac must be at least 1 and cut_frac must not be 1; "
            f"got num_steps={num_steps}, cut_frac={cut_frac}"
        )
    attrs = {"max_rate": max_rate, "cut": cut, "cut_frac": cut_frac, "ratio": ratio, "t": t}
    return Schedule("slanted_triangular", _slanted_triangular, attrs=attrs)


def _slanted_triangular(schedule: Schedule, step: float, **extra: Any) -> float:
    attrs = schedule.attrs
    cut, ratio = attrs["cut"], attrs["ratio"]
    t = step + attrs["t"] + 1.0
    if t < cut:
        p = t / cut
    else:
        p = 1 - ((t - cut) / (cut * (1 / attrs["cut_frac"] - 1)))
    return attrs["max_rate"] * (1 + p * (ratio - 1)) * (1 / ratio)


@registry.schedules("warmup_linear.v1")
def warmup_linear(initial_rate: float, warmup_steps: int, total_steps: int) -> Schedule[float]:
    """A linear rise to `initial_rate`, then a linear fall to zero at `total_steps`."""
    attrs = {"initial_rate": initial_rate, "warmup_steps": warmup_steps, "total_steps": total_steps}
    return Schedule("warmup_linear", _warmup_linear, attrs=attrs)


def _warmup_linear(schedule: Schedule, step: float, **extra: Any) -> float:
    attrs = schedule.attrs
    warmup, total = attrs["warmup_steps"], attrs["total_steps"]
    if step < warmup:
        factor = step / max(1, warmup)
    else:
        factor = max(0.0, (total - step) / max(1.0, total - warmup))
    return factor * attrs["initial_rate"]


@registry.schedules("cyclic_triangular.v1")
def cyclic_triangular(min_lr: float, max_lr: float, period: int) -> Schedule[float]:
    """Linear up and down between two values, each way taking `period` steps.

    Raises:
        ValueError: the period is zero.
    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks (2017), section 3.2.
    """
    if period == 0:
        raise ValueError("cyclic_triangular: period must not be zero; got 0")
    attrs = {"min_lr": min_lr, "max_lr": max_lr, "period": period}
    return Schedule("cyclic_triangular", _cyclic_triangular, attrs=attrs)


def _cyclic_triangular(schedule: Schedule, step: float, **extra: Any) -> float:
    attrs = schedule.attrs
    period = attrs["period"]
    i = step + 1
    cycle = math.floor(1 + i / (2 * period))
    x = abs(i / period - 2 * cycle + 1)
    return attrs["min_lr"] + (attrs["max_lr"] - attrs["min_lr"]) * max(0, 1 - x)


@dataclass(slots=True)
class PlateauState:
    """What a plateau schedule remembers between calls."""

    best_score: Optional[float] = None
    last_score_step: Optional[int] = None
    patience: int = 0
    n_plateaus: int = 0


@registry.schedules("plateau.v1")
def plateau(max_patience: int, scale: float, schedule: Schedule[float]) -> Schedule[float]:
    """Scale another schedule each time that the score has stopped improving.

    The value is `scale ** k * schedule(step)`, k the number of plateaus so far: a plateau is
    `max_patience` scores in a row, of different steps, none above the best one (a NaN never
    is). The caller passes `last_score=(step, score)` or None, as an optimizer does.

    Raises:
        ValueError: on a call, a score that is not the best belongs to a step before the last.
    """
    attrs = {"scale": scale, "max_patience": max_patience, "schedule": schedule, "state": PlateauState()}
    return Schedule("plateau", _plateau, attrs=attrs)


def _plateau(
    schedule: Schedule, step: float, *, last_score: Optional[tuple[int, float]] = None, **extra: Any
) -> float:
    attrs = schedule.attrs
    state: PlateauState = attrs["state"]
    if last_score is not None:
        score_step, score = last_score
        if state.best_score is None or score > state.best_score:
            state.best_score = score
            state.patience = 0
        elif state.last_score_step is not None and score_step < state.last_score_step:
            raise ValueError(f"Expected score with step >= {state.last_score_step}, was: {score_step}")
        elif score_step != state.last_score_step:
            state.patience += 1
            if state.patience == attrs["max_patience"]:
                state.n_plateaus += 1
                state.patience = 0
        state.last_score_step = score_step
    return attrs["scale"] ** state.n_plateaus * attrs["schedule"](step=step, last_score=last_score, **extra)


def from_iterable(values: Union[Schedule, Iterable[float]], name: str = "schedule") -> Schedule:
    """A Schedule as it is; any other iterable as a schedule that repeats its last value.

    Args:
        values: the values for the steps 0, 1, ...
        name: what the schedule is for, to name it in errors.
    """
    if isinstance(values, Schedule):
        return values
    return Schedule("wrap_generator", _wrap_generator, attrs={"name": name, "items": Replay(values)})


def _wrap_generator(schedule: Schedule, step: float, **extra: Any) -> Optional[float]:
    return schedule.attrs["items"](step, schedule.attrs["name"])


def _wrap_generator_items(schedule: Schedule, start: int) -> Iterator[float]:
    replay = schedule.attrs["items"]
    for step in itertools.count(start):
        value = replay.at(step, schedule.attrs["name"])
        if replay.length is not None and step >= replay.length:
            return
        yield value


def _rewind(schedule: Schedule) -> None:
    """Let iterables that have been called be called from the first step on."""
    items, inner = schedule.attrs.get("items"), schedule.attrs.get("schedule")
    if isinstance(items, Replay):
        items.step = -1
    if isinstance(inner, Schedule):
        _rewind(inner)


def is_drawn(schedule: Schedule) -> bool:
    """Whether an optimizer takes the values by iterating rather than by calling.

    That is so for the schedules of this module, unless they depend on more than the step: a
    plateau, or `constant_then` with a plateau inside. A schedule of unknown making is called.
    """
    inner = schedule.attrs.get("schedule")
    return schedule._schedule in _DRAWN and (not isinstance(inner, Schedule) or is_drawn(inner))


_DRAWN = {
    _constant,
    _constant_then,
    _decaying,
    _compounding,
    _slanted_triangular,
    _warmup_linear,
    _cyclic_triangular,
    _wrap_generator,
}

# How to iterate from a position, where that differs from calling with one step after the other.
_ITEMS: dict[Callable, Callable[[Schedule, int], Iterator]] = {
    _constant_then: _constant_then_items,
    _compounding: _compounding_items,
    _wrap_generator: _wrap_generator_items,
}

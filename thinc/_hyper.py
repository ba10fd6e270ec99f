"""Hyper-parameters: numbers that may follow a schedule.

`Hypers` holds the six that an optimizer has, each with its current value. A number stays what it
is. A schedule, list, iterator or callable becomes a `Schedule`, and its value changes only in
`step`. Schedules that depend on the step alone are drawn from, one value per step; the others
(`plateau`, and those made by users) are called at every update with the step, the key of the
parameter and the last score.

What a reader of `optimizer.learn_rate` gets is a `Rate`: a float that can also be called with a
step, so that programs written for plain numbers and programs written for schedules both work.
"""

import copy
import math
import operator
from collections.abc import Callable, Generator, Iterator
from dataclasses import astuple
from numbers import Real
from typing import Any, Optional, Union

from ._replay import Replay
from .schedules import PlateauState, Schedule, constant, from_iterable, is_drawn

HyperT = Union[float, list[float], tuple[float, ...], Generator, Iterator, Schedule, Callable]
ValuesT = tuple[float, float, float, float, float, float]
ScoreT = Optional[tuple[int, float]]

NAMES = ("grad_clip", "learn_rate", "b1", "b2", "eps", "L2")
_in_order = operator.itemgetter(*NAMES)
# Asking the abstract class takes longest.
_REAL = (float, int, Real)
_ENDED: Any = object()


class Rate(float):
    """The current value of a hyper-parameter, and the schedule that it comes from.

    Calling it with a step asks the schedule; `name`, `attrs` and `to_generator` are the
    schedule's too. Arithmetic gives plain floats.
    """

    __slots__ = ("_schedule",)
    _schedule: Schedule

    def __new__(cls, value: float, schedule: Optional[Schedule] = None) -> "Rate":
        self = super().__new__(cls, value)
        self._schedule = constant(float(value)) if schedule is None else schedule
        return self

    def __call__(self, step: float, **extra: Any) -> float:
        return self._schedule(step, **extra)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        # NumPy lets a plain float take the dtype of an array beside it, but not a subclass of float.
        plain = (float(value) if isinstance(value, Rate) else value for value in inputs)
        return getattr(ufunc, method)(*plain, **kwargs)

    @property
    def name(self) -> str:
        return self._schedule.name

    @property
    def attrs(self) -> dict[str, Any]:
        return self._schedule.attrs

    def to_generator(self, start: float = 0, step_size: float = 1, **extra: Any) -> Generator:
        return self._schedule.to_generator(start, step_size, **extra)

    def __getnewargs__(self) -> tuple[float, Schedule]:  # type: ignore[override]
        return float(self), self._schedule

    def __getstate__(self) -> None:
        # All that there is goes through __getnewargs__.
        return None


class Hypers:
    """The current values of the hyper-parameters in `NAMES`, or of some of them."""

    __slots__ = ("schedules", "_readers", "_values", "_plain")

    def __init__(self, **values: HyperT) -> None:
        # Those that are not numbers, as given (iterables wrapped).
        self.schedules: dict[str, Schedule] = {}
        # Copies with a position of their own, of the schedules that values are drawn from.
        self._readers: dict[str, Schedule] = {}
        # None where the schedule has to be asked at every update.
        self._values: dict[str, Optional[float]] = {}
        for name, value in values.items():
            self.assign(name, value)

    def assign(self, name: str, value: Any) -> None:
        """Set a value until the next step (or for good, if it has no schedule), or a schedule.

        Raises:
            ValueError: the value is of a wrong kind, out of range, or an iterable without items.
        """
        if isinstance(value, _REAL):
            self._values[name] = in_range(name, value)
            return
        schedule = _as_schedule(name, value)
        if is_drawn(schedule):
            reader = copy.copy(schedule)
            try:
                first = in_range(name, next(reader))
            except (StopIteration, TypeError) as error:
                raise _invalid(name, value, error) from error
            self._readers[name] = reader
            self._values[name] = first
        else:
            self._readers.pop(name, None)
            self._values[name] = None
        self.schedules[name] = schedule

    def step(self) -> None:
        """Draw the next values; where there is none, the last one stays."""
        for name in self.schedules:
            reader = self._readers.get(name)
            if reader is None:
                self._values[name] = None
                continue
            value = next(reader, _ENDED)
            if value is not _ENDED:
                self._values[name] = in_range(name, value)

    def position(self) -> tuple[dict[str, Optional[float]], list[tuple[Schedule, int]]]:
        """Values, and where they are drawn from, for `go_back`."""
        return self._values.copy(), [(reader, reader._position) for reader in self._readers.values()]

    def go_back(self, values: dict[str, Optional[float]], positions: list[tuple[Schedule, int]]) -> None:
        """Undo a step that has failed."""
        self._values = values
        for reader, position in positions:
            reader._position, reader._items = position, None

    def read(self, name: str, step: int, last_score: ScoreT) -> Rate:
        """The current value, remembering its schedule; NaN where the schedule wants to know for which key."""
        value = self._values[name]
        if value is None:
            try:
                value = self.schedules[name](step, key=None, last_score=last_score)
            except (TypeError, KeyError, IndexError, AttributeError):
                value = math.nan
            else:
                value = in_range(name, value)
        return Rate(value, self.schedules.get(name))

    def value(self, name: str, step: int, key: Any, last_score: ScoreT) -> float:
        """The value for the update of one parameter."""
        value = self._values[name]
        if value is None:
            value = in_range(name, self.schedules[name](step, key=key, last_score=last_score))
        return value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def fixed_values(self, base: "Hypers") -> Optional[ValuesT]:
        """All values in the order of NAMES, with those of `base` where there are none here.

        None if one of either depends on more than the number of steps.
        """
        values = base._values if base is self else {**base._values, **self._values}
        if None in values.values() or None in base._values.values():
            return None
        return _in_order(values)

    def get_state(self) -> dict[str, Any]:
        """Values and positions, as plain data."""
        return {
            name: [value, _schedule_state(self._readers.get(name) or self.schedules.get(name))]
            for name, value in self._values.items()
        }

    def check_state(self, state: dict[str, Any]) -> dict[str, Any]:
        """The state, if it fits these hyper-parameters.

        Raises:
            ValueError: it does not.
        """
        if state.keys() != self._values.keys():
            raise ValueError(f"hyper-parameters must be {list(self._values)}; got {list(state)}")
        for name, (value, schedule_state) in state.items():
            if value is not None:
                in_range(name, value)
            _check_schedule_state(name, self.schedules.get(name), schedule_state)
            if value is None and (name in self._readers or name not in self.schedules):
                raise ValueError(f"{name} must have a value; got none")
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state that `check_state` has passed."""
        for name, (value, schedule_state) in state.items():
            self._values[name] = value
            if schedule_state is not None:
                _set_schedule_state(self._readers.get(name) or self.schedules[name], schedule_state)


class ParamGroup:
    """Settings of some parameters: hyper-parameters of their own, a factor, or no updates at all."""

    __slots__ = ("hypers", "lr_scale", "frozen", "lazy_rows", "values", "last")

    def __init__(
        self, hypers: Hypers, lr_scale: float = 1.0, frozen: bool = False, lazy_rows: bool = False
    ) -> None:
        self.hypers = hypers
        self.lr_scale = lr_scale
        self.frozen = frozen
        self.lazy_rows = lazy_rows
        # The numbers in the order of NAMES; None if they have to be asked for at every update.
        self.values: Optional[ValuesT] = None
        # Number of updates, lr_scale, and the keyword arguments of the op that went with them:
        # most parameters of a model have the same ones. Used only while there are `values`.
        self.last: tuple[int, float, dict[str, Any]] = (0, 1.0, {})


def hyper(name: str, doc: str) -> property:
    """The attribute of an optimizer that reads and assigns a hyper-parameter."""

    def read(self: Any) -> Rate:
        return self._base.hypers.read(name, self._step, self._last_score)

    def assign(self: Any, value: HyperT) -> None:
        self._base.hypers.assign(name, value)
        self._refresh()

    return property(read, assign, doc=doc)


def setting(slot: str, doc: str) -> property:
    """The attribute of an optimizer for a slot on which the scalars of its updates depend."""

    def assign(self: Any, value: Any) -> None:
        setattr(self, slot, value)
        self._refresh()

    return property(operator.attrgetter(slot), assign, doc=doc)


def in_range(name: str, value: Any) -> float:
    """The value as a float.

    Raises:
        TypeError: not a number.
        ValueError: outside the range in which the update is defined.
    """
    if not isinstance(value, _REAL):
        raise TypeError(f"{name} must be a number; got {value!r}")
    value = float(value)
    words, holds = _RANGES.get(name, _FINITE)
    if not holds(value):
        raise ValueError(f"Optimizer: {name} must be {words}; got {value}")
    return value


_FINITE: tuple[str, Callable[[float], bool]] = ("finite", math.isfinite)
_BETA: tuple[str, Callable[[float], bool]] = ("at least 0 and less than 1", lambda value: 0.0 <= value < 1.0)
_RANGES = {
    "b1": _BETA,
    "b2": _BETA,
    "eps": ("finite and greater than 0", lambda value: 0.0 < value < math.inf),
    "grad_clip": ("at least 0", lambda value: value >= 0.0),
}


def _as_schedule(name: str, value: Any) -> Schedule:
    if isinstance(value, Schedule):
        return value
    if isinstance(value, (list, tuple, Iterator)):
        return from_iterable(value, name)
    if callable(value):
        return Schedule(f"callable_{name}", _call, attrs={"function": value})
    raise _invalid(name, value, f"'{type(value).__name__}' object is not an iterator")


def _call(schedule: Schedule, step: float, **extra: Any) -> float:
    return schedule.attrs["function"](step)


def _schedule_state(schedule: Optional[Schedule]) -> Optional[dict[str, Any]]:
    if schedule is None:
        return None
    plateau, replay = schedule.attrs.get("state"), schedule.attrs.get("items")
    inner = schedule.attrs.get("schedule")
    return {
        "name": schedule.name,
        "position": schedule._position,
        "plateau": list(astuple(plateau)) if isinstance(plateau, PlateauState) else None,
        "replay": replay.step if isinstance(replay, Replay) else None,
        "inner": _schedule_state(inner) if isinstance(inner, Schedule) else None,
    }


def _check_schedule_state(
    name: str, schedule: Optional[Schedule], state: Optional[dict[str, Any]], drawn: int = 0
) -> None:
    """`drawn`: how many values a schedule around this one has taken from it."""
    own = _schedule_state(schedule)
    if own is None or state is None:
        if own is not state:
            raise ValueError(
                f"{name} must be {'a number' if own is None else 'a schedule'}; "
                f"got the state of {'a number' if state is None else 'a schedule'}"
            )
        return
    if state["name"] != own["name"]:
        raise ValueError(f"{name} must follow {own['name']}; got the state of {state['name']}")
    replay = None if schedule is None else schedule.attrs.get("items")
    drawn += state["position"]
    if isinstance(replay, Replay):
        item = max(drawn, state["replay"])
        if item < replay.forgotten:
            raise ValueError(
                f"the iterator for {name} must not be past item {item}; got {replay.forgotten}"
            )
    if (own["plateau"] is None) != (state["plateau"] is None) or state["position"] < 0:
        raise ValueError(f"{name} must have the state of {own['name']}; got another")
    if own["plateau"] is not None:
        PlateauState(*state["plateau"])
    if own["inner"] is not None or state["inner"] is not None:
        attrs = {} if schedule is None else schedule.attrs
        within = max(0, drawn - attrs["steps"]) if "steps" in attrs else 0
        _check_schedule_state(name, attrs.get("schedule"), state["inner"], within)


def _set_schedule_state(schedule: Schedule, state: dict[str, Any]) -> None:
    schedule._position, schedule._items = state["position"], None
    if state["plateau"] is not None:
        schedule.attrs["state"] = PlateauState(*state["plateau"])
    if state["replay"] is not None:
        schedule.attrs["items"].step = state["replay"]
    if state["inner"] is not None:
        _set_schedule_state(schedule.attrs["schedule"], state["inner"])


def _invalid(name: str, value: Any, cause: Any) -> ValueError:
    return ValueError(f"Invalid schedule for '{name}' ({type(value)})\n{cause}")

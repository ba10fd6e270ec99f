"""Iterables as functions of the step, for schedules."""

from collections.abc import Iterable
from typing import Optional


class Replay:
    """The values of an iterable, as a function of the step.

    Drawing and calling do not disturb each other: values that have been read are kept, all those of a
    list or tuple, the last `KEPT` or more of an iterator. Calls refuse a step below the last one.
    """

    KEPT = 1024

    __slots__ = ("_iterator", "_values", "forgotten", "_endless", "length", "step")

    def __init__(self, values: Iterable[float]) -> None:
        self._iterator = iter(values)
        self._values: list[float] = []
        # How many values at the beginning are not kept any more.
        self.forgotten = 0
        self._endless = not isinstance(values, (list, tuple))
        # The number of values, once the end has been seen.
        self.length: Optional[int] = None
        # Of the last call.
        self.step = -1

    def __call__(self, step: float, name: str) -> Optional[float]:
        """The value with that index; the last one beyond the end; None if there is none.

        Raises:
            ValueError: the step is below that of the last call.
        """
        index = int(step)
        if index < self.step:
            raise _decreasing(name)
        value = self.at(index, name)
        self.step = index
        return value

    def at(self, index: int, name: str) -> Optional[float]:
        """As a call, at any index whose value is kept."""
        while self.length is None and self.forgotten + len(self._values) <= index:
            try:
                self._values.append(next(self._iterator))
            except StopIteration:
                self.length = self.forgotten + len(self._values)
            if self._endless and len(self._values) == 2 * self.KEPT:
                del self._values[: self.KEPT]
                self.forgotten += self.KEPT
        if self.length is not None:
            index = min(index, self.length - 1)
        if 0 <= index < self.forgotten:
            raise _decreasing(name)
        return self._values[index - self.forgotten] if index >= 0 else None


def _decreasing(name: str) -> ValueError:
    return ValueError(f"'step' of the generator-based schedule for {name} must not decrease")

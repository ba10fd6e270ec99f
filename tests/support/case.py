"""What a test needs to know of an op: how to draw its arguments, and how exact its results are.

The error allowed is `bound * eps * terms * magnitude`: eps of the dtype, the number of terms summed
(the product of the sizes of some axes), and the magnitude of what was added up, which is more than the
result where terms cancel.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

from .oracle import REFERENCE, absolute, positional, results
from .strategies import Draw

# How a gradient is had: `(ops, dY, the op's result, its arguments) -> {position: gradient}`.
Pull = Callable[[Any, numpy.ndarray, Any, tuple], dict[int, numpy.ndarray]]


@dataclass(frozen=True)
class Case:
    """How to call one op, and what to expect of it."""

    op: str
    # Draws the arguments; a dict at the end holds those that go by keyword.
    make: Callable[[Draw], tuple]
    # Tells rows of the same op apart.
    label: str = ""
    # Multiple of eps; see above. An exact case allows none: it copies, selects or counts.
    bound: float = 1.0
    exact: bool = False
    # Axes whose sizes multiply to the number of terms; one entry per result, or one for all.
    terms: tuple[str, ...] = ("",)
    # None: that of the result. "inputs": the result for the inputs' magnitudes. Else a function of the
    # arguments, in float64, that gives one magnitude per result, or one for all.
    magnitude: Any = None
    # Positions of the arguments that the op always writes to.
    writes: tuple[int, ...] = ()
    # Position of the argument that `inplace=True` overwrites; None if it has no effect.
    target: int | None = 0
    pull: Pull | None = None
    # The op that `pull` calls, where that is not `backprop_<op>`.
    backward: str = ""
    gradient_tolerance: float = 1e-7
    # An op without float arguments has one dtype.
    dtypes: tuple[str, ...] = ("float32", "float64")

    @property
    def id(self) -> str:
        return f"{self.op}-{self.label}" if self.label else self.op

    def draw(self, sizes: dict[str, int], dtype: str = "float32", seed: int = 0) -> tuple:
        """Arguments for the op."""
        return self.make(Draw(sizes, dtype, seed, REFERENCE))

    def counts(self, sizes: dict[str, int], n: int) -> list[int]:
        """The number of terms of each of n results."""
        draw = Draw(sizes)
        counts = [max(1, math.prod(draw.shape(axes))) for axes in self.terms]
        return counts * n if len(counts) == 1 else counts

    def magnitudes(self, args: tuple, expected: list[numpy.ndarray]) -> list[Any]:
        """The magnitude of what was added up, for each result; `args` are in float64."""
        if self.magnitude is None:
            return [abs(Y) if Y.dtype.kind == "f" else 0.0 for Y in expected]
        if self.magnitude == "inputs":
            return [abs(Y) for Y in results(REFERENCE, self, absolute(args))]
        with numpy.errstate(all="ignore"):
            found = self.magnitude(*positional(args)[0])
        return list(found) if isinstance(found, tuple) else [found] * len(expected)


def gradients(positions: list[int], found: tuple) -> dict[int, numpy.ndarray]:
    """The results of a backward op, by the position of the argument that each belongs to."""
    return dict(zip(positions, found, strict=True))

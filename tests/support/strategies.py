"""Arrays named by their axes, and the ways in which an array can lie in memory.

Axes have one letter each: B batch, T rows of all sequences, N items, I input width, O output width,
P pieces, K keys per row, F half width of a window.
"""

from collections.abc import Callable
from typing import Any

import numpy
from hypothesis import strategies

LETTERS = "BTNIOPKF"


class Draw:
    """Draws the arguments of an op: random, but the same for the same seed and sizes.

    Args:
        sizes: the size of each axis that is not 3.
        dtype: of the float arrays.
        ops: for arguments that are results of another op, such as what a forward pass saves.
    """

    def __init__(self, sizes: dict[str, int], dtype: str = "float32", seed: int = 0, ops: Any = None) -> None:
        self.sizes = dict.fromkeys(LETTERS, 3) | sizes
        self.dtype = numpy.dtype(dtype)
        self.rng = numpy.random.default_rng(seed)
        self.ops = ops

    def __getattr__(self, letter: str) -> int:
        if letter in LETTERS:
            return self.sizes[letter]
        raise AttributeError(letter)

    def shape(self, axes: str) -> tuple[int, ...]:
        return tuple(self.sizes[axis] for axis in axes)

    def floats(self, axes: str, scale: float = 1.0) -> numpy.ndarray:
        """Normally distributed, of mean 0."""
        return (self.rng.standard_normal(self.shape(axes)) * scale).astype(self.dtype)

    def between(self, axes: str, low: float, high: float) -> numpy.ndarray:
        """Evenly distributed."""
        return self.rng.uniform(low, high, self.shape(axes)).astype(self.dtype)

    def indices(self, axes: str, bound: int, dtype: str = "int32") -> numpy.ndarray:
        """Integers in [0, bound)."""
        if bound == 0:
            return numpy.zeros([0 for _ in axes], dtype)
        return self.rng.integers(0, bound, self.shape(axes)).astype(dtype)

    def keys(self, axes: str) -> numpy.ndarray:
        """64-bit keys, over the whole range."""
        return self.rng.integers(0, 2**64, self.shape(axes), dtype="uint64")

    def lengths(self, total: str = "T", least: int = 0) -> numpy.ndarray:
        """Lengths of at most B sequences, each at least `least`, summing to the size of an axis."""
        rows, count = self.sizes[total], self.B
        if least:
            count = min(count, rows)
        if count == 0:
            return numpy.zeros(0, "int32") if rows == 0 else numpy.array([rows], "int32")
        cuts = numpy.sort(self.rng.integers(0, rows - least * count + 1, count - 1))
        return (numpy.diff(cuts, prepend=0, append=rows - least * count) + least).astype("int32")

    def steps(self) -> numpy.ndarray:
        """The rows of each step of packed sequences: T steps of at most B rows, not increasing."""
        if self.B == 0:
            return numpy.zeros(0, "int32")
        return numpy.sort(self.rng.integers(1, self.B + 1, self.T))[::-1].astype("int32")


@strategies.composite
def draws(draw: Any, largest: int = 9, dtype: str = "float32", ops: Any = None) -> Draw:
    """A `Draw` with sizes and a seed chosen by Hypothesis."""
    sizes = {letter: draw(strategies.integers(1, largest), label=letter) for letter in LETTERS}
    return Draw(sizes, dtype, draw(strategies.integers(0, 2**32 - 1), label="seed"), ops)


# -- layouts -------------------------------------------------------------------------------------------


def strided(X: numpy.ndarray) -> numpy.ndarray:
    """Every second element of a larger array, along the last axis."""
    if X.ndim == 0:
        return X.copy()
    larger = numpy.zeros((*X.shape[:-1], 2 * X.shape[-1]), X.dtype)
    larger[..., ::2] = X
    return larger[..., ::2]


def reversed_(X: numpy.ndarray) -> numpy.ndarray:
    """Backwards in memory, along the first axis."""
    return X[::-1].copy()[::-1] if X.ndim else X.copy()


def fortran(X: numpy.ndarray) -> numpy.ndarray:
    """First axis fastest."""
    return numpy.asfortranarray(X).copy("K")


def offset(X: numpy.ndarray) -> numpy.ndarray:
    """One element past the start of a buffer: aligned for the dtype, not for vectors."""
    buffer = numpy.zeros(X.size + 1, X.dtype)
    buffer[1:] = X.ravel()
    return buffer[1:].reshape(X.shape)


def misaligned(X: numpy.ndarray) -> numpy.ndarray:
    """One byte past the start of a buffer."""
    buffer = numpy.zeros(X.nbytes + 1, "uint8")
    result = buffer[1:].view(X.dtype).reshape(X.shape)
    result[...] = X
    return result


def readonly(X: numpy.ndarray) -> numpy.ndarray:
    """Not writable."""
    result = X.copy()
    result.flags.writeable = False
    return result


LAYOUTS: dict[str, Callable[[numpy.ndarray], numpy.ndarray]] = {
    "strided": strided,
    "reversed": reversed_,
    "fortran": fortran,
    "offset": offset,
    "misaligned": misaligned,
    "readonly": readonly,
}

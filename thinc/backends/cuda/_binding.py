"""What the themes share: which arrays a kernel takes, how it is launched, how lengths get to the device.

A kernel takes C-contiguous float32 or float64. Other layouts are copied first; other dtypes, and whatever is
no array of these ops, go to the reference, which copes with them or words the error.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy

from .. import checks
from ._module import Module

# A row is the work of a warp.
WARP = 32
HALF, SINGLE = numpy.dtype("float16"), numpy.dtype("float32")
FLOATS = {SINGLE: "float", numpy.dtype("float64"): "double"}


def contiguous(X: Any) -> Any:
    """X itself or, where it is strided, a C-contiguous copy."""
    return X if X.flags.c_contiguous else X.copy(order="C")


def writable(X: Any) -> bool:
    """Whether X may be written to; only NumPy has arrays that may not."""
    return getattr(X.flags, "writeable", True)


def widening(op: Callable) -> Callable:
    """Let an op compute half precision in float32, and round its results once."""

    def cast(X: Any, source: Any, target: Any) -> Any:
        return X.astype(target) if getattr(X, "dtype", None) == source else X

    @functools.wraps(op)
    def widened(self: Any, X: Any, *args: Any, **keywords: Any) -> Any:
        if not isinstance(X, self.xp.ndarray) or X.dtype != HALF:
            return op(self, X, *args, **keywords)
        args = tuple(cast(V, HALF, SINGLE) for V in args)
        Y = op(self, X.astype(SINGLE), *args, **keywords)
        if isinstance(Y, tuple):
            return tuple(cast(V, SINGLE, HALF) for V in Y)
        return cast(Y, SINGLE, HALF)

    return widened


class Binding:
    """The launcher, and tests of arrays."""

    xp: Any
    _module: Any = Module()

    def _launch(self, loop: str, formula: str, T: str, size: int, *args: Any) -> None:
        """Run a kernel, unless there is nothing to do. `args` are arrays, ints and floats."""
        if size > 0:
            self._module.launch(loop, formula, T, size, args)

    def _native(self, X: Any, *others: Any) -> str | None:
        """The C++ type of arrays of these ops that agree in dtype, float32 or float64; else None."""
        if not isinstance(X, self.xp.ndarray):
            return None
        for Y in others:
            if not isinstance(Y, self.xp.ndarray) or Y.dtype != X.dtype:
                return None
        return FLOATS.get(X.dtype)

    def _alike(self, X: Any, *others: Any) -> str | None:
        """`_native` for arrays of one shape."""
        T = self._native(X, *others)
        return T if T and all(Y.shape == X.shape for Y in others) else None

    def _new(self, shape: Any, like: Any) -> Any:
        """An uninitialised array with the dtype of another one."""
        return self.xp.empty(shape, like.dtype)

    def _apart(self, X: Any, Y: Any) -> bool:
        """Whether two C-contiguous arrays share no memory."""
        x, y = self._module.address(X), self._module.address(Y)
        return x + X.nbytes <= y or y + Y.nbytes <= x

    def _output(self, target: Any, *inputs: Any) -> Any:
        """What an elementwise op writes to: the target, unless it is strided or an input lies across it."""
        if target is None or not target.flags.c_contiguous:
            return self._new(inputs[0].shape, inputs[0])
        for X in inputs:
            if X is not target and not self._apart(X, target):
                return self._new(X.shape, X)
        return target

    def _starts(self, op: str, lengths: Any, n_rows: int | None, least: int = 0) -> tuple[Any, int, int]:
        """Where sequences begin (int64, with the end of the last one), how many there are, and their rows.

        Raises:
            TypeError, ValueError, IndexError, OverflowError: as `checks.lengths`.
        """
        host = lengths.get() if hasattr(lengths, "__cuda_array_interface__") else lengths
        sizes = checks.lengths(op, host, n_rows, least)
        starts = numpy.zeros(sizes.size + 1, "int64")
        numpy.cumsum(sizes, out=starts[1:])
        return self.xp.asarray(starts), sizes.size, int(starts[-1])

"""What goes in and comes out of an op on floats: working precision, result dtype, in-place storage.

The bodies of the reference compute in native float32 or float64. Half precision is widened to float32 for
the computation and rounded once at the end; integers and bools are promoted to float64.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy

from .. import checks


def floats(xp: Any, op: str, inplace: bool = False, **arrays: Any) -> Any:
    """The arrays, as native float32 or float64 to compute with: one array, or a tuple of them.

    The first one is what `inplace` overwrites, so it must then be a writable float array.

    Raises:
        TypeError: no numbers; or in place, no float array.
        ValueError: the shapes differ; or in place, the array is read-only.
    """
    if inplace:
        name, target = next(iter(arrays.items()))
        checks.writable(op, name, target)
        checks.real(op, name, target)
    work = {name: widened(xp, op, name, X) for name, X in arrays.items()}
    checks.matching(op, **work)
    result = tuple(work.values())
    return result if len(result) > 1 else result[0]


def widened(xp: Any, op: str, name: str, X: Any) -> Any:
    """X as an array of native float32 or float64 (wider floats stay as they are)."""
    X = xp.asarray(X)
    checks.real(op, name, X, "fiub")
    if X.dtype.kind != "f":
        return X.astype("float64")
    return X.astype(numpy.result_type(X.dtype, numpy.float32), copy=False)


def contiguous(xp: Any, X: Any, dtype: Any) -> Any:
    """X in C order and aligned, of that dtype: X itself if it is."""
    X = xp.ascontiguousarray(X, dtype)
    return X if getattr(X.flags, "aligned", True) else X.copy()


def store(xp: Any, Y: Any, *inputs: Any, inplace: bool = False) -> Any:
    """Y, the result of an op on `inputs`: in the first one if in place, else half precision if all are."""
    if inplace:
        inputs[0][...] = Y
        return inputs[0]
    if all(getattr(X, "dtype", None) == numpy.float16 for X in inputs):
        return xp.asarray(Y, dtype="float16")
    return xp.asarray(Y)


def quiet(op: Callable) -> Callable:
    """Let floats overflow, underflow and become NaN without warnings, as the kernels do."""

    @functools.wraps(op)
    def silent(*args: Any, **kwargs: Any) -> Any:
        with numpy.errstate(all="ignore"):
            return op(*args, **kwargs)

    return silent

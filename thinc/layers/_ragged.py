"""Sequences as lists, Ragged and arrays: conversions that keep width, dtype and trailing shape.

Empty data needs care: an empty batch has no item to ask for its width, and a Ragged without elements
stores its data as (0, 0).
"""

from collections.abc import Sequence
from typing import Any

from ..types import Ragged


def rows(Xr: Ragged) -> Any:
    """The data of a Ragged with two axes, of the true width even if there are no rows."""
    if Xr.data.size:
        return Xr.data
    X = Xr.dataXd
    width = 1
    for size in X.shape[1:]:
        width *= size
    return X.reshape((X.shape[0], width))


def shaped(dY: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of an output of that shape; one of unknown width, (0, 0), fits any empty output."""
    return dY.reshape(shape) if dY.shape == (0, 0) and 0 in shape else dY


def lengths_of(ops: Any, Xs: Sequence) -> Any:
    """Numbers of rows of a list of arrays, int32 (B,)."""
    return ops.asarray1i([len(X) for X in Xs])


def joined(ops: Any, Xs: Sequence, pad: int = 0, width: int | None = None) -> Any:
    """The arrays of a list one below the other, as `ops.flatten`.

    Args:
        Xs: arrays of shape (T, ...).
        pad: zero rows before each array that is not empty, and after the last.
        width: columns of the result if the list is empty and so can't tell.
    """
    return ops.flatten(Xs, pad=pad) if len(Xs) else ops.alloc2f(0, width or 0)

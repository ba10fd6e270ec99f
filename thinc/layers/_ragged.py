"""Sequences as lists, Ragged and arrays: conversions that keep width, dtype and trailing shape.

Empty data needs care: an empty batch has no item to ask for its width, and a Ragged without rows stores
its data as (0, 0).
"""

from collections.abc import Sequence
from typing import Any

from ..errors import LengthsError
from ..types import Ragged


def rows(Xr: Ragged) -> Any:
    """The data of a Ragged in two dimensions, of the true width even if there are no rows."""
    if Xr.data.size:
        return Xr.data
    X = Xr.dataXd
    width = 1
    for size in X.shape[1:]:
        width *= size
    return X.reshape((X.shape[0], width))


def lengths_of(ops: Any, Xs: Sequence) -> Any:
    """Numbers of rows of a list of arrays, int32 (B,)."""
    return ops.asarray1i([len(X) for X in Xs])


def joined(ops: Any, Xs: Sequence, pad: int = 0, width: int | None = None) -> Any:
    """The arrays of a list one below the other, as `ops.flatten`, in a new array.

    Args:
        Xs: arrays of shape (T, ...).
        pad: zero rows before each array that is not empty, and after the last.
        width: columns of the result if the list is empty and so can't tell.
    """
    if not len(Xs):
        return ops.alloc((0, width or 0))
    X = ops.flatten(Xs, pad=pad)
    if not X.size and X.dtype != Xs[0].dtype:
        return X.astype(Xs[0].dtype)
    return X


def check_lengths(name: str, lengths: Any, n_rows: int) -> None:
    """Raise unless the lengths are non-negative and sum to the number of rows.

    Raises:
        LengthsError: the sum is another one.
        ValueError: a length is negative.
    """
    if len(lengths) and int(lengths.min()) < 0:
        raise ValueError(f"{name}: all sequence lengths must be >= 0; got {int(lengths.min())}")
    total = int(lengths.sum())
    if total != n_rows:
        raise LengthsError(
            f"{name}: lengths must sum up to the number of rows; got {total} for {n_rows} rows"
        )


def split(ops: Any, name: str, X: Any, lengths: Any, pad: int = 0) -> list:
    """Inverse of `joined`: views of the rows of each sequence.

    Raises:
        LengthsError: lengths do not sum to the rows.
    """
    if not pad:
        check_lengths(name, lengths, len(X))
    return ops.unflatten(X, lengths, pad=pad)

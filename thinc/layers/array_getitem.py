"""Indexing an array, as a layer."""

from collections.abc import Sequence
from typing import Any, Union

from ..model import Model
from ..types import ArrayXd, FloatsXd, IntsXd
from ._attrs import as_attr

__all__ = ["array_getitem", "floats_getitem", "forward", "ints_getitem"]

AxisIndex = Union[int, slice, Sequence[int]]
Index = Union[AxisIndex, tuple[AxisIndex, ...]]


def array_getitem(index: Index) -> Model[ArrayXd, Any]:
    """Index into an array: `Y = X[index]`.

    An index that occurs several times gets the sum of its gradients; ids, that is integer X, have a
    gradient of zeros. An array without rows stays as it is, except that columns can be taken from it.

    Args:
        index: an int, slice, list of ints, or a tuple of these, one per axis.
    """
    return Model("array-getitem", forward, attrs={"index": as_attr(index)})


def floats_getitem(index: Index) -> Model[FloatsXd, Any]:
    """`array_getitem` for floats."""
    return Model("floats-getitem", forward, attrs={"index": as_attr(index)})


def ints_getitem(index: Index) -> Model[IntsXd, Any]:
    """`array_getitem` for integers."""
    return Model("ints-getitem", forward, attrs={"index": as_attr(index)})


def forward(model, X, is_train):
    index = model.attrs["index"]
    Y = X[index] if len(X) else _indexed_empty(X, index)

    def backprop(dY: Any) -> Any:
        dX = model.ops.alloc(X.shape, dtype=X.dtype)
        if not len(X) or X.dtype.kind != "f":
            return dX
        # A view, from ints and slices, has no element of X twice.
        base = getattr(Y, "base", None)
        if base is not None and (base is X or base is X.base):
            dX[index] = dY
        else:
            model.ops.xp.add.at(dX, index, dY)
        return dX

    return Y, backprop


def _indexed_empty(X: Any, index: Any) -> Any:
    """No rows: select columns, if that is what the index does; columns may be unknown too, or be no axis."""
    if not (isinstance(index, tuple) and len(index) == 2 and isinstance(index[0], slice)) or X.ndim == 1:
        return X
    if X.size == 0 and X.ndim == 2 and isinstance(index[1], int):
        return X.reshape((0, X.shape[1]))[:, :1].reshape((0,)) if X.shape[1] else X.reshape((0,))
    return X[index]

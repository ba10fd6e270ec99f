"""Sums of outputs or gradients of any kind, in new storage.

A child may hand back its very input (a no-op, an inactive dropout) or keep its output for backprop, so
adding in place would change data that belongs to somebody else.
"""

from collections.abc import Sequence
from typing import Any

from .._validation import describe
from ..types import Padded, Ragged
from ._ragged import shaped


def total(name: str, values: Sequence[Any]) -> Any:
    """Elementwise sum of one or more values, as `plus`. A single value is returned as it is."""
    result = values[0]
    for value in values[1:]:
        result = plus(name, result, value)
    return result


def plus(name: str, X: Any, Y: Any) -> Any:
    """`X + Y` of two arrays, lists, tuples, Ragged or Padded, neither of which is written to.

    An empty list stands for no gradient, as layers over things that are no numbers return it.

    Args:
        name: the layer on whose behalf to raise.
    Raises:
        TypeError: kinds differ or can't be added.
        ValueError: shapes or numbers of items differ.
    """
    if hasattr(X, "dtype") and hasattr(Y, "dtype"):
        return _plus_array(name, X, Y)
    if isinstance(X, Ragged) and isinstance(Y, Ragged):
        one, two = X.dataXd, Y.dataXd
        one = shaped(one, two.shape)
        return Ragged(_plus_array(name, one, shaped(two, one.shape)), X.lengths)
    if isinstance(X, Padded) and isinstance(Y, Padded):
        return Padded(_plus_array(name, X.data, Y.data), X.size_at_t, X.lengths, X.indices)
    if isinstance(X, (list, tuple)) and isinstance(Y, (list, tuple)):
        if not X or not Y:
            return X or Y
        if len(X) != len(Y):
            raise ValueError(f"{name}: lists to add must be equally long; got {len(X)} and {len(Y)} items")
        items = [plus(name, x, y) for x, y in zip(X, Y, strict=True)]
        return tuple(items) if isinstance(X, tuple) else items
    raise TypeError(f"{name}: values to add must be of one kind; got {describe(X)} and {describe(Y)}")


def _plus_array(name: str, X: Any, Y: Any) -> Any:
    if X.shape != Y.shape:
        raise ValueError(f"{name}: arrays to add must have one shape; got {X.shape} and {Y.shape}")
    if X.dtype != Y.dtype:
        # The gradient of ids is integer zeros: it must not promote a float32 gradient to float64.
        if X.dtype.kind in "iu" and Y.dtype.kind == "f":
            X = X.astype(Y.dtype)
        elif X.dtype.kind == "f" and Y.dtype.kind in "iu":
            Y = Y.astype(X.dtype)
    return X + Y

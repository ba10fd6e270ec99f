"""Sums of outputs or gradients of any kind, in new storage.

A child may hand back its very input (a no-op, an inactive dropout), so adding in place would change
data that belongs to somebody else.
"""

from typing import Any

from .._validation import describe
from ..types import Padded, Ragged


def total(name: str, values: list[Any]) -> Any:
    """Elementwise sum of arrays, lists, tuples, Ragged or Padded; inputs are never written to.

    Args:
        name: the layer on whose behalf to raise.
        values: one or more values of the same kind and shapes. A single value is returned as it is.
    Raises:
        TypeError: kinds differ or can't be added.
        ValueError: shapes or numbers of items differ.
    """
    result = values[0]
    for value in values[1:]:
        result = plus(name, result, value)
    return result


def plus(name: str, X: Any, Y: Any) -> Any:
    """`X + Y` of two arrays, lists, tuples, Ragged or Padded, as `total`."""
    if isinstance(X, Ragged) and isinstance(Y, Ragged):
        return Ragged(plus(name, X.dataXd, Y.dataXd), X.lengths)
    if isinstance(X, Padded) and isinstance(Y, Padded):
        return Padded(plus(name, X.data, Y.data), X.size_at_t, X.lengths, X.indices)
    if isinstance(X, (list, tuple)) and isinstance(Y, (list, tuple)):
        if len(X) != len(Y):
            raise ValueError(f"{name}: lists to add must be equally long; got {len(X)} and {len(Y)} items")
        items = [plus(name, x, y) for x, y in zip(X, Y, strict=True)]
        return tuple(items) if isinstance(X, tuple) else items
    if not (hasattr(X, "dtype") and hasattr(Y, "dtype")):
        raise TypeError(f"{name}: values to add must be of one kind; got {describe(X)} and {describe(Y)}")
    if X.shape != Y.shape:
        raise ValueError(f"{name}: values to add must have one shape; got {X.shape} and {Y.shape}")
    if X.dtype == Y.dtype:
        return X + Y
    # The gradient of ids is integer zeros: it must not promote a float32 gradient to float64.
    if X.dtype.kind in "iu" and Y.dtype.kind == "f":
        return X.astype(Y.dtype) + Y
    if X.dtype.kind == "f" and Y.dtype.kind in "iu":
        return X + Y.astype(X.dtype)
    return X + Y

"""Arrays laid end to end in one vector, the form in which some shims show weights to optimizers."""

from collections.abc import Sequence
from typing import Any

from ..types import get_array_module


def flattened(arrays: Sequence[Any]) -> Any:
    """All elements in one new vector, float32 or of the widest type among the arrays."""
    xp = get_array_module(arrays[0])
    dtype = xp.result_type("float32", *(array.dtype for array in arrays))
    return xp.concatenate([array.reshape((-1,)).astype(dtype) for array in arrays])


def unflattened(vector: Any, like: Sequence[Any]) -> list[Any]:
    """The vector cut into arrays of the shapes and types of the others.

    Raises:
        ValueError: it does not have as many elements as they have.
    """
    size = sum(array.size for array in like)
    if vector.shape != (size,):
        raise ValueError(f"weights in one vector: shape ({size},) is required; got {vector.shape}")
    arrays, start = [], 0
    for array in like:
        part = vector[start : start + array.size]
        arrays.append(part.reshape(array.shape).astype(array.dtype))
        start += array.size
    return arrays

"""Keys that select sequences: what NumPy takes for one axis, as positions, and the rows they stand for."""

from typing import Any

import numpy


def sequence_index(key: Any, length: int, kind: str) -> Any:
    """A key for the first axis as an int, a slice or an int64 array of valid positions."""
    if isinstance(key, slice) or (type(key) is int and 0 <= key < length):
        return key
    if isinstance(key, tuple):
        raise IndexError(f"{kind} arrays do not support 2d indexing.")
    if hasattr(key, "get"):
        key = key.get()
    indices = numpy.asarray(key)
    if indices.size == 0 and indices.dtype != bool:
        indices = indices.astype("int64")
    if indices.dtype == bool:
        if indices.shape != (length,):
            raise IndexError(
                f"{kind}: a boolean index must have one entry per sequence; "
                f"got shape {indices.shape} for {length} sequences"
            )
        return indices.nonzero()[0]
    if indices.dtype.kind not in "iu" or indices.ndim > 1:
        raise IndexError(
            f"{kind}: an index must be an integer, a slice, or a list or 1-d array of integers or "
            f"booleans; got {key!r}"
        )
    outside = (indices < -length) | (indices >= length)
    if outside.any():
        raise IndexError(
            f"{kind}: index {indices[outside].flat[0] if indices.ndim else indices} is out of range for "
            f"{length} sequences"
        )
    indices = numpy.where(indices < 0, indices + length, indices)
    return int(indices) if indices.ndim == 0 else indices


def same_array(one: Any, two: Any) -> bool:
    """Whether shapes and values are equal."""
    return one.shape == two.shape and bool((one == two).all())


def rows_of_sequences(sequences: Any, offsets: Any) -> Any:
    """The positions of the rows of these sequences, one sequence after the other.

    Args:
        sequences: positions.
        offsets: int (B + 1,); sequence b is rows [b] to [b + 1].
    """
    if hasattr(offsets, "get"):
        offsets = offsets.get()
    sizes = offsets[sequences + 1] - offsets[sequences]
    ends = numpy.cumsum(sizes)
    total = int(ends[-1]) if ends.size else 0
    return numpy.arange(total) + numpy.repeat(offsets[sequences] - (ends - sizes), sizes)

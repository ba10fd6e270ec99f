"""Keys that select sequences: what NumPy takes for one axis, as positions, and the rows they stand for."""

from typing import Any

import numpy

from ._arrays import get_array_module

# So many sequences are put together faster than their rows are gathered.
_FEW = 16


def sequence_index(key: Any, length: int, kind: str) -> Any:
    """A key for the first axis as an int, a slice or an int64 array of valid positions."""
    if type(key) is int and -length <= key < length:
        return key if key >= 0 else key + length
    if isinstance(key, slice):
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
    if indices.ndim and indices.size and indices.min() >= 0 and indices.max() < length:
        return indices
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


def rows_of_sequences(data: Any, sequences: Any, offsets: Any) -> Any:
    """The rows of these sequences, one sequence after the other, in a new array.

    Args:
        data: the rows of all sequences.
        sequences: positions.
        offsets: int (B + 1,); sequence b is rows [b] to [b + 1].
    """
    if hasattr(offsets, "get"):
        offsets = offsets.get()
    begins, ends = offsets[sequences], offsets[sequences + 1]
    if 0 < begins.size <= _FEW:
        pieces = [data[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        return get_array_module(data).concatenate(pieces)
    sizes = ends - begins
    firsts = numpy.cumsum(sizes) - sizes
    return data[numpy.arange(sizes.sum()) + numpy.repeat(begins - firsts, sizes)]

"""How large the minibatches of a sequence are, and the loop over them; what a batch is, `batching` knows."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from numbers import Integral
from typing import Any

import numpy

from .. import checks


def batches(
    batch: Callable[[int, int], Any], indices: Any, sizes: list[int], shuffle: bool, buffer: int
) -> Iterator[Any]:
    """`batch(begin, end)` for one size after the other, `buffer` of them prepared at a time."""
    if shuffle:
        numpy.random.shuffle(indices)
    ends = itertools.accumulate(sizes)
    if buffer <= 1:
        for size, end in zip(sizes, ends, strict=True):
            yield batch(end - size, end)
        return
    batches = (batch(end - size, end) for size, end in zip(sizes, ends, strict=True))
    while prepared := list(itertools.islice(batches, buffer)):
        yield from prepared


def batch_sizes(op: str, length: int, sizes: Any) -> list[int]:
    """As many sizes as it takes for their sum to reach `length`; arguments as in `minibatch`."""
    if isinstance(sizes, Integral):
        each = _batch_size(op, sizes) if length else 1
        return [each] * -(-length // each)
    found: list[int] = []
    total = 0
    drawn = _sizes(op, sizes)
    while total < length:
        size = next(drawn, None)
        if size is None:
            if not found:
                raise ValueError(f"{op}: size must give at least one value; got an empty iterable")
            size = found[-1]
        size = _batch_size(op, size)
        found.append(size)
        total += size
    return found


def _sizes(op: str, sizes: Any) -> Iterator[Any]:
    """The sizes one by one, from whatever else than an integer `minibatch` takes for them."""
    if isinstance(sizes, Iterable) and not isinstance(sizes, (str, bytes)):
        return iter(sizes)
    if hasattr(sizes, "to_generator"):
        return iter(sizes.to_generator())
    raise TypeError(f"{op}: size must be an integer or an iterable of integers; got {sizes!r}")


def _batch_size(op: str, size: Any) -> int:
    """A drawn size as an int. Schedules give floats: they are truncated."""
    value = size if isinstance(size, int) else checks.number(op, "size", size)
    if not 1 <= value < math.inf:
        raise ValueError(f"{op}: size must be at least 1; got {size}")
    return int(value)

"""The arrays of an optimizer's state: their backend, device and dtype."""

import functools
from typing import Any, Optional

import numpy

from .backends import Ops, get_array_ops
from .types import DTypesFloat, FloatsXd


@functools.cache
def cpu_ops() -> Ops:
    return get_array_ops(numpy.zeros(0, dtype="float32"))


def state_array(ops: Ops, array: Optional[FloatsXd], weights: FloatsXd, shape: Any) -> FloatsXd:
    """Zeros of that shape to go with the weights, or the given array on their device."""
    if array is not None:
        return ops.asarray(array)
    return ops.alloc(shape, dtype=state_dtype(weights))


def state_dtype(weights: FloatsXd) -> DTypesFloat:
    return "float64" if weights.dtype == "float64" else "float32"

"""Hypothesis strategies for the tests of packages that build on this one."""

from typing import Literal

from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats

__all__ = ["ndarrays_of_shape"]


def ndarrays_of_shape(shape, lo=-10.0, hi=10.0, dtype="float32"):
    """Arrays of this shape with values from `lo` to `hi`."""
    width: Literal[32, 64] = 64 if dtype == "float64" else 32
    return arrays(dtype, shape, elements=floats(min_value=lo, max_value=hi, width=width))

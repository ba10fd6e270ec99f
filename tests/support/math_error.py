"""The error of the float32 functions of `formula/math.h`, in units in the last place of the exact result."""

import math

import numpy

FUNCTIONS = ("exp", "log", "tanh", "erf", "sigmoid")
# Worst errors over all float32 inputs, found by measure_math.py and rounded up; see docs/numerics.md.
WORST = {"exp": 1.0, "log": 0.89, "tanh": 1.34, "erf": 1.53, "sigmoid": 1.87}


def all_floats(stride: int = 1, block: int = 1 << 22):
    """Every float32, or every `stride`-th by its bits, in blocks."""
    for start in range(0, 1 << 32, block * stride):
        stop = min(start + block * stride, 1 << 32)
        yield numpy.arange(start, stop, stride, dtype="uint64").astype("uint32").view("float32")


def exact(name: str, X: numpy.ndarray) -> numpy.ndarray:
    """The function in float64, for float32 inputs: its error does not count beside an ulp of float32."""
    with numpy.errstate(all="ignore"):
        x = X.astype("float64")
        if name == "sigmoid":
            e = numpy.exp(-abs(x))
            return numpy.where(x < 0, e, 1.0) / (1.0 + e)
        return exact_erf(x) if name == "erf" else getattr(numpy, name)(x)


def exact_erf(x: numpy.ndarray) -> numpy.ndarray:
    """Two terms of the series where they are enough, 1 where it is nothing else, `math.erf` between."""
    size = abs(x)
    y = numpy.where(size < 6.0, x * (2.0 / math.sqrt(math.pi)) * (1.0 - x * x / 3.0), numpy.copysign(1.0, x))
    between = (size >= 2.0**-14) & (size < 6.0)
    y[between] = [math.erf(one) for one in x[between].tolist()]
    return numpy.where(numpy.isnan(x), x, y)


def ulps(Y: numpy.ndarray, exact: numpy.ndarray) -> numpy.ndarray:
    """How far the float32 results Y are off, in distances between float32 numbers at the exact one.

    Infinite for a wrong sign, and where one is NaN or rounds to an infinity and the other does not.
    """
    with numpy.errstate(all="ignore"):
        rounded = exact.astype("float32")
        _, exponent = numpy.frexp(exact)
        error = numpy.ldexp(abs(Y - exact), 24 - numpy.maximum(exponent, -125))
        special = ~numpy.isfinite(rounded) | ~numpy.isfinite(Y)
        same = (rounded == Y) | (numpy.isnan(rounded) & numpy.isnan(Y))
    signs = (numpy.signbit(Y) == numpy.signbit(exact)) | numpy.isnan(exact)
    return numpy.where(special, numpy.where(same, 0.0, numpy.inf), numpy.where(signs, error, numpy.inf))


def same_bits(X: numpy.ndarray, Y: numpy.ndarray) -> bool:
    """Have X and Y the same bits, all NaNs taken for one?"""
    integers = f"uint{8 * X.itemsize}"
    return bool(((X.view(integers) == Y.view(integers)) | (numpy.isnan(X) & numpy.isnan(Y))).all())

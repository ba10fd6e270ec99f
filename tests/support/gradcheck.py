"""Central differences: what a gradient has to be."""

from collections.abc import Callable

import numpy


def numeric_gradient(loss: Callable[[], float], X: numpy.ndarray, step: float = 1e-5) -> numpy.ndarray:
    """The gradient of a scalar with respect to a float64 array, which is changed and restored in place."""
    gradient = numpy.zeros_like(X)
    for place in numpy.ndindex(X.shape):
        before = X[place]
        X[place] = before + step
        above = loss()
        X[place] = before - step
        below = loss()
        X[place] = before
        gradient[place] = (above - below) / (2.0 * step)
    return gradient


def assert_gradient(
    loss: Callable[[], float], X: numpy.ndarray, gradient: numpy.ndarray, tolerance: float = 1e-7
) -> None:
    """`gradient` is that of the loss with respect to X.

    Central differences with a step of 1e-5 in float64 are right to about 1e-10 times the third derivative
    and 1e-11 times the loss; the tolerance is relative to the largest element, or to 1.
    """
    expected = numeric_gradient(loss, X)
    assert gradient.shape == X.shape
    scale = max(1.0, float(abs(expected).max(initial=0.0)))
    numpy.testing.assert_allclose(gradient, expected, rtol=0.0, atol=tolerance * scale)

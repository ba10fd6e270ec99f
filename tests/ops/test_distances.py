"""Known values and errors of log loss and cosine similarity."""

import numpy
import pytest
from numpy.testing import assert_allclose


def test_logloss_of_known_values(ops):
    assert_allclose(
        ops.logloss(numpy.array([0, 1]), numpy.array([0.25, 0.75])), [0.28768209, 0.28768209], atol=2e-8
    )
    found = ops.logloss(numpy.array([1, 0], "float32"), numpy.array([0, 1], "float32"))
    assert numpy.isfinite(found[0]) and found.dtype == "float32"


def test_cosine_of_known_values(ops):
    X, Y = numpy.array([[1.0, 2], [3, 4], [0, 0]]), numpy.array([[1.0, 1], [5, 2], [1, 2]])
    assert_allclose(ops.cosine(X, Y), [0.94868330, 0.85419856, 0], atol=1e-8)
    dX, dY = ops.backprop_cosine(numpy.array([-0.5, -0.5, -0.5]), X, Y)
    assert_allclose(dX, [[-0.06324556, 0.03162277], [-0.04159576, 0.03119681], [0, 0]], atol=2e-8)
    assert numpy.isfinite(dY).all()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_cosine_does_not_overflow_or_vanish(ops, scale):
    X = numpy.array([[3, 4]], "float32")
    assert_allclose(ops.cosine(X * numpy.float32(scale), X), [1.0], rtol=1e-6)


def test_cosine_of_nothing(ops):
    empty = numpy.zeros((0, 3), "float32")
    assert ops.cosine(empty, empty).shape == (0,)
    assert ops.cosine(empty.T, empty.T).tolist() == [0, 0, 0]


def test_cosine_refuses_what_does_not_fit(ops):
    X = numpy.ones((2, 3), "float32")
    with pytest.raises(ValueError, match="arrays have incompatible shapes"):
        ops.cosine(X, X[:1])
    with pytest.raises(ValueError, match="X must have 2 dimension"):
        ops.cosine(X[0], X[0])
    with pytest.raises(ValueError, match=r"d_sim must have shape \(2,\)"):
        ops.backprop_cosine(X[:1, 0], X, X)

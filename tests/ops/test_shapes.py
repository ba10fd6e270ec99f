"""Shapes that kernels have a way of their own for: few columns, many pieces, long segments."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from thinc.backends import NumpyOps, Ops

OPS, REFERENCE = NumpyOps(), Ops()
DTYPES = ["float32", "float64"]
WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100]
LENGTHS = {
    "ones": [1] * 50,
    "short": [1, 2, 3, 1, 1, 3, 2] * 9,
    "with empty ones": [0, 1, 0, 40, 0, 2],
    "long": [15, 16, 17, 31, 32, 33, 200],
}


def on_segments(test):
    """For every width, lengths and dtype."""
    test = pytest.mark.parametrize("dtype", DTYPES)(test)
    test = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)(test)
    return pytest.mark.parametrize("width", WIDTHS)(test)


def some(rng, shape, dtype):
    """Numbers of which some are equal and a few are NaN, infinite or zeros of either sign."""
    X = rng.integers(-5, 6, shape).astype(dtype) / 2
    X.ravel()[rng.integers(0, X.size, X.size // 40)] = numpy.nan
    X.ravel()[rng.integers(0, X.size, X.size // 40)] = -0.0
    X.ravel()[rng.integers(0, X.size, X.size // 40)] = -numpy.inf
    return X


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 5, 16, 37])
@pytest.mark.parametrize("P", [1, 2, 7, 8, 9, 10, 15, 16, 17, 33, 100])
def test_maxout_of_any_number_of_pieces(n, P, dtype):
    X = some(numpy.random.default_rng(0), (n, 3, P), dtype)
    X[0, 0] = -numpy.inf
    for found, expected in zip(OPS.maxout(X), REFERENCE.maxout(X), strict=True):
        assert_array_equal(found, expected, strict=True)


@on_segments
def test_reductions_of_any_width(width, lengths, dtype):
    rng = numpy.random.default_rng(1)
    counts = numpy.array(lengths, "int32")
    X = some(rng, (int(counts.sum()), width), dtype)
    assert_array_equal(OPS.reduce_sum(X, counts), REFERENCE.reduce_sum(X, counts), strict=True)
    tolerance = 8 * numpy.finfo(dtype).eps
    assert_allclose(OPS.reduce_mean(X, counts), REFERENCE.reduce_mean(X, counts), rtol=0, atol=tolerance)
    filled = counts[counts > 0]
    Y, which = OPS.reduce_max(X, filled)
    expected, places = REFERENCE.reduce_max(X, filled)
    assert_array_equal(Y, expected, strict=True)
    assert_array_equal(which, places, strict=True)
    dX = OPS.backprop_reduce_max(Y, which, filled)
    assert_array_equal(dX, REFERENCE.backprop_reduce_max(Y, which, filled), strict=True)


@on_segments
def test_softmax_down_columns_of_any_width(width, lengths, dtype):
    rng = numpy.random.default_rng(2)
    counts = numpy.array(lengths, "int32")
    X = rng.normal(size=(int(counts.sum()), width)).astype(dtype)
    Y = OPS.softmax_sequences(X, counts)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    assert_allclose(Y, REFERENCE.softmax_sequences(X, counts), rtol=tolerance)
    dX = OPS.backprop_softmax_sequences(X, Y, counts)
    assert_allclose(dX, REFERENCE.backprop_softmax_sequences(X, Y, counts), rtol=0, atol=20 * tolerance)
    # A column has the same bits whatever is beside it.
    column = numpy.ascontiguousarray(X[:, :1])
    assert_array_equal(OPS.softmax_sequences(column, counts), Y[:, :1])
    assert_array_equal(OPS.backprop_softmax_sequences(column, Y[:, :1].copy(), counts), dX[:, :1])


@on_segments
@pytest.mark.parametrize("nW", [1, 2, 3])
def test_windows_of_any_width(nW, width, lengths, dtype):
    counts = numpy.array(lengths, "int32")
    n = int(counts.sum())
    # Small integers: sums are exact, in any order.
    X = numpy.random.default_rng(3).integers(-8, 9, (n, width)).astype(dtype)
    Y = OPS.seq2col(X, nW, lengths=counts)
    assert_array_equal(Y, REFERENCE.seq2col(X, nW, lengths=counts), strict=True)
    dX = OPS.backprop_seq2col(Y, nW, lengths=counts)
    assert_array_equal(dX, REFERENCE.backprop_seq2col(Y, nW, lengths=counts), strict=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_softmax_of_a_single_class(temperature, dtype):
    X = numpy.array([[0.0], [-3.5], [1e30], [numpy.inf], [-numpy.inf], [numpy.nan]], dtype)
    Y = OPS.softmax(X, temperature=temperature)
    assert_array_equal(Y, [[1.0], [1.0], [1.0], [numpy.nan], [numpy.nan], [numpy.nan]])
    assert_array_equal(Y, REFERENCE.softmax(X, temperature=temperature), strict=True)
    dX = OPS.backprop_softmax(Y[:3], X[:3], temperature=temperature)
    assert_array_equal(dX, REFERENCE.backprop_softmax(Y[:3], X[:3], temperature=temperature), strict=True)

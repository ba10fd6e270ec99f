"""L2 and cosine distance: reference numbers, slopes, zeros and refusals."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.gradcheck import assert_gradient

from thinc.loss import CosineDistance, L2Distance


def check(loss, guesses, truths, gradient, value):
    """The numbers to the bit, from all three ways of asking."""
    gradient, value = numpy.array(gradient, dtype="float32"), numpy.float32(value)
    found, total = loss(guesses, truths)
    assert found.dtype == guesses.dtype
    assert_array_equal(found, gradient)
    assert_array_equal(loss.get_grad(guesses, truths), gradient)
    assert total == loss.get_loss(guesses, truths) == value


A = numpy.array([[1, 2], [3, 4]], dtype="float32")
B = numpy.array([[1, 1], [5, 2]], dtype="float32")
HALF_ZERO = numpy.array([[0, 0], [5, 2]], dtype="float32")


def test_l2_gives_the_reference_numbers():
    check(L2Distance(), A, B, [[0, 0.5], [-1, 1]], 2.25)
    check(L2Distance(normalize=False), A, B, [[0, 1], [-2, 2]], 9.0)


def test_cosine_gives_the_reference_numbers():
    second = [-0.04159576, 0.031196814]
    check(CosineDistance(), A, B, [[-0.06324556, 0.031622767], second], 0.09855908)
    whole = [[-0.12649111, 0.063245535], [-0.08319152, 0.062393628]]
    check(CosineDistance(normalize=False), A, B, whole, 0.19711816)
    check(CosineDistance(), A, HALF_ZERO, [[-0.06324555, 0.031622782], second], 0.09855905)
    check(CosineDistance(ignore_zeros=True), A, HALF_ZERO, [[0, 0], second], 0.07290071)
    similarity = numpy.array([[0.94868326], [0.8541986]], "float32")
    assert_array_equal(CosineDistance().get_similarity(A, B), similarity)


def test_cosine_ignores_rows_of_zero_guesses_too():
    gradient, value = CosineDistance(ignore_zeros=True)(HALF_ZERO, A)
    assert_array_equal(gradient[0], [0, 0])
    assert value == CosineDistance(ignore_zeros=True).get_loss(A, HALF_ZERO)


@pytest.mark.parametrize("normalize", [True, False])
def test_gradients_of_distances_are_slopes(normalize):
    X, Y = numpy.random.default_rng(0).standard_normal((2, 3, 4))
    weights = [1.0, 0.5, 3.0]
    cosine = CosineDistance(normalize=normalize)
    gradient = cosine.get_grad(X, Y, sample_weights=weights)
    assert_gradient(lambda: cosine.get_loss(X, Y, sample_weights=weights), X, gradient)
    # The loss of L2Distance is the sum of squares of its gradient: the slope is 2 / B times as large.
    l2 = L2Distance(normalize=normalize)
    assert_gradient(lambda: l2.get_loss(X, Y), X, l2.get_grad(X, Y) * 2 / (3 if normalize else 1))
    scaled = l2.get_grad(X, Y) * numpy.array(weights)[:, None]
    assert_allclose(l2.get_grad(X, Y, sample_weights=weights), scaled, rtol=1e-12)


def test_distances_refuse_other_shapes_and_ranks():
    with pytest.raises(ValueError, match=r"Cannot calculate L2 distance: mismatched shapes: \(2, 2\)"):
        L2Distance()(A, B[:1])
    with pytest.raises(ValueError, match=r"Cannot calculate cosine similarity: mismatched shapes: \(2, 2\)"):
        CosineDistance()(A, B[:1])
    with pytest.raises(ValueError, match="axis"):
        CosineDistance()(A[0], B[0])

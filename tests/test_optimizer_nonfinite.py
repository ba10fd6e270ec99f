"""What optimizers do about gradients with NaN or infinity."""

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.optimizers import SGD, Adam, Optimizer, RAdam

KEY = (1, "W")


@pytest.fixture(params=[SGD, Adam, RAdam])
def make(request):
    return lambda: request.param(0.1)


def gradient(k):
    return numpy.array([0.1 * k, -0.2, 0.3 / k], dtype="float32")


@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf])
def test_a_skipped_gradient_is_counted_and_leaves_no_trace(make, bad):
    skipping, plain = make(), make()
    skipping.nonfinite = "skip"
    W, V = numpy.ones(3, "float32"), numpy.ones(3, "float32")
    for k in range(4):
        dW = gradient(k + 1)
        if k in (0, 2):
            _, zeroed = skipping(KEY, W, numpy.array([1, bad, 2], "float32"))
            assert_array_equal(zeroed, numpy.zeros(3))
        skipping(KEY, W, dW.copy())
        plain(KEY, V, dW.copy())
    assert skipping.nr_skipped == {KEY: 2}
    assert skipping.nr_update == {KEY: 4}
    assert_array_equal(W, V)
    assert_array_equal(skipping.averages[KEY], plain.averages[KEY])


def test_a_refused_gradient_is_named_and_everything_stays(make):
    optimizer = make()
    optimizer.nonfinite = "raise"
    W, dW = numpy.ones(3, "float32"), numpy.array([1, numpy.nan, numpy.inf], "float32")
    with pytest.raises(ValueError, match=r"gradient must be finite; got 2 of 3 elements .*\(1, 'W'\)"):
        optimizer(KEY, W, dW)
    assert_array_equal(W, numpy.ones(3))
    assert_array_equal(dW, [1, numpy.nan, numpy.inf])
    assert optimizer.nr_update == optimizer.mom1 == optimizer.averages == {}


def test_by_default_the_gradient_is_used_and_zeroed(make):
    W, dW = make()(KEY, numpy.ones(2, "float32"), numpy.array([1, numpy.nan], "float32"))
    assert numpy.isnan(W[1])
    assert_array_equal(dW, numpy.zeros(2))


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="nonfinite must be one of pass, skip, raise; got 'ignore'"):
        Optimizer(0.1, nonfinite="ignore")

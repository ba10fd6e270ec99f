"""Known values and errors of the ops for optimizers and losses."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

SCALARS = (0.9, 0.999, 1e-8, 0.001)


def state(dtype="float32"):
    """Weights, gradient and moments."""
    rows = [[1, 2, 3], [0.1, -0.2, 0.3], [0.01, 0.02, 0.03], [0.001, 0.002, 0.003]]
    return [numpy.array(row, dtype) for row in rows]


def test_adam_of_known_values_to_the_bit(ops):
    given = state()
    returned = ops.adam(*given, *SCALARS)
    assert all(new is old for new, old in zip(returned, given, strict=True))
    weights, gradient, mom1, mom2 = given
    assert weights.tolist() == [0.9994018673896790, 2.0000443458557129, 2.9989740848541260]
    assert mom1.tolist() == [0.01900000125169754, -0.002000005915760994, 0.05700000748038292]
    assert mom2.tolist() == [0.001008999883197248, 0.002037999453023076, 0.003086998825892806]
    assert not gradient.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_adam_divides_by_mod_rate(ops, dtype):
    given = state(dtype)
    ops.adam(*given, *SCALARS, 2.0)
    assert_allclose(given[0], [0.99970090, 2.00002217, 2.99948716], atol=2e-7)
    assert not given[1].any() and given[0].dtype == dtype


def test_adam_in_float64_keeps_float64(ops):
    given = state("float64")
    ops.adam(*given, *SCALARS)
    assert_allclose(given[2], [0.019, -0.002, 0.057], rtol=1e-14)


def test_adam_takes_any_shape_and_stride(ops):
    expected = state()
    ops.adam(*expected, *SCALARS)
    for change in (lambda V: V.reshape(1, 3, 1), lambda V: V.repeat(2)[::2], lambda V: V[::-1].copy()[::-1]):
        given = [change(V) for V in state()]
        ops.adam(*given, *SCALARS)
        for found, wanted in zip(given, expected, strict=True):
            assert_array_equal(found.ravel(), wanted)


@pytest.mark.parametrize("position, name", list(enumerate(["weights", "gradient", "mom1", "mom2"])))
def test_adam_refuses_a_readonly_array_before_it_writes(ops, position, name):
    given = state()
    given[position].flags.writeable = False
    with pytest.raises(ValueError, match=f"adam: {name} must be writable"):
        ops.adam(*given, *SCALARS)
    assert all((found == wanted).all() for found, wanted in zip(given, state(), strict=True))


@pytest.mark.parametrize("position", [1, 2, 3])
def test_adam_refuses_other_shapes_before_it_writes(ops, position):
    given = state()
    given[position] = given[position][:2]
    with pytest.raises(ValueError, match="arrays have incompatible shapes"):
        ops.adam(*given, *SCALARS)
    assert_array_equal(given[0], [1, 2, 3])


def test_adam_refuses_other_dtypes(ops):
    with pytest.raises(TypeError, match="adam: unsupported or mismatching array data types"):
        ops.adam(*state("float16"), *SCALARS)
    mixed = state()
    mixed[1] = mixed[1].astype("float64")
    with pytest.raises(TypeError, match="gradient 'float64'"):
        ops.adam(*mixed, *SCALARS)
    with pytest.raises(TypeError, match="'weights'"):
        ops.adam([1.0], *state()[1:], *SCALARS)
    with pytest.raises(TypeError, match="must be real number, not NoneType"):
        ops.adam(*state(), None, *SCALARS[1:])


def test_adam_with_a_negative_second_moment_is_nan(ops):
    given = state()
    given[3][0] = -1
    ops.adam(*given, *SCALARS)
    assert numpy.isnan(given[0]).tolist() == [True, False, False]


def test_adam_of_nothing(ops):
    ops.adam(*(V[:0] for V in state()), *SCALARS)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_clip_gradient_shortens_to_the_threshold(ops, dtype):
    gradient = numpy.array([[3.0], [4.0]], dtype)
    assert ops.clip_gradient(gradient, 1) is gradient
    assert_allclose(gradient[:, 0], [0.6, 0.8], rtol=2 * numpy.finfo(dtype).eps)


@pytest.mark.parametrize("threshold", [5, 10, float("inf")])
def test_clip_gradient_leaves_short_gradients_alone(ops, threshold):
    gradient = numpy.array([3.0, 4.0], "float32")
    ops.clip_gradient(gradient, threshold)
    assert gradient.tolist() == [3, 4]


def test_clip_gradient_of_zero_and_nan_changes_nothing(ops):
    zero = numpy.zeros(3, "float32")
    assert not ops.clip_gradient(zero, 0).any()
    nan = numpy.array([numpy.nan, 1], "float32")
    assert_array_equal(ops.clip_gradient(nan, 1), [numpy.nan, 1])
    assert ops.clip_gradient(zero[:0], 1).shape == (0,)


def test_clip_gradient_of_a_view_changes_its_elements_only(ops):
    base = numpy.array([3, 9, 4, 9], "float32")
    ops.clip_gradient(base[::2], 1)
    assert_allclose(base, [0.6, 9, 0.8, 9])


def test_clip_gradient_refuses_what_it_cannot_scale(ops):
    for bad in ([3.0, 4.0], numpy.array([3, 4])):
        with pytest.raises(TypeError, match="gradient"):
            ops.clip_gradient(bad, 1)
    readonly = numpy.ones(2, "float32")
    readonly.flags.writeable = False
    with pytest.raises(ValueError, match="gradient must be writable"):
        ops.clip_gradient(readonly, 1)
    with pytest.raises(ValueError, match="threshold must be >= 0"):
        ops.clip_gradient(numpy.ones(2, "float32"), -1)
    with pytest.raises(TypeError, match="threshold must be real number"):
        ops.clip_gradient(numpy.ones(2, "float32"), None)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_update_averages_of_known_values(ops, dtype):
    ema, weights = numpy.array([1, 2], dtype), numpy.array([2, 4], dtype)
    assert ops.update_averages(ema, weights, 0) is None
    assert_allclose(ema, [1.9, 3.8], rtol=1e-6)
    ops.update_averages(ema, weights, 1e9)
    assert_allclose(ema, [1.90001, 3.80002], rtol=1e-6)
    assert weights.tolist() == [2, 4]


def test_update_averages_refuses_what_does_not_fit(ops):
    ema = numpy.ones(2, "float32")
    with pytest.raises(ValueError, match="t must be >= 0; got -10"):
        ops.update_averages(ema, ema.copy(), -10)
    with pytest.raises(ValueError, match="arrays have incompatible shapes"):
        ops.update_averages(ema, numpy.zeros((1, 2), "float32"), 0)
    ema.flags.writeable = False
    with pytest.raises(ValueError, match="ema must be writable"):
        ops.update_averages(ema, numpy.zeros(2, "float32"), 0)
    assert ema.tolist() == [1, 1]

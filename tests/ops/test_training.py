"""The fused updates: the bits of the single steps, on every backend; the norm; refusals."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from thinc.backends import NumpyOps
from thinc.backends.ops import Ops

OPS = [NumpyOps(), Ops()]


def draw(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1,), (63,), (64,), (65,), (7, 9, 3), (1000,)])
@pytest.mark.parametrize("clip", [0.0, 0.5, 100.0])
def test_a_fused_update_has_the_bits_of_the_single_steps(ops, dtype, shape, clip):
    rng = numpy.random.default_rng(0)
    T = numpy.dtype(dtype).type
    W, dW = draw(rng, shape, dtype), draw(rng, shape, dtype)
    m, v, avg = draw(rng, shape, dtype), numpy.abs(draw(rng, shape, dtype)), draw(rng, shape, dtype)
    fused = [X.copy() for X in (W, dW, m, v, avg)]
    assert ops.adam_update(
        *fused,
        learn_rate=0.03,
        beta1=0.8,
        beta2=0.95,
        eps=1e-4,
        l2=0.02,
        clip=clip,
        decay=0.01,
        follow=1 - min(6 / 15, 0.9999),
        guard=True,
    )
    dW += T(0.02) * W
    if clip:
        reference = Ops()
        dW = reference.clip_gradient(dW, clip)
    Ops().adam(W, dW, m, v, 0.8, 0.95, 1e-4, 0.03)
    dW.fill(0)
    W -= T(0.01) * W
    Ops().update_averages(avg, W, 5)
    for found, expected in zip(fused, (W, dW, m, v, avg), strict=True):
        assert_array_equal(found, expected)


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(
    shape=st.sampled_from([(1,), (63,), (64,), (65,), (5, 13)]),
    l2=st.sampled_from([0.0, 0.1]),
    clip=st.sampled_from([0.0, 0.3]),
    decay=st.sampled_from([0.0, 0.02]),
    adaptive=st.booleans(),
    averaged=st.booleans(),
    strided=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=60)
def test_every_backend_has_the_bits_of_the_reference(
    ops, dtype, shape, l2, clip, decay, adaptive, averaged, strided, seed
):
    rng = numpy.random.default_rng(seed)
    wide = (*shape[:-1], 2 * shape[-1])
    arrays = [draw(rng, wide, dtype) for _ in range(2)]
    arrays = [X[..., ::2] if strided else X[..., : shape[-1]].copy() for X in arrays]
    arrays += [draw(rng, shape, dtype), numpy.abs(draw(rng, shape, dtype))]
    arrays += [draw(rng, shape, dtype)] if averaged else []
    expected = [X.copy() for X in arrays]
    scalars = {"learn_rate": 0.1, "l2": l2, "clip": clip, "decay": decay, "follow": 0.7}
    ops.adam_update(*arrays, beta1=0.9, beta2=0.999, eps=1e-8, adaptive=adaptive, gain1=0.1, **scalars)
    Ops().adam_update(*expected, beta1=0.9, beta2=0.999, eps=1e-8, adaptive=adaptive, gain1=0.1, **scalars)
    for X, Y in zip(arrays, expected, strict=True):
        assert_array_equal(X, Y)
    plain = [draw(rng, shape, dtype) for _ in range(3)]
    expected = [X.copy() for X in plain]
    ops.sgd_update(*plain, **scalars)
    Ops().sgd_update(*expected, **scalars)
    for X, Y in zip(plain, expected, strict=True):
        assert_array_equal(X, Y)


def test_the_norm_is_summed_in_lanes():
    X = numpy.random.default_rng(0).standard_normal(1000).astype("float32")
    lanes = [0.0] * 32
    for i, x in enumerate(X):
        lanes[i % 32] += float(x * x)
    for half in (16, 8, 4, 2, 1):
        lanes = [lanes[j] + lanes[j + half] for j in range(half)]
    norm, squares = Ops().gradient_norm(X)
    assert squares == lanes[0]
    assert norm == numpy.sqrt(numpy.float32(lanes[0]))


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf, -numpy.inf, 1e20])
def test_the_guard_leaves_everything_as_it_is(ops, bad):
    arrays = [numpy.full(70, x, "float32") for x in (1.0, 2.0, 3.0, 4.0, 5.0)]
    arrays[1][69] = bad
    before = [X.copy() for X in arrays]
    assert not ops.adam_update(
        *arrays, learn_rate=1.0, beta1=0.9, beta2=0.9, eps=1e-8, guard=True, follow=0.5
    )
    assert not ops.sgd_update(*arrays[:2], arrays[4], learn_rate=1.0, guard=True, follow=0.5)
    for X, Y in zip(arrays, before, strict=True):
        assert_array_equal(X, Y)


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
def test_the_guard_sees_weights_through_coupled_l2(ops):
    W, dW = numpy.array([numpy.inf, 1.0]), numpy.ones(2)
    assert not ops.sgd_update(W, dW, learn_rate=1.0, l2=0.1, guard=True)
    assert ops.sgd_update(W, dW, learn_rate=1.0, guard=True)


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
def test_without_guard_a_gradient_of_nan_is_computed_with_and_then_zeroed(ops):
    W, dW, e = numpy.ones(3, "float32"), numpy.array([1, numpy.nan, 1], "float32"), numpy.zeros(3, "float32")
    assert ops.sgd_update(W, dW, e, learn_rate=0.5, clip=1.0, follow=1.0)
    assert_array_equal(W, [0.5, numpy.nan, 0.5])
    assert_array_equal(e, W)
    assert_array_equal(dW, numpy.zeros(3))


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
def test_half_precision_is_computed_in_float32(ops):
    W = numpy.array([1.0, 2.0], "float16")
    dW, m, v, e = numpy.ones(2, "float16"), *numpy.zeros((3, 2), "float32")
    ops.adam_update(W, dW, m, v, e, learn_rate=1e-4, beta1=0.5, beta2=0.5, eps=1e-8, follow=1.0)
    single = numpy.array([1.0, 2.0], "float32")
    zeros = numpy.zeros((2, 2), "float32")
    ops.adam_update(single, numpy.ones(2, "float32"), *zeros, learn_rate=1e-4, beta1=0.5, beta2=0.5, eps=1e-8)
    assert_array_equal(W, single.astype("float16"))
    assert_array_equal(e, W)
    assert W.dtype == "float16"


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
@pytest.mark.parametrize("wrong", range(5))
@pytest.mark.parametrize("how", ["shape", "dtype", "read-only", "kind"])
def test_wrong_arrays_are_refused_before_the_first_write(ops, wrong, how):
    arrays = [numpy.full((2, 3), x, "float32") for x in (1.0, 2.0, 3.0, 4.0, 5.0)]
    if how == "shape":
        arrays[wrong] = numpy.ones((3, 3), "float32")
    elif how == "dtype":
        arrays[wrong] = arrays[wrong].astype("int32")
    elif how == "read-only":
        arrays[wrong].flags.writeable = False
    else:
        arrays[wrong] = arrays[wrong].tolist()
    before = [numpy.array(X) for X in arrays]
    name = ["weights", "gradient", "mom1", "mom2", "averages"][wrong]
    with pytest.raises(
        (TypeError, ValueError), match="^adam_update: .*" + ("shape" if how == "shape" else name)
    ):
        ops.adam_update(*arrays, learn_rate=1.0, beta1=0.9, beta2=0.9, eps=1e-8, follow=0.5)
    for X, Y in zip(arrays, before, strict=True):
        assert_array_equal(X, Y)


@pytest.mark.parametrize("ops", OPS, ids=lambda ops: ops.name)
def test_moments_may_be_flat_and_nothing_else_may(ops):
    W, dW, e = (numpy.ones((2, 3), "float32") for _ in range(3))
    m, v = numpy.zeros((2, 6), "float32")
    ops.adam_update(W, dW, m, v, e, learn_rate=1.0, beta1=0.9, beta2=0.9, eps=1e-8)
    with pytest.raises(ValueError, match="adam_update: averages must have the shape of the weights"):
        ops.adam_update(W, dW, m, v, e.reshape(-1), learn_rate=1.0, beta1=0.9, beta2=0.9, eps=1e-8)

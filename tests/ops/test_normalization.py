"""Known values and errors of softmax and layer normalisation."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_softmax_of_known_values(ops, dtype):
    X = numpy.array([[1, 2, 3]], dtype)
    eps = 2 * numpy.finfo(dtype).eps + 4e-8
    assert_allclose(ops.softmax(X), [[0.09003057, 0.24472846, 0.66524094]], rtol=0, atol=eps)
    assert_allclose(ops.softmax(X, temperature=2), [[0.18632372, 0.3071959, 0.5064804]], rtol=0, atol=eps)
    assert ops.softmax(X).dtype == dtype


def test_softmax_over_another_axis(ops):
    X = numpy.arange(12.0).reshape(3, 4) ** 1.5
    assert_allclose(ops.softmax(X, axis=0), ops.softmax(X.T.copy()).T)
    assert_allclose(ops.softmax(X[None], axis=1)[0], ops.softmax(X, axis=0))


def test_softmax_of_integers_is_float64(ops):
    assert ops.softmax(numpy.array([[1, 2]])).dtype == "float64"


def test_softmax_never_works_in_place(ops):
    X = numpy.array([[1, 2, 3]], "float32")
    assert ops.softmax(X, inplace=True) is not X
    assert X.tolist() == [[1, 2, 3]]


def test_softmax_of_infinities(ops):
    X = numpy.array([[-numpy.inf, 0], [-numpy.inf, -numpy.inf], [1e30, -1e30]], "float32")
    assert_array_equal(ops.softmax(X), [[0, 1], [numpy.nan, numpy.nan], [1, 0]])


def test_softmax_of_no_classes_is_an_error_of_no_rows_is_not(ops):
    with pytest.raises(ValueError, match="softmax: axis -1 of x must not be empty"):
        ops.softmax(numpy.zeros((2, 0), "float32"))
    assert ops.softmax(numpy.zeros((0, 2), "float32")).shape == (0, 2)


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_softmax_temperature_must_be_positive(ops, temperature):
    X = numpy.ones((1, 2), "float32")
    with pytest.raises(ValueError, match="softmax: temperature must be > 0"):
        ops.softmax(X, temperature=temperature)
    with pytest.raises(ValueError, match="backprop_softmax: temperature must be > 0"):
        ops.backprop_softmax(X, X, temperature=temperature)


def test_backprop_softmax_of_known_values(ops):
    X, dY = numpy.array([[1.0, 2, 3]]), numpy.array([[1.0, 0, 0]])
    dX = ops.backprop_softmax(ops.softmax(X), dY)
    assert_allclose(dX, [[0.08192507, -0.02203304, -0.05989202]], atol=5e-9)
    dX = ops.backprop_softmax(ops.softmax(X, temperature=2), dY, temperature=2)
    assert_allclose(dX, [[0.07580359, -0.02861894, -0.04718465]], atol=5e-9)
    assert dY.tolist() == [[1, 0, 0]]


def test_backprop_softmax_does_not_broadcast(ops):
    with pytest.raises(ValueError, match="arrays have incompatible shapes"):
        ops.backprop_softmax(numpy.ones((2, 3)), numpy.ones((1, 3)))


def test_sequence_softmax_of_known_values(ops):
    X = numpy.array([[1, 2], [3, 4], [30, 60]], "float32")
    Y = ops.softmax_sequences(X, numpy.array([2, 1], "int32"))
    assert_allclose(Y, [[0.11920293, 0.11920292], [0.880797, 0.8807971], [1, 1]], atol=2e-7)
    dY = numpy.array([[1, 1], [2, 2], [3, 3]], "float32")
    dX = ops.backprop_softmax_sequences(dY, Y, [2, 1])
    assert_allclose(dX, [[-0.10499358, -0.10499359], [0.10499358, 0.10499358], [0, 0]], atol=2e-7)


def test_sequence_softmax_clips_its_input(ops):
    Y = ops.softmax_sequences(numpy.array([[100.0], [20.0], [-50.0]]), [3])
    assert_allclose(Y[:, 0], [0.5, 0.5, numpy.exp(-40) / 2])


def test_sequence_softmax_of_empty_sequences(ops):
    assert ops.softmax_sequences(numpy.zeros((0, 2), "float32"), [0, 0]).shape == (0, 2)
    assert_array_equal(ops.softmax_sequences(numpy.ones((1, 2), "float32"), [0, 1, 0]), [[1, 1]])


def test_sequence_softmax_refuses_other_ranks(ops):
    with pytest.raises(NotImplementedError, match="Softmax currently only supports 2d. Got: 3"):
        ops.softmax_sequences(numpy.zeros((2, 3, 4), "float32"), [2])
    with pytest.raises(ValueError, match="Xs must have 2 dimension"):
        ops.softmax_sequences(numpy.zeros(2, "float32"), [2])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layer_norm_of_known_values(ops, dtype):
    X = numpy.array([[1, 2, 4], [0, -1, 1]], dtype)
    G, b = numpy.array([1, 2, 0.5], dtype), numpy.array([0, 1, -1], dtype)
    Y, mean, rstd = ops.layer_norm(X, G, b)
    assert_allclose(Y, [[-1.06904, 0.46548, -0.33185], [0, -1.44949, -0.38763]], atol=1e-5)
    assert_allclose(mean, [7 / 3, 0], rtol=1e-6)
    assert_allclose(rstd, [(14 / 9 + 1e-8) ** -0.5, (2 / 3 + 1e-8) ** -0.5], rtol=1e-6)
    assert Y.dtype == mean.dtype == rstd.dtype == dtype


def test_layer_norm_of_a_constant_row_is_its_shift(ops):
    X = numpy.full((2, 5), 1e3, "float32")
    b = numpy.arange(5, dtype="float32")
    assert_array_equal(ops.layer_norm(X, b, b)[0], [b, b])


def test_layer_norm_keeps_precision_far_from_zero(ops):
    X = numpy.array([[1e6, 1e6 + 1, 1e6 + 2]], "float32")
    one = numpy.ones(3, "float32")
    assert_allclose(ops.layer_norm(X, one, 0 * one)[0], [[-1.2247449, 0, 1.2247449]], rtol=1e-5)


def test_layer_norm_of_rank_three_works_on_the_last_axis(ops):
    X = numpy.random.default_rng(0).standard_normal((2, 3, 5)).astype("float32")
    G, b = X[0, 0], X[0, 1]
    Y, mean, rstd = ops.layer_norm(X, G, b)
    flat = ops.layer_norm(X.reshape(6, 5), G, b)
    assert mean.shape == rstd.shape == (2, 3)
    assert_array_equal(Y.reshape(6, 5), flat[0])
    dX, dG, db = ops.backprop_layer_norm(X, X, mean, rstd, G)
    flat = ops.backprop_layer_norm(X.reshape(6, 5), X.reshape(6, 5), mean.reshape(6), rstd.reshape(6), G)
    assert_array_equal(dX.reshape(6, 5), flat[0])
    assert_allclose(dG, flat[1], rtol=1e-6)
    assert_allclose(db, flat[2], rtol=1e-6)


def test_layer_norm_of_half_precision_is_finite(ops):
    X = numpy.array([[1, 2], [3, 3]], "float16")
    Y = ops.layer_norm(X, numpy.ones(2, "float16"), numpy.zeros(2, "float16"))[0]
    assert Y.dtype == "float16"
    assert_allclose(Y, [[-1, 1], [0, 0]], atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (0, 0)])
def test_layer_norm_of_nothing_is_empty(ops, shape):
    X, G = numpy.zeros(shape, "float32"), numpy.ones(shape[1], "float32")
    Y, mean, rstd = ops.layer_norm(X, G, G)
    assert Y.shape == shape and mean.shape == rstd.shape == shape[:1]
    dX, dG, db = ops.backprop_layer_norm(X, X, mean, rstd, G)
    assert dX.shape == shape and dG.shape == db.shape == shape[1:] and not dG.any() and not db.any()


def test_layer_norm_refuses_what_does_not_fit(ops):
    X, G = numpy.ones((2, 3), "float32"), numpy.ones(3, "float32")
    for G_, b_, name in ((G[:1], G, "G"), (G, G[None], "b")):
        with pytest.raises(ValueError, match=rf"layer_norm: {name} must have shape \(3,\)"):
            ops.layer_norm(X, G_, b_)
    with pytest.raises(ValueError, match="X must have at least 2 dimensions"):
        ops.layer_norm(G, G, G)
    with pytest.raises(ValueError, match="eps must be >= 0"):
        ops.layer_norm(X, G, G, -1e-3)
    with pytest.raises(TypeError, match="X must have a float dtype"):
        ops.layer_norm(X.astype(int), G, G)


def test_backprop_layer_norm_refuses_what_does_not_fit(ops):
    X, G = numpy.ones((2, 3), "float32"), numpy.ones(3, "float32")
    _, mean, rstd = ops.layer_norm(X, G, G)
    with pytest.raises(ValueError, match="arrays have incompatible shapes"):
        ops.backprop_layer_norm(X[:1], X, mean, rstd, G)
    with pytest.raises(ValueError, match=r"mean must have shape \(2,\)"):
        ops.backprop_layer_norm(X, X, mean[:1], rstd, G)
    with pytest.raises(ValueError, match=r"rstd must have shape \(2,\)"):
        ops.backprop_layer_norm(X, X, mean, rstd[:, None], G)

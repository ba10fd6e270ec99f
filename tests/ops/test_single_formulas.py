"""The functions and constants beside the class in `thinc.backends.ops`."""

import math

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.backends import Ops
from thinc.backends import ops as module

X = numpy.array([-25.0, -1.0, 0.0, 0.5, 3.0])


def test_constants():
    assert module.SQRT2PI == 0.7978845608028654 == math.sqrt(2 / math.pi)
    assert pytest.approx(0.7071067811865475, rel=1e-15) == module.INV_SQRT2
    assert pytest.approx(0.3989422804014327, rel=1e-15) == module.INV_SQRT_2PI


@pytest.mark.parametrize("name", ["sigmoid", "dsigmoid", "dtanh"])
def test_function_is_the_op(name):
    assert_array_equal(getattr(module, name)(X), getattr(Ops(), name)(X))


def test_gaussian_density_and_distribution():
    distribution = numpy.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in X])
    density = numpy.exp(-X * X / 2) / math.sqrt(2 * math.pi)
    # A rounding of the exponent, x * x / 2, counts in the result as often as the exponent is large.
    bound = numpy.finfo("float64").eps * (8 + X * X)
    assert (abs(module.gaussian_cdf(Ops(), X) - distribution) <= bound * distribution).all()
    assert (abs(module.gaussian_pdf(Ops(), X) - density) <= bound * density).all()


def test_shapes_must_be_equal():
    module._check_compatible_shape(X, X)
    with pytest.raises(ValueError, match=r"arrays have incompatible shapes: \(5,\) and \(1, 5\)"):
        module._check_compatible_shape(X, X[None])


nO, nI = 2, 3
N_WEIGHTS = 4 * nO * nI + 8 * nO + 4 * nO * nO


def test_weights_of_an_lstm_are_split_in_the_stored_order():
    params = numpy.arange(N_WEIGHTS, dtype="float32")
    ((Wx, bx), (Wh, bh)), end = module._split_weights(params, 0, nO, nI, 0)
    assert (Wx.shape, bx.shape, Wh.shape, bh.shape) == ((8, 3), (8,), (8, 2), (8,))
    assert_array_equal(numpy.concatenate([Wx.ravel(), bx, Wh.ravel(), bh]), params)
    assert end == N_WEIGHTS


def test_transposed_weights_have_the_gate_as_fastest_index():
    weights, _ = module._split_weights(numpy.arange(N_WEIGHTS, dtype="float32"), 0, nO, nI, 0)
    Wx, Wh, b = module._transpose_weights(weights)
    assert Wx[:, 0].tolist() == [0, 6, 12, 18, 3, 9, 15, 21]
    assert Wh[:, 0].tolist() == [32, 36, 40, 44, 34, 38, 42, 46]
    assert b.tolist() == [72, 76, 80, 84, 74, 78, 82, 86]


def test_untransposed_weights_are_the_stored_ones_with_one_bias():
    params = numpy.arange(N_WEIGHTS, dtype="float32")
    weights, _ = module._split_weights(params, 0, nO, nI, 0)
    (Wx, bx), (Wh, bh) = weights
    expected = numpy.concatenate([Wx.ravel(), bx + bh, Wh.ravel(), 0 * bh])
    assert_array_equal(module._untranspose_unsplit_weights(module._transpose_weights(weights)), expected)


def step(A, C2):
    """One step of an LSTM from the inputs of the gates, in blocks f, i, o, g."""
    f, i, o, g = numpy.split(A, 4, axis=1)
    gates = [1 / (1 + numpy.exp(-a)) for a in (f, i, o)] + [numpy.tanh(g)]
    C3 = gates[0] * C2 + gates[1] * gates[3]
    return numpy.concatenate(gates, axis=1), C3, numpy.tanh(C3) * gates[2]


def test_gradients_of_the_gates_by_central_differences():
    rng = numpy.random.RandomState(0)
    A, C2, dY, dC = (rng.normal(size=(3, width)) for width in (8, 2, 2, 2))

    def total(A, C2):
        _, C3, Y3 = step(A, C2)
        return (Y3 * dY).sum() + (C3 * dC).sum()

    G, C3, _ = step(A, C2)
    dA, dC2 = module.backprop_lstm_gates(dY, dC, G, C3, C2)
    for array, gradient in ((A, dA), (C2, dC2)):
        for index in numpy.ndindex(array.shape):
            h = 1e-6
            array[index] += h
            above = total(A, C2)
            array[index] -= 2 * h
            below = total(A, C2)
            array[index] += h
            assert gradient[index] == pytest.approx((above - below) / (2 * h), rel=1e-7, abs=1e-9)


def test_lstm_functions_take_the_cell_state_first():
    rng = numpy.random.RandomState(0)
    params = rng.normal(size=N_WEIGHTS).astype("float32")
    hidden, cells = (rng.normal(size=(1, 1, nO)).astype("float32") for _ in range(2))
    rows, sizes = rng.normal(size=(3, nI)).astype("float32"), numpy.array([2, 1], dtype="int32")
    Y, state = module.lstm_forward_training(params, cells, hidden, rows, sizes)
    # The op's H0 are the initial cells.
    expected, _ = Ops().lstm_forward_training(params, cells, hidden, rows, sizes)
    assert_array_equal(Y, expected)
    dX, d_params = module.backprop_lstm(numpy.ones_like(Y), sizes, params, state)
    assert dX.shape == rows.shape and d_params.shape == params.shape
    # Without weights all gates are open by a half: c = 2 / 2, y = tanh(c) / 2.
    cells, hidden = numpy.full((1, 1, nO), 2.0, "float32"), numpy.full((1, 1, nO), 0.5, "float32")
    Y, _ = module.lstm_forward_training(numpy.zeros_like(params), cells, hidden, rows[:1], numpy.array([1]))
    assert Y[0].tolist() == pytest.approx([numpy.tanh(1.0) / 2] * nO, rel=1e-6)

"""Finite differences judge the reference: every pair of an op and its gradient."""

import numpy
import pytest
from ops.cases import CASES, op_names
from support.gradcheck import assert_gradient
from support.oracle import REFERENCE, arrays, positional

SIZES = {"B": 2, "T": 5, "N": 3, "I": 4, "O": 3, "P": 3, "K": 2}
DIFFERENTIABLE = [case for case in CASES if case.pull]


def test_every_backward_op_is_checked_by_some_row():
    checked = {case.backward or f"backprop_{case.op}" for case in DIFFERENTIABLE}
    assert checked == {name for name in op_names() if name.startswith("backprop_")}


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.id)
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_is_that_of_central_differences(case, seed):
    drawn = case.draw(SIZES, "float64", seed)
    args, keywords = positional(drawn)

    def forward():
        return getattr(REFERENCE, case.op)(*args, **keywords)

    returned = forward()
    dY = numpy.random.default_rng(seed + 7).standard_normal(next(arrays(returned)).shape)
    found = case.pull(REFERENCE, dY.copy(), returned, drawn)
    for position, gradient in found.items():
        assert_gradient(
            lambda: float((dY * next(arrays(forward()))).sum()),
            args[position],
            gradient,
            case.gradient_tolerance,
        )


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.id)
def test_gradient_of_zero_is_zero(case):
    drawn = case.draw(SIZES, "float64")
    args, keywords = positional(drawn)
    returned = getattr(REFERENCE, case.op)(*args, **keywords)
    dY = numpy.zeros_like(next(arrays(returned)))
    for gradient in case.pull(REFERENCE, dY, returned, drawn).values():
        assert not gradient.any()


def test_lstm_gradient_sees_the_initial_states():
    case = next(case for case in DIFFERENTIABLE if case.id == "lstm_forward_training-deep")
    args = case.draw(SIZES, "float64")
    Y, state = REFERENCE.lstm_forward_training(*args)
    dY = numpy.ones_like(Y)
    with_states = REFERENCE.backprop_lstm(dY, args[4], args[0], state)[1]
    without = REFERENCE.backprop_lstm(dY, args[4], args[0], tuple(state))[1]
    assert abs(with_states - without).max() > 1e-3


def test_sequence_softmax_gradient_ignores_the_clip():
    X = numpy.array([[25.0], [21.0]])
    Y = REFERENCE.softmax_sequences(X, [2])
    dX = REFERENCE.backprop_softmax_sequences(numpy.array([[1.0], [0.0]]), Y, [2])
    numpy.testing.assert_allclose(dX, [[0.25], [-0.25]])

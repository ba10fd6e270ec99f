"""Known values and errors of the LSTM."""

import pickle

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

SMALL = [0.1, 0.2, 0.3, 0.4, 0.01, 0.02, 0.03, 0.04, 0.5, 0.6, 0.7, 0.8, 0.001, 0.002, 0.003, 0.004]
SIZES = numpy.array([2, 1], "int32")


def zeros(*shape):
    return numpy.zeros(shape, "float32")


def small(dtype="float32"):
    """One unit, one input: parameters, states, rows, steps."""
    state = numpy.zeros((1, 1, 1), dtype)
    return numpy.array(SMALL, dtype), state, state.copy(), numpy.array([[1], [2], [3]], dtype), SIZES


def deep():
    """Two layers, both directions, two units, three inputs."""
    params = ((numpy.arange(240) % 7) * 0.1 - 0.3).astype("float32")
    X = (numpy.arange(1, 10).reshape(3, 3) / 10).astype("float32")
    return params, zeros(2, 2, 2), zeros(2, 2, 2), X, SIZES


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lstm_of_known_values(ops, dtype):
    H, (Y, G, C, X) = ops.lstm_forward_training(*small(dtype))
    assert H.dtype == Y.dtype == G.dtype == C.dtype == dtype
    assert_allclose(H[:, 0], [0.13250095, 0.25677034, 0.4548598], rtol=1e-6)
    assert_array_equal(Y, H[None, None])
    assert_allclose(C[0, 0, :, 0], [0.23152369, 0.41547847, 0.72166467], rtol=1e-6)
    gates = [
        [0.52772158, 0.55527318, 0.58248913, 0.41695458],
        [0.55255514, 0.60396171, 0.65316945, 0.68792188],
    ]
    gates += [[0.59320980, 0.66852039, 0.73609126, 0.87405354]]
    assert_allclose(G[0, 0], gates, rtol=1e-6)


def test_lstm_state_holds_the_input_itself(ops):
    args = small()
    assert ops.lstm_forward_training(*args)[1][3] is args[3]


def test_inference_gives_the_output_of_training(ops):
    for args in (small(), deep()):
        assert_array_equal(ops.lstm_forward_inference(*args), ops.lstm_forward_training(*args)[0])


def test_deep_lstm_of_known_values(ops):
    H, state = ops.lstm_forward_training(*deep())
    rows = [
        [0.08345613, -0.05033104, -0.05463957, -0.00923223],
        [0.07905724, -0.05085271, -0.03760838, -0.00429082],
    ]
    rows += [[0.11231092, -0.07962646, -0.03229981, -0.00771915]]
    assert_allclose(H, rows, atol=2e-8)
    assert [V.shape for V in state] == [(2, 2, 3, 2), (2, 2, 3, 8), (2, 2, 3, 2), (3, 3)]


def test_lstm_gradient_of_known_values(ops):
    args = small()
    H, state = ops.lstm_forward_training(*args)
    dX, d_params = ops.backprop_lstm(numpy.ones_like(H), SIZES, args[0], state)
    assert_allclose(dX, [[0.21118899], [0.11516568], [0.08490005]], rtol=1e-6)
    bias = [0.02542145, 0.27543972, 0.2758724, 0.67715725]
    expected = [0.07626436, 0.54257132, 0.60501117, 0.9964411, *bias, 0.00336837, 0.01167763, 0.01590561]
    assert_allclose(d_params, [*expected, 0.00951323, *bias], rtol=2e-6)


def test_deep_lstm_gradient_of_known_values(ops):
    args = deep()
    H, state = ops.lstm_forward_training(*args)
    dX, _ = ops.backprop_lstm(numpy.ones_like(H), SIZES, args[0], state)
    expected = [[-0.00709952, -0.00562965, -0.0079268], [-0.00297117, -0.00209641, -0.00119226]]
    expected += [[-0.00257944, -0.00276262, 0.00078347]]
    assert_allclose(dX, expected, atol=1e-8)


def test_h0_begins_the_cells_and_c0_the_hidden_states(ops):
    params, zero, one = numpy.full(16, 0.5, "float32"), zeros(1, 1, 1), numpy.ones((1, 1, 1), "float32")
    assert_allclose(ops.lstm_forward_inference(params, one, zero, zeros(1, 1), [1]), [[0.62766]], atol=1e-5)
    assert_allclose(ops.lstm_forward_inference(params, zero, one, zeros(1, 1), [1]), [[0.51439]], atol=1e-5)


def test_initial_states_have_gradients(ops):
    params, H0, C0, X, _ = (array.astype("float64") for array in deep())
    sizes = numpy.array([2, 1], "int32")
    draw = numpy.random.default_rng(0)
    H0, C0 = draw.normal(size=H0.shape), draw.normal(size=C0.shape)
    Y, state = ops.lstm_forward_training(params, H0, C0, X, sizes)
    dY = draw.normal(size=Y.shape)
    gradients = ops.backprop_lstm(dY, sizes, params, state)
    assert len(gradients) == 2
    for states, found in ((H0, gradients.d_H0), (C0, gradients.d_C0)):
        assert found.shape == states.shape
        for index in numpy.ndindex(states.shape):
            value, step = states[index], 1e-5
            losses = []
            for moved in (value + step, value - step):
                states[index] = moved
                losses.append((ops.lstm_forward_inference(params, H0, C0, X, sizes) * dY).sum())
            states[index] = value
            assert_allclose(found[index], (losses[0] - losses[1]) / (2 * step), rtol=1e-6, atol=1e-9)


def test_gradients_of_initial_states_survive_pickling(ops):
    args = small()
    Y, state = ops.lstm_forward_training(*args)
    gradients = ops.backprop_lstm(Y, SIZES, args[0], state)
    again = pickle.loads(pickle.dumps(gradients))
    assert_array_equal(again[1], gradients[1])
    assert_array_equal(again.d_C0, gradients.d_C0)
    assert_array_equal(again.d_H0, gradients.d_H0)


def test_lstm_gradient_leaves_its_arguments_alone(ops):
    for args in (small(), deep()):
        H, state = ops.lstm_forward_training(*args)
        dY = numpy.random.default_rng(0).standard_normal(H.shape).astype("float32")
        given = [dY, args[0], *state]
        before = [V.copy() for V in given]
        ops.backprop_lstm(dY, SIZES, args[0], state)
        for V, old in zip(given, before, strict=True):
            assert_array_equal(V, old)


def test_lstm_state_survives_pickling(ops):
    args = small()
    args[1][...] = 0.5
    H, state = ops.lstm_forward_training(*args)
    copy = pickle.loads(pickle.dumps(state))
    expected = ops.backprop_lstm(numpy.ones_like(H), SIZES, args[0], state)
    assert_array_equal(ops.backprop_lstm(numpy.ones_like(H), SIZES, args[0], copy)[1], expected[1])


def test_sequences_of_a_batch_do_not_see_each_other(ops):
    params, H0, C0, _, _ = deep()
    rng = numpy.random.default_rng(0)
    a, b = rng.standard_normal((4, 3)).astype("float32"), rng.standard_normal((2, 3)).astype("float32")
    packed = numpy.stack([a[0], b[0], a[1], b[1], a[2], a[3]])
    together = ops.lstm_forward_inference(params, H0, C0, packed, [2, 2, 1, 1])
    alone = [ops.lstm_forward_inference(params, H0, C0, X, [1] * len(X)) for X in (a, b)]
    assert_allclose(together[[0, 2, 4, 5]], alone[0], rtol=1e-5)
    assert_allclose(together[[1, 3]], alone[1], rtol=1e-5)


@pytest.mark.parametrize("sizes", [[2, 1], SIZES.astype("int64"), numpy.array([2, 9, 1])[::2], [2, 1, 0, 0]])
def test_lstm_takes_any_integers_as_sizes(ops, sizes):
    args = small()
    H, state = ops.lstm_forward_training(*args[:4], sizes)
    assert_array_equal(H, ops.lstm_forward_training(*args)[0])
    dX, _ = ops.backprop_lstm(numpy.ones_like(H), sizes, args[0], state)
    assert_allclose(dX[0], [0.21118899], rtol=1e-6)


def test_lstm_takes_other_floats_and_strides(ops):
    expected = ops.lstm_forward_inference(*deep())
    for change in (lambda V: V.astype("float64"), lambda V: V.repeat(2, axis=-1)[..., ::2]):
        found = ops.lstm_forward_inference(*(change(V) for V in deep()[:4]), SIZES)
        assert_allclose(found, expected, rtol=1e-5)
    half = ops.lstm_forward_inference(*(V.astype("float16") for V in deep()[:4]), SIZES)
    assert_allclose(half, expected, atol=1e-3)


def test_lstm_gradient_takes_other_floats(ops):
    args = small()
    H, state = ops.lstm_forward_training(*args)
    dX, d_params = ops.backprop_lstm(numpy.ones(H.shape), SIZES, args[0].astype("float64"), state)
    assert dX.dtype == d_params.dtype == "float32"
    assert_allclose(dX[0], [0.21118899], rtol=1e-6)


def test_lstm_of_no_steps_is_empty(ops):
    params, H0, C0, X, _ = deep()
    H, state = ops.lstm_forward_training(params, H0, C0, X[:0], zeros(0).astype("int32"))
    assert H.shape == (0, 4) and state[1].shape == (2, 2, 0, 8)
    dX, d_params = ops.backprop_lstm(H, [], params, state)
    assert dX.shape == (0, 3) and d_params.shape == (240,) and not d_params.any()


@pytest.mark.parametrize(
    "sizes, words",
    [
        ([2, 2], "size_at_t must sum to the rows; got 4 for 3 rows"),
        ([2], "size_at_t must sum to the rows; got 2 for 3 rows"),
        ([2**31 - 1, 2**31 - 1], "size_at_t must sum to the rows"),
        ([1, 2], "size_at_t must not increase"),
        ([4, -1], "size_at_t must not be negative; got -1 at step 1"),
        ([[2, 1]], "size_at_t must have 1 dimension"),
        ([], "size_at_t must sum to the rows; got 0"),
    ],
)
def test_lstm_refuses_sizes_that_do_not_fit(ops, sizes, words):
    args = small()
    for op in (ops.lstm_forward_training, ops.lstm_forward_inference):
        with pytest.raises(ValueError, match=words):
            op(*args[:4], numpy.array(sizes, "int32"))
    H, state = ops.lstm_forward_training(*args)
    with pytest.raises(ValueError, match=words.replace("size_at_t", "lengths")):
        ops.backprop_lstm(H, numpy.array(sizes, "int32"), args[0], state)


@pytest.mark.parametrize("n", [15, 17, 0])
def test_lstm_refuses_parameters_of_another_size(ops, n):
    args = small()
    params = zeros(n)
    with pytest.raises(ValueError, match=r"params must have shape \(16,\)"):
        ops.lstm_forward_inference(params, *args[1:])
    H, state = ops.lstm_forward_training(*args)
    with pytest.raises(ValueError, match=r"params must have shape \(16,\)"):
        ops.backprop_lstm(H, SIZES, params, state)


@pytest.mark.parametrize(
    "H0, C0", [((1, 1, 1), (1, 1, 2)), ((1, 1, 1), (1, 2, 1)), ((1, 1), (1, 1)), ((1, 3, 1), (1, 3, 1))]
)
def test_lstm_refuses_states_that_do_not_fit(ops, H0, C0):
    args = small()
    for op in (ops.lstm_forward_training, ops.lstm_forward_inference):
        with pytest.raises(ValueError, match="H0"):
            op(args[0], zeros(*H0), zeros(*C0), *args[3:])


def test_lstm_refuses_integers(ops):
    args = small()
    with pytest.raises(TypeError, match="X must have a float dtype"):
        ops.lstm_forward_inference(*args[:3], args[3].astype(int), SIZES)
    with pytest.raises(TypeError, match="size_at_t must have a integer dtype"):
        ops.lstm_forward_inference(*args[:4], [2.0, 1.0])


def test_lstm_gradient_refuses_what_does_not_fit(ops):
    args = deep()
    H, state = ops.lstm_forward_training(*args)
    with pytest.raises(ValueError, match=r"dY must have shape \(3, 4\)"):
        ops.backprop_lstm(H[:, :2], SIZES, args[0], state)
    Y, G, C, X = state
    for broken in ((Y, G[..., :4], C, X), (Y, G, C[:1], X), (Y[0], G, C, X), (Y, G, C, X[:2])):
        with pytest.raises(ValueError, match="fwd_state"):
            ops.backprop_lstm(H, SIZES, args[0], broken)

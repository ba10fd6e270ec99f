"""Identities that hold whatever the numbers: the reference against mathematics, not against itself."""

import inspect
import math

import numpy
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose, assert_array_equal
from ops.cases import CASES, op_names
from support.oracle import REFERENCE as ops
from support.oracle import arrays, positional
from support.strategies import Draw, draws

from thinc.backends import Ops
from thinc.backends.reference._formulas import normal_cdf

LINE = numpy.linspace(-12, 12, 4801)
exact_draws = draws(dtype="float64")
few = settings(max_examples=30, deadline=None)


def test_every_op_has_a_row():
    assert set(op_names()) == {case.op for case in CASES}


def test_rows_have_distinct_names():
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("name", op_names())
def test_every_op_is_documented_with_a_formula(name):
    lines = inspect.getdoc(getattr(Ops, name)).splitlines()
    assert len(lines[0]) <= 90 and lines[0].endswith("."), lines[0]
    assert len(lines) > 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reference_leaves_its_inputs_alone(case, dtype):
    args, keywords = positional(case.draw({"O": 5}, dtype))
    inputs = tuple(X for position, X in enumerate(args) if position not in case.writes)
    before = [X.copy() for X in arrays(inputs)]
    getattr(ops, case.op)(*args, **keywords)
    for X, old in zip(arrays(inputs), before, strict=True):
        assert_array_equal(X, old)


# -- elementwise ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "swish", "dish", "gelu", "gelu_approx", "hard_swish"])
def test_gate_and_its_mirror_sum_to_the_identity(name):
    gate = getattr(ops, name)
    assert_allclose(gate(LINE) - gate(-LINE), LINE, rtol=0, atol=5e-8 if name == "swish" else 1e-14)


@pytest.mark.parametrize("name", ["erf", "hard_tanh"])
def test_function_is_odd(name):
    assert_array_equal(getattr(ops, name)(LINE), -getattr(ops, name)(-LINE))


def test_sigmoid_is_symmetric():
    assert_allclose(ops.sigmoid(LINE) + ops.sigmoid(-LINE), 1.0, rtol=1e-15)


def test_erf_has_the_error_of_its_polynomial():
    exact = [math.erf(x) for x in LINE]
    error = abs(ops.erf(LINE) - exact).max()
    assert 1e-8 < error < 1.5e-7


def test_normal_distribution_is_accurate_in_both_tails():
    x = numpy.linspace(-37, 9, 9201)
    exact = numpy.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])
    # Both round x / sqrt(2), and the exponential of its square turns that into 2 x * x times as much.
    assert (abs(normal_cdf(numpy, x) - exact) <= (4 + 2 * x * x) * numpy.finfo("float64").eps * exact).all()


def test_gelu_is_the_exact_form():
    exact = [x * 0.5 * math.erfc(-x / math.sqrt(2)) for x in LINE]
    assert_allclose(ops.gelu(LINE), exact, rtol=1e-13)


def test_mish_is_its_textbook_form():
    exact = [x * math.tanh(math.log1p(math.exp(x))) if x < 20 else x for x in LINE]
    assert_allclose(ops.mish(LINE), exact, rtol=1e-13)


def test_sechsq_is_the_slope_of_tanh():
    assert_allclose(ops.sechsq(LINE[1200:3601]), ops.dtanh(numpy.tanh(LINE[1200:3601])), rtol=0, atol=1e-15)


# -- rows -----------------------------------------------------------------------------------------------


@few
@given(exact_draws)
def test_softmax_rows_sum_to_one_and_ignore_a_shift(d):
    X = d.floats("NO", 5.0)
    Y = ops.softmax(X)
    assert_allclose(Y.sum(axis=1), 1.0, rtol=1e-13)
    assert_allclose(ops.softmax(X + 3.0), Y, rtol=1e-12)


@few
@given(exact_draws)
def test_sequence_softmax_is_softmax_of_each_sequence(d):
    X, lengths = d.floats("TO"), d.lengths()
    Y = ops.softmax_sequences(X, lengths)
    for piece, rows in zip(
        numpy.split(Y, lengths.cumsum()[:-1]), numpy.split(X, lengths.cumsum()[:-1]), strict=True
    ):
        if len(rows):
            assert_allclose(piece, ops.softmax(rows, axis=0), rtol=1e-13)


@few
@given(exact_draws)
def test_layer_norm_rows_have_mean_zero_and_variance_one(d):
    X = d.floats("NO") + 100.0
    Y, mean, _ = ops.layer_norm(X, numpy.ones(d.O), numpy.zeros(d.O))
    assert_allclose(Y.mean(axis=1), 0.0, atol=1e-10)
    assert_allclose(mean, X.mean(axis=1), rtol=1e-14)
    if d.O > 1:
        assert_allclose(Y.var(axis=1), X.var(axis=1) / (X.var(axis=1) + 1e-8), rtol=1e-9)


@few
@given(exact_draws)
def test_maxout_is_the_maximum_and_its_place(d):
    X = d.floats("BOP")
    Y, which = ops.maxout(X)
    assert_array_equal(Y, X.max(axis=2))
    assert_array_equal(numpy.take_along_axis(X, which[:, :, None].astype(int), 2)[:, :, 0], Y)
    assert_array_equal(ops.backprop_maxout(Y, which, d.P).sum(axis=2), Y)


@few
@given(exact_draws)
def test_reductions_are_those_of_the_pieces(d):
    X, lengths = d.floats("TO"), d.lengths(least=1)
    pieces = numpy.split(X, lengths.cumsum()[:-1])
    assert_array_equal(ops.reduce_first(X, lengths)[0], [piece[0] for piece in pieces])
    assert_array_equal(ops.reduce_last(X, lengths)[0], [piece[-1] for piece in pieces])
    assert_allclose(ops.reduce_sum(X, lengths), [piece.sum(axis=0) for piece in pieces], atol=1e-12)
    assert_allclose(ops.reduce_mean(X, lengths), [piece.mean(axis=0) for piece in pieces], atol=1e-12)
    Y, which = ops.reduce_max(X, lengths)
    assert_array_equal(Y, [piece.max(axis=0) for piece in pieces])
    assert_array_equal(which, [piece.argmax(axis=0) for piece in pieces])


@few
@given(exact_draws)
def test_window_slots_are_shifted_rows(d):
    X, lengths = d.floats("TI"), d.lengths()
    sequence = numpy.repeat(numpy.arange(len(lengths)), lengths)
    Y = ops.seq2col(X, d.F, lengths=lengths).reshape(d.T, 2 * d.F + 1, d.I)
    for t in range(d.T):
        for slot, s in enumerate(range(t - d.F, t + d.F + 1)):
            inside = 0 <= s < d.T and sequence[s] == sequence[t]
            assert_array_equal(Y[t, slot], X[s] if inside else numpy.zeros(d.I))


@few
@given(exact_draws)
def test_window_gradient_is_the_transpose_of_the_window(d):
    X, lengths = d.floats("TI"), d.lengths()
    dY = numpy.tile(d.floats("TI"), 2 * d.F + 1) * d.rng.standard_normal((d.T, (2 * d.F + 1) * d.I))
    forward = (ops.seq2col(X, d.F, lengths=lengths) * dY).sum()
    assert_allclose((ops.backprop_seq2col(dY, d.F, lengths=lengths) * X).sum(), forward, rtol=1e-9, atol=1e-9)


# -- tables ---------------------------------------------------------------------------------------------


@few
@given(exact_draws)
def test_scatter_is_the_transpose_of_gather(d):
    table, indices, dY = d.floats("TO"), d.indices("BK", d.T), d.floats("BO")
    gradient = numpy.zeros_like(table)
    for column in indices.T:
        ops.scatter_add(gradient, column, dY)
    assert_allclose(
        (gradient * table).sum(), (ops.gather_add(table, indices) * dY).sum(), rtol=1e-9, atol=1e-9
    )


def murmur3_128(key, seed):
    """MurmurHash3 x64 128 of 8 bytes in Python's integers."""
    mask = 2**64 - 1

    def mix(z):
        z = (z ^ z >> 33) * 0xFF51AFD7ED558CCD & mask
        z = (z ^ z >> 33) * 0xC4CEB9FE1A85EC53 & mask
        return z ^ z >> 33

    k = key * 0x87C37B91114253D5 & mask
    k = (k << 31 | k >> 33) * 0x4CF5AD432745937F & mask
    h1 = (seed ^ k ^ 8) + (seed ^ 8) & mask
    h2 = (seed ^ 8) + h1 & mask
    h1, h2 = mix(h1), mix(h2)
    h1 = h1 + h2 & mask
    h2 = h2 + h1 & mask
    return [h1 & 0xFFFFFFFF, h1 >> 32, h2 & 0xFFFFFFFF, h2 >> 32]


@few
@given(exact_draws)
def test_hash_is_that_of_plain_integers(d):
    keys = d.keys("N")
    assert ops.hash(keys, 12345).tolist() == [murmur3_128(int(key), 12345) for key in keys]


@few
@given(exact_draws)
def test_ngrams_of_a_slice_are_a_slice_of_the_ngrams(d):
    keys = d.keys("T")
    assert_array_equal(ops.ngrams(d.K, keys)[1:], ops.ngrams(d.K, keys[1:]))


# -- recurrent ------------------------------------------------------------------------------------------


def lstm_of_one_sequence(params, cell, hidden, X):
    """One layer, one direction, row by row, from the formula."""
    nO, nI = len(cell), X.shape[1]
    Wx, bx = params[: 4 * nO * nI].reshape(4, nO, nI), params[4 * nO * nI :][: 4 * nO].reshape(4, nO)
    Wh, bh = params[-4 * nO * (nO + 1) : -4 * nO].reshape(4, nO, nO), params[-4 * nO :].reshape(4, nO)
    rows = []
    for x in X:
        f, i, o, g = Wx @ x + bx + Wh @ hidden + bh
        f, i, o = (1 / (1 + numpy.exp(-gate)) for gate in (f, i, o))
        cell = f * cell + i * numpy.tanh(g)
        hidden = numpy.tanh(cell) * o
        rows.append(hidden)
    return numpy.array(rows)


def test_lstm_is_that_of_its_sequences_in_both_directions():
    d = Draw({}, "float64")
    lengths, nO, nI = [4, 3, 1], 3, 2
    sequences = [d.rng.standard_normal((n, nI)) for n in lengths]
    sizes = [sum(n > t for n in lengths) for t in range(4)]
    packed = numpy.array([sequence[t] for t in range(4) for sequence in sequences if len(sequence) > t])
    params = [d.rng.standard_normal(4 * nO * (nI + 1 + nO + 1)) for _ in range(2)]
    H0, C0 = d.rng.standard_normal((1, 2, nO)), d.rng.standard_normal((1, 2, nO))
    found = ops.lstm_forward_inference(numpy.concatenate(params), H0, C0, packed, sizes)
    forward = [lstm_of_one_sequence(params[0], H0[0, 0], C0[0, 0], X) for X in sequences]
    backward = [lstm_of_one_sequence(params[1], H0[0, 1], C0[0, 1], X[::-1])[::-1] for X in sequences]
    both = [numpy.hstack(pair) for pair in zip(forward, backward, strict=True)]
    expected = [rows[t] for t in range(4) for rows in both if len(rows) > t]
    assert_allclose(found, expected, rtol=1e-12)


def test_second_layer_reads_both_directions_of_the_first():
    d = Draw({}, "float64")
    nO, nI, sizes = 2, 3, [2, 2, 1]
    lower = d.rng.standard_normal(2 * 4 * nO * (nI + nO + 2))
    upper = d.rng.standard_normal(2 * 4 * nO * (2 * nO + nO + 2))
    H0, C0, X = (
        d.rng.standard_normal((2, 2, nO)),
        d.rng.standard_normal((2, 2, nO)),
        d.rng.standard_normal((5, nI)),
    )
    below = ops.lstm_forward_inference(lower, H0[:1], C0[:1], X, sizes)
    expected = ops.lstm_forward_inference(upper, H0[1:], C0[1:], below, sizes)
    found = ops.lstm_forward_inference(numpy.concatenate([lower, upper]), H0, C0, X, sizes)
    assert_allclose(found, expected, rtol=1e-13)

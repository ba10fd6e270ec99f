"""Layers over sequences: attention, LSTM, reductions, windows."""

import numpy
import pytest

from thinc.api import (
    LSTM,
    Linear,
    Padded,
    ParametricAttention,
    ParametricAttention_v2,
    Ragged,
    bidirectional,
    chain,
    clone,
    expand_window,
    fix_random_seed,
    get_current_ops,
    list2ragged,
    noop,
    reduce_first,
    reduce_last,
    reduce_max,
    reduce_mean,
    reduce_sum,
    with_padded,
)
from thinc.layers.bidirectional_v2 import bidirectional_v2
from thinc.testing import check_model

from .test_dense import B, W, close, with_params

ROWS = numpy.array([[1, 2], [3, 4], [-1, 0.5]], dtype="f")
LENGTHS = numpy.array([2, 1], dtype="i")
SEQUENCES = Ragged(ROWS, LENGTHS)


# -- attention -------------------------------------------------------------------------------------

ATTENTION_DY = Ragged(numpy.array([[1, 0], [0, 1], [2, 2]], dtype="f"), LENGTHS)


@pytest.mark.parametrize("constructor", [ParametricAttention, ParametricAttention_v2])
def test_attention_reference_numbers(constructor):
    layer = with_params(constructor(nO=2), Q=[0.5, -1])
    Y, backprop = layer.begin_update(SEQUENCES)
    close(Y.data, [[0.73106, 1.46212], [0.80682, 1.07577], [-1, 0.5]])
    dX = backprop(ATTENTION_DY)
    close(dX.data, [[0.43614, 0.58984], [0.29492, -0.32089], [2, 2]])
    assert dX.lengths is LENGTHS
    close(layer.get_grad("Q"), [1.17967, 1.17967])


def test_attention_with_a_key_transform():
    transform = with_params(Linear(2, 2), W=W[:2], b=B[:2])
    layer = with_params(ParametricAttention_v2(key_transform=transform, nO=2), Q=[0.5, -1])
    Y, backprop = layer.begin_update(SEQUENCES)
    close(Y.data, [[0.01799, 0.03597], [2.94604, 3.92806], [-1, 0.5]])
    close(backprop(ATTENTION_DY).data, [[-0.0615, -0.02649], [0.07948, 1.00851], [2, 2]])
    close(layer.get_grad("Q"), [0.31793, -0.05299])
    close(transform.get_grad("W"), [[0.05299, 0.05299], [-0.10598, -0.10598]])
    close(transform.get_grad("b"), [0, 0])


def test_a_key_transform_gets_its_dimensions_from_the_width():
    layer = ParametricAttention_v2(key_transform=chain(Linear(3), Linear()))
    layer.initialize(X=SEQUENCES)
    assert layer.get_dim("nO") == 2
    assert layer.layers[0].get_dim("nO") == 2


def test_a_key_transform_of_another_width_is_refused():
    with pytest.raises(ValueError, match="Attempt to change dimension 'nO' for model 'linear' from 3 to 2"):
        ParametricAttention_v2(key_transform=Linear(3)).initialize(X=SEQUENCES)


@pytest.mark.parametrize("constructor", [ParametricAttention, ParametricAttention_v2])
def test_attention_takes_its_width_from_y_too(constructor):
    assert constructor().initialize(Y=SEQUENCES).get_dim("nO") == 2


def test_seeded_query():
    fix_random_seed(0)
    close(ParametricAttention(3).initialize().get_param("Q"), [0.00976, 0.04304, 0.02055])


def test_a_copy_of_an_attention_layer_has_a_transform_of_its_own():
    layer = clone(ParametricAttention_v2(key_transform=Linear(2, 2), nO=2), 2).initialize(X=SEQUENCES)
    copied = layer.layers[1]
    assert copied.get_ref("key_transform") is copied.layers[0]
    assert layer.predict(SEQUENCES).data.shape == (3, 2)


# -- LSTM ------------------------------------------------------------------------------------------


def lstm(nO, nI, values=None, **kwargs):
    layer = LSTM(nO, nI, **kwargs).initialize()
    if values is None:
        size = layer.get_param("LSTM").size
        values = numpy.arange(size) / size - 0.5
    return with_params(layer, LSTM=values)


def column(*values):
    return numpy.array(values, dtype="f").reshape((-1, 1))


def test_lstm_reference_numbers():
    ops = get_current_ops()
    layer = lstm(2, 1)
    Y, backprop = layer.begin_update(ops.list2padded([column(1, -1, 0.5), column(2)]))
    one, two = ops.padded2list(Y)
    close(one, [[-0.0093, 0.00506], [0.2168, 0.2378], [0.12668, 0.16449]])
    close(two, [[-0.04155, -0.03638]])
    ones = ops.list2padded([numpy.ones((3, 2), dtype="f"), numpy.ones((1, 2), dtype="f")])
    one, two = ops.padded2list(backprop(ones))
    close(one, [[-0.30415], [-0.40976], [-0.26871]])
    close(two, [[-0.02709]])
    close(
        layer.get_grad("LSTM"),
        [
            *(0.02468, 0.02074, -0.16815, -0.13917, -0.11419, -0.09728, 0.37043, 0.45552),
            *(0.0371, 0.04794, 0.09654, 0.13425, 0.11412, 0.15084, 1.10521, 1.1657),
            *(0.00897, 0.00977, 0.00991, 0.0109, 0.00464, 0.00679, 0.00673, 0.00914),
            *(0.01259, 0.01511, 0.01574, 0.0187, 0.04341, 0.05311, 0.04362, 0.05331),
            *(0.0371, 0.04794, 0.09654, 0.13425, 0.11412, 0.15084, 1.10521, 1.1657),
        ],
    )


def test_lstm_in_two_directions_and_two_layers():
    ops = get_current_ops()
    X = ops.list2padded([column(1, -1)])
    close(lstm(2, 1, bi=True).predict(X).data[:, 0], [[-0.05393, 0.39657], [-0.01929, 0.206]])
    close(lstm(1, 1, depth=2).predict(X).data[:, 0], [[0.23461], [0.38636]])


@pytest.mark.parametrize(("index", "expected"), [(0, 0.62766), (1, 0.51439)])
def test_the_first_initial_states_are_the_cells(index, expected):
    layer = lstm(1, 1, numpy.full(16, 0.5))
    states = numpy.zeros((2, 1, 1, 1), dtype="f")
    states[index] = 1
    layer.set_param("HC0", states)
    X = get_current_ops().list2padded([column(0)])
    close(layer.predict(X).data, [[[expected]]])


@pytest.mark.parametrize(
    ("nO", "nI", "bi", "depth", "size"), [(2, 2, False, 1, 48), (4, 2, True, 1, 96), (4, 2, True, 2, 224)]
)
def test_lstm_has_one_flat_parameter(nO, nI, bi, depth, size):
    layer = LSTM(nO, nI, bi=bi, depth=depth).initialize()
    assert layer.get_param("LSTM").shape == (size,)
    assert layer.get_param("HC0").shape == (2, depth, 1 + bi, nO // (1 + bi))


def test_seeded_lstm():
    fix_random_seed(0)
    close(
        LSTM(1, 1).initialize().get_param("LSTM"),
        [
            *(0.16909, 0.74544, 0.35598, 0.15548, 0, 0, 0, 0),
            *(-0.26447, 0.50539, -0.2162, 1.35714, 0, 0, 0, 0),
        ],
    )


def test_padding_does_not_change_a_sequence():
    ops = get_current_ops()
    layer = LSTM(4, 1, bi=True, depth=2).initialize()
    alone = layer.predict(ops.list2padded([column(1, 2)])).data[:, 0]
    with_others = ops.padded2list(layer.predict(ops.list2padded([column(1, 2), column(3, 4, 5)])))[0]
    numpy.testing.assert_array_equal(alone, with_others)


def test_lstm_of_no_steps_is_empty():
    layer = with_padded(LSTM(4, 3)).initialize()
    for X in ([], [numpy.zeros((0, 3), dtype="f")]):
        Y, backprop = layer.begin_update(X)
        assert [y.shape for y in Y] == [(0, 4)] * len(X)
        assert [dx.shape for dx in backprop(Y)] == [(0, 3)] * len(X)


def test_lstm_dropout_drops_weights():
    ops = get_current_ops()
    X = ops.list2padded([column(1, 2)])
    layer = LSTM(4, 1, dropout=0.5).initialize()
    numpy.random.seed(0)
    mask = ops.get_dropout_mask(layer.get_param("LSTM").shape, 0.5)
    numpy.random.seed(0)
    Y, backprop = layer.begin_update(X)
    weights = layer.get_param("LSTM")
    layer.set_param("LSTM", weights * mask)
    numpy.testing.assert_array_equal(Y.data, layer.predict(X).data)
    backprop(Y)
    assert not layer.get_grad("LSTM")[mask == 0].any()


def test_lstm_cannot_backprop_after_prediction():
    X = get_current_ops().list2padded([column(1, 2)])
    _, backprop = LSTM(4, 1).initialize()(X, is_train=False)
    with pytest.raises(AssertionError, match="lstm: backprop needs a forward pass in training"):
        backprop(X)


def test_lstm_needs_a_layer():
    with pytest.raises(ValueError, match="LSTM depth must be at least 1"):
        LSTM(4, 1, depth=0)


def test_bidirectional_splits_gradient_and_y_between_its_layers():
    batch = Padded(
        numpy.ones((2, 1, 3), dtype="f"),
        *(numpy.array(values, dtype="i") for values in ([1, 1], [2], [0])),
    )
    layer = bidirectional(noop(), noop())
    Y, backprop = layer.begin_update(batch)
    assert Y.data.shape == (2, 1, 6)
    Y.data[:, :, 3:] = 5
    assert (backprop(Y).data == 6).all()


def test_bidirectional_shows_each_layer_its_half_of_y():
    batch = get_current_ops().list2padded([column(1, 2)])
    Y = get_current_ops().list2padded([numpy.ones((2, 6), dtype="f")])
    layer = bidirectional(LSTM()).initialize(X=batch, Y=Y)
    assert layer.name == "bilstm"
    assert [child.get_dim("nO") for child in layer.layers] == [3, 3]


def test_the_second_version_reverses_each_sequence_within_its_length():
    ops = get_current_ops()
    one, two = LSTM(2, 1).initialize(), LSTM(2, 1).initialize()
    model = bidirectional_v2(one, two)
    items = [column(1, 2, 3), column(4), column(5, 6)]
    found = ops.padded2list(model.predict(ops.list2padded(items)))
    for X, Y in zip(items, found, strict=True):
        forwards = one.predict(ops.list2padded([X])).data[:, 0]
        backwards = two.predict(ops.list2padded([X[::-1]])).data[::-1, 0]
        numpy.testing.assert_array_equal(Y, numpy.hstack([forwards, backwards]))
    check_model(model, ops.list2padded(items))


# -- reductions ------------------------------------------------------------------------------------

REDUCED_DY = numpy.array([[1, 2], [3, 4]], dtype="f")
REDUCTIONS = {
    reduce_first: ([[1, 2], [-1, 0.5]], [[1, 2], [0, 0], [3, 4]]),
    reduce_last: ([[3, 4], [-1, 0.5]], [[0, 0], [1, 2], [3, 4]]),
    reduce_max: ([[3, 4], [-1, 0.5]], [[0, 0], [1, 2], [3, 4]]),
    reduce_mean: ([[2, 3], [-1, 0.5]], [[0.5, 1], [0.5, 1], [3, 4]]),
    reduce_sum: ([[4, 6], [-1, 0.5]], [[1, 2], [1, 2], [3, 4]]),
}
all_reductions = pytest.mark.parametrize("reduction", REDUCTIONS, ids=lambda c: c.__name__)


@all_reductions
def test_reduction_reference_numbers(reduction):
    expected_Y, expected_dX = REDUCTIONS[reduction]
    Y, backprop = reduction().begin_update(SEQUENCES)
    close(Y, expected_Y)
    dX = backprop(REDUCED_DY)
    close(dX.data, expected_dX)
    assert dX.lengths is LENGTHS


@all_reductions
def test_reduction_copies(reduction):
    Y = reduction().predict(SEQUENCES)
    assert not numpy.shares_memory(Y, ROWS)


@all_reductions
def test_reduction_checks_its_gradient(reduction):
    _, backprop = reduction().begin_update(SEQUENCES)
    with pytest.raises(ValueError, match=r"Shape mismatch in backprop. Y: \(2, 2\), dY: \(3, 2\)"):
        backprop(ROWS)
    with pytest.raises(ValueError, match="Type mismatch in backprop. Y: float32, dY: float64"):
        backprop(REDUCED_DY.astype("d"))


@all_reductions
@pytest.mark.parametrize("lengths", [[1, 1], [3, 1], [2]])
def test_reduction_refuses_lengths_that_do_not_sum_to_the_rows(reduction, lengths):
    with pytest.raises(IndexError, match="lengths must sum"):
        reduction().predict(Ragged(ROWS, numpy.array(lengths, dtype="i")))


@all_reductions
def test_reduction_accepts_int64_lengths_and_fortran_order(reduction):
    X = Ragged(numpy.asfortranarray(ROWS), LENGTHS.astype("int64"))
    Y, backprop = reduction().begin_update(X)
    close(Y, REDUCTIONS[reduction][0])
    close(backprop(numpy.asfortranarray(REDUCED_DY)).data, REDUCTIONS[reduction][1])


@all_reductions
def test_reduction_of_an_array_says_what_it_wants(reduction):
    for error in (AttributeError, TypeError):
        with pytest.raises(error, match=f"{reduction.__name__}: X must be a Ragged .*'lengths'"):
            reduction().predict(ROWS)


@pytest.mark.parametrize("reduction", [reduce_first, reduce_last, reduce_max])
def test_an_empty_sequence_has_no_first_last_or_largest_row(reduction):
    with pytest.raises(ValueError, match="all sequence lengths must be > 0"):
        reduction().predict(Ragged(ROWS, numpy.array([3, 0], dtype="i")))


@pytest.mark.parametrize("reduction", [reduce_mean, reduce_sum])
def test_an_empty_sequence_has_a_zero_row(reduction):
    Y, backprop = reduction().begin_update(Ragged(ROWS, numpy.array([0, 3], dtype="i")))
    assert not Y[0].any()
    assert backprop(Y).data.shape == ROWS.shape


@pytest.mark.parametrize("reduction", [reduce_mean, reduce_sum])
def test_documents_without_words_keep_their_width(reduction):
    model = chain(list2ragged(), reduction(), Linear(4, 2)).initialize()
    empty = [numpy.zeros((0, 2), dtype="f")] * 3
    Y, backprop = model.begin_update(empty)
    assert Y.shape == (3, 4)
    assert [dx.shape for dx in backprop(Y)] == [(0, 2)] * 3


@all_reductions
def test_reduction_of_no_sequences_is_empty(reduction):
    none = Ragged(numpy.zeros((0, 2), dtype="f"), numpy.zeros(0, dtype="i"))
    Y, backprop = reduction().begin_update(none)
    assert Y.shape == (0, 2)
    assert backprop(Y).dataXd.shape == (0, 2)


@all_reductions
def test_the_gradient_has_the_trailing_shape_of_the_input(reduction):
    X = Ragged(numpy.arange(12, dtype="f").reshape((3, 2, 2)), LENGTHS)
    Y, backprop = reduction().begin_update(X)
    assert Y.shape == (2, 4)
    assert backprop(Y).dataXd.shape == (3, 2, 2)


@pytest.mark.parametrize("reduction", [reduce_mean, reduce_sum, reduce_max])
def test_nan_propagates(reduction):
    rows = ROWS.copy()
    rows[1, 0] = numpy.nan
    Y = reduction().predict(Ragged(rows, LENGTHS))
    assert numpy.isnan(Y).tolist() == [[True, False], [False, False]]


# -- windows ---------------------------------------------------------------------------------------

WINDOW_DY = numpy.arange(18, dtype="f").reshape((3, 6))


def test_window_of_an_array():
    Y, backprop = expand_window(1).begin_update(ROWS)
    assert Y.tolist() == [[0, 0, 1, 2, 3, 4], [1, 2, 3, 4, -1, 0.5], [3, 4, -1, 0.5, 0, 0]]
    assert backprop(WINDOW_DY).tolist() == [[8, 10], [24, 27], [24, 26]]


def test_window_of_a_ragged():
    Y, backprop = expand_window(1).begin_update(SEQUENCES)
    assert Y.data.tolist() == [[0, 0, 1, 2, 3, 4], [1, 2, 3, 4, 0, 0], [0, 0, -1, 0.5, 0, 0]]
    assert backprop(Ragged(WINDOW_DY, LENGTHS)).data.tolist() == [[8, 10], [12, 14], [14, 15]]


def test_wider_window():
    Y = expand_window(2).predict(column(1, 2, 3))
    assert Y.tolist() == [[0, 0, 1, 2, 3], [0, 1, 2, 3, 0], [1, 2, 3, 0, 0]]


def test_window_of_no_rows_has_the_width():
    assert expand_window(1).predict(ROWS[:0]).shape == (0, 6)
    none = Ragged(ROWS[:0], numpy.zeros(2, dtype="i"))
    assert expand_window(1).predict(none).dataXd.shape == (0, 6)


def test_window_of_strided_rows():
    rows = numpy.repeat(ROWS, 2, axis=1)[:, ::2]
    numpy.testing.assert_array_equal(expand_window(1).predict(rows), expand_window(1).predict(ROWS))


def test_window_refuses_what_it_cannot_expand():
    with pytest.raises(ValueError, match="dimensionality 2, was 1"):
        expand_window(1).predict(ROWS[0])
    with pytest.raises(TypeError, match="expand_window"):
        expand_window(1).predict(ROWS.astype("int32"))
    with pytest.raises(TypeError, match="expand_window: X must be a float array or a Ragged; got list"):
        expand_window(1).predict([ROWS])
    with pytest.raises(ValueError, match="lengths"):
        expand_window(1).predict(Ragged(ROWS, numpy.array([1, 1], dtype="i")))


def test_window_refuses_a_gradient_of_another_width():
    _, backprop = expand_window(1).begin_update(ROWS)
    with pytest.raises(ValueError):
        backprop(numpy.ones((3, 5), dtype="f"))

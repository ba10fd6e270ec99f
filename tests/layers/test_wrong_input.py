"""Input of the wrong kind or with the wrong axes: errors say so, and are what earlier releases raised too."""

import numpy
import pytest
from numpy.exceptions import AxisError

from thinc.api import (
    LSTM,
    HashEmbed,
    LayerNorm,
    Linear,
    Ragged,
    bidirectional,
    list2padded,
    softmax_activation,
    tuplify,
    with_array,
    with_array2d,
    with_padded,
    with_reshape,
)
from thinc.layers.bidirectional_v2 import bidirectional_v2

X = numpy.ones((2, 2), dtype="f")
RAGGED = Ragged(X, numpy.array([2], dtype="i"))
PADDED = list2padded().predict([X])
TUPLE = "the output of 'tuple(linear, linear)' must be an array; got tuple of 2 float32 (2, 2)"


def two():
    return tuplify(Linear(2, 2), Linear(2, 2))


# A layer, its input, the error of earlier releases, and its text.
PREDICTIONS = [
    (LSTM(2, 2), X, AttributeError, "lstm: X must be a Padded; got float32 (2, 2)"),
    (LSTM(2, 2), [X], AttributeError, "lstm: X must be a Padded; got list of 1 float32 (2, 2)"),
    (LSTM(2, 2), RAGGED, AttributeError, "lstm: X must be a Padded; got Ragged of float32 (2, 2)"),
    (bidirectional(LSTM(2, 2)), X, AttributeError, "bilstm: X must be a Padded; got float32 (2, 2)"),
    (bidirectional_v2(LSTM(2, 2)), X, TypeError, "bilstm: X must be a Padded; got float32 (2, 2)"),
    (
        with_reshape(Linear(2, 2)),
        X,
        IndexError,
        "with_reshape(linear): X must have 3 axes; got float32 (2, 2)",
    ),
    (
        with_reshape(Linear(2, 2)),
        [X],
        AttributeError,
        "with_reshape(linear): X must be an array; got list of 1",
    ),
    (LayerNorm(2), X[0], AxisError, "layernorm: X must have at least 2 axes; got float32 (2,)"),
    (LayerNorm(2), [X], AttributeError, "layernorm: X must be an array; got list of 1 float32 (2, 2)"),
    (list2padded(), [X[0]], IndexError, "list2padded: seqs must be arrays of at least 2 dimensions; got 1"),
    (with_padded(LSTM(2, 2)), [X[0]], IndexError, "seqs must be arrays of at least 2 dimensions; got 1"),
    (HashEmbed(2, 3), numpy.array(1), ValueError, "hashembed: ids must have one axis; got ()"),
    (softmax_activation(), RAGGED, AttributeError, "softmax_activation: X must be an array; got Ragged of"),
    (with_array(two()), [X], AttributeError, TUPLE),
    (with_array(two()), RAGGED, AttributeError, TUPLE),
    (with_array2d(two()), PADDED, AttributeError, TUPLE),
]


@pytest.mark.parametrize(("model", "wrong", "error", "text"), PREDICTIONS)
def test_wrong_input_is_named(model, wrong, error, text):
    model.initialize()
    for kind in (error, TypeError if issubclass(error, (TypeError, AttributeError)) else ValueError):
        with pytest.raises(kind) as found:
            model.predict(wrong)
        assert text in str(found.value)


@pytest.mark.parametrize("constructor", [bidirectional, bidirectional_v2])
def test_both_directions_need_a_padded_everywhere(constructor):
    with pytest.raises(TypeError, match=r"bilstm: Y must be a Padded; got float32 \(2, 2\)"):
        constructor(LSTM(2, 2)).initialize(X=X, Y=X)
    _, backprop = constructor(LSTM(2, 2)).initialize().begin_update(PADDED)
    with pytest.raises(TypeError, match=r"bilstm: dY must be a Padded; got float32 \(2, 2\)"):
        backprop(X)


def test_gradients_of_the_wrong_kind_are_named():
    _, backprop = LSTM(2, 2).initialize().begin_update(PADDED)
    with pytest.raises(TypeError, match=r"lstm: dY must be a Padded; got float32 \(2, 2\)"):
        backprop(X)
    _, backprop = with_reshape(Linear(2, 2)).initialize().begin_update(X[None])
    with pytest.raises(
        IndexError, match=r"with_reshape\(linear\): dY must have 3 axes; got float32 \(2, 2\)"
    ):
        backprop(X)

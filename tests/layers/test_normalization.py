"""LayerNorm, CauchySimilarity, sigmoid activations and Dropout."""

import numpy
import pytest

from thinc.api import (
    CauchySimilarity,
    Dropout,
    LayerNorm,
    Logistic,
    Padded,
    Ragged,
    set_dropout_rate,
    sigmoid_activation,
    with_array,
)

from .test_dense import DY, X, close, with_params


def test_layernorm_reference_numbers():
    layer = with_params(LayerNorm(3), G=[1, 2, 0.5], b=[0, 1, -1])
    Y, backprop = layer.begin_update(numpy.array([[1, 2, 4], [0, -1, 1]], dtype="f"))
    close(Y, [[-1.06904, 0.46548, -0.33185], [0, -1.44949, -0.38763]])
    close(backprop(DY), [[-0.17181, 0.25772, -0.08591], [-2.50052, 1.25026, 1.25026]])
    close(layer.get_grad("G"), [-1.06904, -2.58312, -1.03012])
    close(layer.get_grad("b"), [0, 2.5, -0.75])


def test_layernorm_takes_its_width_from_x_or_else_from_y():
    for kwargs in ({"X": DY}, {"Y": DY}, {"X": DY, "Y": DY}):
        layer = LayerNorm().initialize(**kwargs)
        assert (layer.get_dim("nI"), layer.get_dim("nO")) == (3, 3)
        assert (layer.get_param("G") == 1).all()
        assert not layer.get_param("b").any()


def test_layernorm_of_a_constant_row_is_b():
    layer = with_params(LayerNorm(3), G=[1, 2, 0.5], b=[0, 1, -1])
    close(layer.predict(numpy.full((1, 3), 5, dtype="f")), [[0, 1, -1]])


def test_layernorm_normalizes_the_last_axis_of_a_padded():
    data = numpy.random.RandomState(0).standard_normal((2, 3, 4)).astype("f")
    sizes = numpy.array([3, 3], dtype="i")
    batch = Padded(data, sizes, numpy.array([2, 2, 2], dtype="i"), numpy.arange(3, dtype="i"))
    layer = with_array(LayerNorm(4)).initialize()
    Y = layer.predict(batch).data
    close(Y.mean(axis=2), numpy.zeros((2, 3)))
    close(Y[:, :1], layer.predict(data[:, :1]))


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_layernorm_takes_integers_as_float64(dtype):
    layer = LayerNorm(2).initialize()
    Y, backprop = layer.begin_update(numpy.array([[0, 1], [1, 0]], dtype=dtype))
    assert Y.dtype == "float64"
    numpy.testing.assert_allclose(Y, [[-1, 1], [1, -1]], rtol=1e-7)
    assert backprop(Y).dtype == "float64"


def test_cauchy_similarity_reference_numbers():
    layer = with_params(CauchySimilarity(2), W=[1, 0.5])
    pair = (X, numpy.array([[0, 0], [1, 1]], dtype="f"))
    Y, backprop = layer.begin_update(pair)
    close(Y, [1 / 4, 4 / 13])
    dX1, dX2 = backprop(numpy.array([1, -1], dtype="f"))
    close(dX1, [[-0.125, 0.125], [-0.09467, 0.18935]])
    close(dX2, -dX1)
    close(layer.get_grad("W"), [-0.03883, 0.1287])


def test_cauchy_similarity_starts_with_ones_and_takes_its_width_from_x():
    layer = CauchySimilarity().initialize(X=(X, X))
    assert layer.get_param("W").tolist() == [1, 1]
    assert layer.get_dim("nO") == 1


def test_cauchy_similarity_refuses_inputs_of_different_shapes():
    with pytest.raises(ValueError, match=r"cauchy_similarity: both inputs must have one shape"):
        CauchySimilarity(2).initialize().predict((X, X[:1]))


@pytest.mark.parametrize("constructor", [sigmoid_activation, Logistic])
def test_sigmoid_reference_numbers(constructor):
    Y, backprop = constructor().begin_update(X)
    close(Y, [[0.73106, 0.1192], [0.62246, 0.95257]])
    close(backprop(numpy.array([[1, 0.5], [-1, 2]], dtype="f")), [[0.19661, 0.0525], [-0.235, 0.09035]])


def test_sigmoid_of_large_input_stays_above_zero():
    Y = sigmoid_activation().predict(numpy.array([[-100, 100]], dtype="f"))
    numpy.testing.assert_allclose(Y, [[2.0611537e-09, 1.0]], rtol=1e-6)


# -- dropout ---------------------------------------------------------------------------------------

ONES = numpy.ones((2, 4), dtype="f")


def test_dropout_mask_of_a_seed():
    numpy.random.seed(0)
    Y, backprop = Dropout(0.5).begin_update(ONES)
    assert Y.tolist() == [[2, 2, 2, 2], [0, 2, 0, 2]]
    assert (backprop(ONES) == Y).all()


@pytest.mark.parametrize("change", [{"dropout_rate": 0.0}, {"is_enabled": False}])
def test_inactive_dropout_returns_its_very_input(change):
    layer = Dropout(0.5)
    layer.attrs.update(change)
    Y, backprop = layer.begin_update(ONES)
    assert Y is ONES
    assert backprop(ONES) is ONES


def test_dropout_does_nothing_in_prediction():
    assert Dropout(0.5).predict(ONES) is ONES


def test_a_rate_of_one_drops_everything():
    assert not Dropout(1.0).begin_update(ONES)[0].any()


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_rates_out_of_range_are_refused(rate):
    with pytest.raises(ValueError, match="dropout rate must be between 0 and 1"):
        Dropout(rate)
    layer = set_dropout_rate(Dropout(0.5), rate)
    with pytest.raises(ValueError, match="dropout rate must be between 0 and 1"):
        layer.begin_update(ONES)


def test_dropout_draws_one_mask_per_item_of_a_list_and_returns_a_list():
    numpy.random.seed(0)
    Y, backprop = Dropout(0.5).begin_update((ONES[:1], ONES[1:]))
    assert [y.tolist() for y in Y] == [[[2, 2, 2, 2]], [[0, 2, 0, 2]]]
    assert isinstance(Y, list)
    with pytest.raises(ValueError, match="dropout: dY must have 2 items; got 1"):
        backprop([ONES])


def test_dropout_keeps_the_trailing_shape_of_a_ragged():
    data = numpy.ones((3, 2, 2), dtype="f")
    Y, backprop = Dropout(0.5).begin_update(Ragged(data, numpy.array([1, 2], dtype="i")))
    assert Y.dataXd.shape == (3, 2, 2)
    assert backprop(Y).dataXd.shape == (3, 2, 2)


def test_dropout_masks_a_padded_with_its_padding():
    sizes = numpy.array([2], dtype="i")
    batch = Padded(ONES[None], sizes, numpy.array([1, 1], dtype="i"), numpy.arange(2, dtype="i"))
    numpy.random.seed(0)
    Y, _ = Dropout(0.5).begin_update(batch)
    assert Y.data.tolist() == [[[2, 2, 2, 2], [0, 2, 0, 2]]]
    assert Y.lengths is batch.lengths

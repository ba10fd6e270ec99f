"""Frozen trees: no gradients, no work for them, and where backprop ends."""

import pickle

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.api import (
    LSTM,
    Adam,
    CauchySimilarity,
    Dropout,
    Embed,
    HashEmbed,
    LayerNorm,
    Linear,
    Maxout,
    Model,
    MultiSoftmax,
    NumpyOps,
    Padded,
    ParametricAttention,
    ParametricAttention_v2,
    Ragged,
    Relu,
    SparseLinear_v2,
    chain,
    concatenate,
    list2padded,
    with_array,
)

X = numpy.random.default_rng(0).normal(size=(6, 4)).astype("float32")
IDS = numpy.array([1, 2, 3, 1, 0, 2], dtype="uint64")
SPARSE = (IDS, numpy.ones(6, "float32"), numpy.array([4, 2], "int32"))
RAGGED = Ragged(X, numpy.array([2, 4], "int32"))


class Watched(NumpyOps):
    """Ops that refuse to compute gradients of weights."""

    def refuse(self, *args, **kwargs):
        raise AssertionError("a gradient was computed")

    backprop_affine = scatter_add = backprop_sparse_linear = refuse

    def gemm(self, x, y, out=None, trans1=False, trans2=False, **kwargs):
        assert not trans1, "a gradient of weights was computed"
        return super().gemm(x, y, out, trans1, trans2, **kwargs)


LAYERS = {
    "linear": (lambda: Linear(3, 4), X),
    "relu": (lambda: Relu(3, 4), X),
    "maxout": (lambda: Maxout(3, 4, normalize=True), X),
    "multisoftmax": (lambda: MultiSoftmax((1, 2), 4), X),
    "embed": (lambda: Embed(3, 5), IDS),
    "embed-dropout": (lambda: Embed(3, 5, dropout=0.5), IDS),
    "hashembed": (lambda: HashEmbed(3, 5), IDS),
    "attention": (lambda: ParametricAttention(), RAGGED),
    "attention_v2": (lambda: ParametricAttention_v2(key_transform=Linear()), RAGGED),
    "cauchy_similarity": (lambda: CauchySimilarity(), (X, X + 1)),
    "sparse_linear": (lambda: SparseLinear_v2(3, 16), SPARSE),
    "layernorm": (lambda: LayerNorm(4), X),
    "lstm": (lambda: LSTM(3, 4), list2padded().predict([X, X[:2]])),
}


def ones_like(Y):
    if isinstance(Y, Padded):
        return Padded(numpy.ones_like(Y.data), Y.size_at_t, Y.lengths, Y.indices)
    if isinstance(Y, Ragged):
        return Ragged(numpy.ones_like(Y.data), Y.lengths)
    return numpy.ones_like(Y)


def data_of(dX):
    return dX.data if isinstance(dX, (Padded, Ragged)) else dX


@pytest.mark.parametrize("name", LAYERS)
def test_a_frozen_layer_has_the_same_input_gradient_and_none_of_its_own(name):
    make, example = LAYERS[name]
    model = make().initialize(X=example)
    Y, backprop = model.begin_update(example)
    expected = backprop(ones_like(Y))
    assert all(node.grad_names for node in model.walk() if node.param_names)
    model.freeze()
    assert not any(node.grad_names for node in model.walk())
    Y, backprop = model.begin_update(example)
    dX = backprop(ones_like(Y))
    assert not any(node.grad_names for node in model.walk())
    if not isinstance(expected, tuple):
        numpy.testing.assert_allclose(data_of(dX), data_of(expected), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(set(LAYERS) - {"layernorm"}))
def test_a_frozen_layer_computes_no_gradient_of_its_weights(name):
    make, example = LAYERS[name]
    model = make().initialize(X=example).freeze()
    for node in model.walk():
        node.ops = Watched()
    Y, backprop = model.begin_update(example)
    backprop(ones_like(Y))


def test_layers_above_and_below_a_frozen_one_learn():
    model = chain(Linear(4, 4), Linear(4, 4), Linear(2, 4)).initialize()
    below, frozen, above = model.layers
    weights = frozen.get_param("W").copy()
    frozen.freeze()
    Y, backprop = model.begin_update(X)
    backprop(numpy.ones_like(Y))
    model.finish_update(Adam(0.1, L2=0.1))
    assert below.has_grad("W") and above.has_grad("W") and not frozen.has_grad("W")
    assert_array_equal(frozen.get_param("W"), weights)


def test_backprop_ends_at_a_prefix_without_input_gradient():
    def fail(dY):
        raise AssertionError("backprop went on")

    node = Model("node", lambda model, X, is_train: (X, fail))
    prefix = chain(node, node).freeze(input_gradient=False)
    model = chain(prefix, Linear(2, 4)).initialize()
    Y, backprop = model.begin_update(X)
    assert_array_equal(backprop(numpy.ones_like(Y)), numpy.zeros_like(X))
    assert model.layers[1].has_grad("W")


LISTS = [X[:2], X[2:]]


@pytest.mark.parametrize("inputs", [X, LISTS, Ragged(X, numpy.array([2, 4], "int32"))])
def test_the_gradient_at_an_ended_backprop_has_the_form_of_the_input(inputs):
    ended = with_array(Linear(4, 4)).initialize().freeze(input_gradient=False)
    model = concatenate(with_array(Linear(4, 4)).initialize(), ended)
    Y, backprop = model.begin_update(inputs)
    assert type(backprop(Y)) is type(inputs)


def test_an_ended_padded_and_other_inputs():
    ended = Model("m", lambda model, X, is_train: (X, lambda dY: dY)).freeze(input_gradient=False)
    padded = list2padded().predict(LISTS)
    dX = ended.begin_update(padded)[1](padded)
    assert dX.data.shape == padded.data.shape and not dX.data.any()
    assert ended.begin_update("text")[1](None) is None


def test_unfreezing_brings_everything_back():
    model = chain(Linear(4, 4), Linear(2, 4)).initialize()
    forward = model._func
    model.freeze(input_gradient=False).freeze(input_gradient=False).unfreeze()
    assert model._func is forward
    Y, backprop = model.begin_update(X)
    assert backprop(numpy.ones_like(Y)).any()
    assert all(layer.has_grad("W") for layer in model.layers)


@pytest.mark.parametrize("copy", [Model.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_stay_frozen(copy):
    model = copy(Linear(4, 4).initialize().freeze(input_gradient=False))
    Y, backprop = model.begin_update(X)
    assert not backprop(Y).any() and not model.has_grad("W")


def test_dropout_goes_on_in_a_frozen_tree():
    model = Dropout(0.5).freeze()
    assert (model.begin_update(numpy.ones((40, 40), "float32"))[0] == 0).any()


def test_predictions_and_bytes_do_not_depend_on_being_frozen():
    model = chain(Linear(4, 4), Linear(2, 4)).initialize()
    Y, data = model.predict(X), model.to_bytes()
    model.freeze(input_gradient=False)
    assert_array_equal(model.predict(X), Y)
    assert model.to_bytes() == data


def test_a_frozen_group_of_the_optimizer_freezes_its_nodes_until_another_group_takes_them():
    model = chain(Linear(4, 4), Linear(2, 4)).initialize()
    optimizer = Adam()
    optimizer.add_group(model, lambda node, name: node is model.layers[0], frozen=True)
    optimizer.add_group(model, lambda node, name: node is model.layers[1] and name == "b", frozen=True)
    assert [layer.is_frozen for layer in model.layers] == [True, False]
    optimizer.add_group(model, lambda node, name: name == "b", L2=0.0)
    assert [layer.is_frozen for layer in model.layers] == [False, False]


def test_wrapped_models_of_frozen_nodes_are_not_updated():
    class Shim:
        def finish_update(self, optimizer):
            self.param, _ = optimizer((1, "W"), numpy.ones(2), numpy.ones(2), lr_scale=1.0)

    model = Model("m", lambda *args, **kwargs: None, shims=[Shim()])
    model.finish_update(lambda key, param, grad, lr_scale: (param - 1, grad))
    assert_array_equal(model.shims[0].param, numpy.zeros(2))
    model.freeze().finish_update(lambda key, param, grad, lr_scale: (param - 1, grad))
    assert_array_equal(model.shims[0].param, numpy.ones(2))

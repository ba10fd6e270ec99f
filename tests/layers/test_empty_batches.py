"""Batches without rows, in both directions, where the containers don't keep the width."""

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.api import (
    Dropout,
    Embed,
    HashEmbed,
    Linear,
    Model,
    ParametricAttention,
    ParametricAttention_v2,
    Ragged,
    chain,
    concatenate,
    expand_window,
    list2array,
    list2ragged,
    noop,
    ragged2list,
    residual,
    with_array,
    with_array2d,
    with_list,
    with_padded,
    with_ragged,
)

NO_LENGTHS = numpy.zeros(2, dtype="int32")
EMBEDDINGS = {"embed": lambda: Embed(2, 3), "hashembed": lambda: HashEmbed(2, 3, seed=1)}


def no_rows(*shape, dtype="float32"):
    return Ragged(numpy.zeros((0, *shape), dtype), NO_LENGTHS)


def gradients(model):
    return [node.get_grad(name) for node in model.walk() for name in node.grad_names]


# Layers over an all-empty Ragged of width 2.
OVER_RAGGED = {
    "dropout": lambda: Dropout(0.5),
    "attention": ParametricAttention,
    "attention_v2": lambda: ParametricAttention_v2(key_transform=Linear()),
    "expand_window": expand_window,
    "residual": lambda: residual(with_array(Linear(2))),
    "concatenate": lambda: concatenate(with_array(Linear(2)), noop()),
    "list2ragged": lambda: chain(ragged2list(), with_array(Linear(3)), list2ragged()),
    "with_array": lambda: with_array(Linear(3)),
    "with_array2d": lambda: with_array2d(Linear(3)),
    "with_array2d-dropout": lambda: with_array2d(Dropout(0.5)),
    "with_list": lambda: with_list(with_array(Linear(3))),
    "with_list-dropout": lambda: with_list(Dropout(0.5)),
    "with_ragged-dropout": lambda: with_ragged(Dropout(0.5)),
    "with_padded": lambda: with_padded(with_array2d(Linear(3))),
    "with_padded-dropout": lambda: with_padded(Dropout(0.5)),
}


@pytest.mark.parametrize("name", OVER_RAGGED)
def test_a_gradient_made_of_the_data_of_an_empty_ragged_needs_no_width(name):
    model = OVER_RAGGED[name]().initialize(X=Ragged(numpy.ones((3, 2), "f"), numpy.array([2, 1], "int32")))
    Y, backprop = model.begin_update(no_rows(2))
    dX = backprop(Ragged(Y.data * 1, Y.lengths))
    assert dX.dataXd.shape == (0, 2)
    assert_array_equal(dX.lengths, NO_LENGTHS)
    assert not any(gradient.any() for gradient in gradients(model))


def test_a_gradient_of_another_width_than_an_empty_output_is_refused():
    model = with_array(Linear(3, 2)).initialize()
    _, backprop = model.begin_update(no_rows(2))
    with pytest.raises(ValueError, match="gemm"):
        backprop(no_rows(4))


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embedding_an_empty_list_passes_both_ways(name):
    model = with_array(EMBEDDINGS[name]()).initialize()
    assert model.predict([]) == []
    Y, backprop = model.begin_update([])
    assert (Y, backprop([])) == ([], [])
    assert not any(gradient.any() for gradient in gradients(model))


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embedding_what_an_empty_list_becomes(name):
    ragged = chain(list2ragged(), with_array(EMBEDDINGS[name]())).initialize()
    assert ragged.predict([]).dataXd.shape == (0, 2)
    array = chain(list2array(), EMBEDDINGS[name]()).initialize()
    Y, backprop = array.begin_update([])
    assert Y.shape == (0, 2)
    assert backprop(Y) == []


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embedding_an_empty_ragged_of_ids(name):
    model = with_array(EMBEDDINGS[name]()).initialize()
    Y, backprop = model.begin_update(no_rows(dtype="uint64"))
    assert Y.dataXd.shape == (0, 2)
    assert backprop(Ragged(Y.data * 1, Y.lengths)).dataXd.shape == (0,)


def test_no_rows_of_ids_keep_their_axes():
    assert Embed(2, 3).initialize().predict(numpy.zeros((0, 0), "uint64")).shape == (0, 0, 2)


def test_hashing_no_rows_of_ids():
    assert HashEmbed(2, 3).initialize().predict(numpy.zeros((0, 4), "uint64")).shape == (0, 2)


@pytest.mark.parametrize("constructor", [Embed, HashEmbed])
def test_a_column_of_an_empty_array_with_one_axis(constructor):
    model = constructor(2, 3, column=1).initialize()
    Y, backprop = model.begin_update(numpy.zeros((0,), "int64"))
    assert Y.shape == (0, 2)
    assert backprop(Y).shape == (0,)


def test_a_layer_that_knows_no_width_gets_the_gradient_of_an_empty_list_in_its_own():
    seen = []

    def forward(model, X, is_train):
        return numpy.zeros((len(X), 5), "f"), lambda dY: seen.append(dY.shape) or X

    _, backprop = with_array(Model("five", forward)).begin_update([])
    backprop([])
    assert seen == [(0, 5)]

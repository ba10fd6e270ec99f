"""What nodes look like from outside: names, dims, params, attrs, annotations. Stored bytes depend on it."""

import inspect
import typing

import numpy
import pytest

from thinc import types
from thinc.api import *  # noqa: F403
from thinc.layers.array_getitem import floats_getitem, ints_getitem
from thinc.layers.chain import forward as forward_chain
from thinc.model import Model

# ruff: noqa: F405


def resize(layer, nO):
    return layer


OPS = NumpyOps()
WEIGHTS = ["W", "b"]
LINE = {"slope": 1.0, "offset": 0.0, "min_val": 0.0, "max_val": 1.0}
IO = {"nO": None, "nI": None}

# layer: name, dims, params, attrs
NODES = [
    (lambda: Linear(4, 3), "linear", {"nO": 4, "nI": 3}, WEIGHTS, {}),
    (Relu, "relu", IO, WEIGHTS, {}),
    (Mish, "mish", IO, WEIGHTS, {}),
    (Gelu, "gelu", IO, WEIGHTS, {}),
    (Swish, "swish", IO, WEIGHTS, {}),
    (Dish, "dish", IO, WEIGHTS, {}),
    (HardSwish, "hardswish", IO, WEIGHTS, {}),
    (HardSwishMobilenet, "hardswishmobilenet", IO, WEIGHTS, {}),
    (ClippedLinear, "clipped_linear", IO, WEIGHTS, LINE),
    (lambda: ReluK(k=3.0), "clipped_linear", IO, WEIGHTS, {**LINE, "max_val": 3.0}),
    (HardTanh, "clipped_linear", IO, WEIGHTS, {**LINE, "min_val": -1.0}),
    (HardSigmoid, "clipped_linear", IO, WEIGHTS, {**LINE, "slope": 0.2, "offset": 0.5}),
    (Maxout, "maxout", {**IO, "nP": 3}, WEIGHTS, {}),
    (Sigmoid, "sigmoid", IO, WEIGHTS, {}),
    (Softmax, "softmax", IO, WEIGHTS, {"softmax_normalize": True, "softmax_temperature": 1.0}),
    (lambda: MultiSoftmax((1, 2)), "multisoftmax", {"nO": 3, "nI": None}, WEIGHTS, {"nOs": (1, 2)}),
    (lambda: LayerNorm(4), "layernorm", {"nI": 4, "nO": 4}, ["G", "b"], {}),
    (lambda: Dropout(0.2), "dropout", {}, [], {"dropout_rate": 0.2, "is_enabled": True}),
    (lambda: Embed(2, 3), "embed", {"nO": 2, "nV": 3}, ["E"], {"column": None}),
    (
        lambda: Embed(2, 3, dropout=0.2),
        "embed",
        {"nO": 2, "nV": 3},
        ["E"],
        {"dropout_rate": 0.2, "column": None},
    ),
    (lambda: Embed(2, 3, column=1), "ints-getitem>>embed", {"nO": 2}, [], {"column": 1}),
    (
        lambda: HashEmbed(2, 3, seed=7),
        "hashembed",
        {"nO": 2, "nV": 3, "nI": None},
        ["E"],
        {"column": None, "seed": 7},
    ),
    (lambda: HashEmbed(2, 3, column=1), "ints-getitem>>hashembed", {"nO": 2}, [], {"column": 1}),
    (SparseLinear, "sparse_linear", {"nO": None, "length": 2**18}, WEIGHTS, {"v1_indexing": True}),
    (SparseLinear_v2, "sparse_linear", {"nO": None, "length": 2**18}, WEIGHTS, {"v1_indexing": False}),
    (ParametricAttention, "para-attn", {"nO": None}, ["Q"], {}),
    (ParametricAttention_v2, "para-attn", {"nO": None}, ["Q"], {}),
    (CauchySimilarity, "cauchy_similarity", {"nI": None, "nO": 1}, ["W"], {}),
    (
        lambda: LSTM(4, bi=True, depth=2, dropout=0.1),
        "lstm",
        {"nO": 4, "nI": None, "depth": 2, "dirs": 2},
        ["LSTM", "HC0"],
        {"registry_name": "LSTM.v1", "dropout_rate": 0.1},
    ),
    (lambda: add(Linear(2), Linear(2)), "add", IO, [], {}),
    (lambda: add(Linear(2), noop()), "add", {"nO": None}, [], {}),
    (lambda: chain(Linear(2, 5), Linear(4)), "linear>>linear", {"nO": 4, "nI": 5}, [], {}),
    (lambda: chain(noop(), Linear(4)), "noop>>linear", {"nO": 4}, [], {}),
    (lambda: concatenate(Linear(2), Relu(2)), "linear|relu", IO, [], {}),
    (lambda: bidirectional(LSTM(2)), "bilstm", {}, [], {}),
    (noop, "noop", {}, [], {}),
    (lambda: map_list(Linear(2)), "map_list", {}, [], {}),
    (lambda: residual(Linear(2)), "residual(linear)", {"nO": 2, "nI": None}, [], {}),
    (
        lambda: siamese(Linear(2, 3), CauchySimilarity(2)),
        "siamese(linear, cauchy_similarity)",
        {"nI": 3, "nO": 1},
        [],
        {},
    ),
    (lambda: tuplify(Linear(2), noop()), "tuple(linear, noop)", {"nI": None}, [], {}),
    (lambda: uniqued(Linear(2), column=1), "uniqued(linear)", IO, [], {"column": 1}),
    (
        lambda: resizable(Linear(2), resize),
        "resizable(linear)",
        {"nO": 2, "nI": None},
        [],
        {"resize_layer": resize},
    ),
    (
        lambda: with_array(Maxout(2), pad=1),
        "with_array(maxout)",
        {"nO": 2, "nI": None, "nP": 3},
        [],
        {"pad": 1},
    ),
    (lambda: with_array2d(Linear(2)), "with_array(linear)", {"nO": 2, "nI": None}, [], {"pad": 0}),
    (lambda: with_list(Linear(2)), "with_list(linear)", {"nO": 2, "nI": None}, [], {}),
    (lambda: with_padded(Linear(2)), "with_padded(linear)", {"nO": 2, "nI": None}, [], {}),
    (lambda: with_cpu(Linear(2), OPS), "with_cpu(linear)", {"nO": 2, "nI": None}, [], {}),
    (lambda: with_ragged(Linear(2)), "with_ragged(linear)", {}, [], {}),
    (lambda: with_flatten(Linear(2)), "with_flatten(linear)", {}, [], {}),
    (lambda: with_flatten_v2(Linear(2)), "with_flatten(linear)", {}, [], {}),
    (lambda: with_getitem(1, Linear(2)), "with_getitem(linear)", {}, [], {"idx": 1}),
    (lambda: with_reshape(Linear(2)), "with_reshape(linear)", IO, [], {}),
    (lambda: array_getitem([1]), "array-getitem", {}, [], {"index": [1]}),
    (lambda: ints_getitem((1, 2)), "ints-getitem", {}, [], {"index": (1, 2)}),
    (lambda: floats_getitem(3), "floats-getitem", {}, [], {"index": 3}),
    (lambda: expand_window(2), "expand_window", {}, [], {"window_size": 2}),
    (
        lambda: remap_ids({1: 2}),
        "remap_ids",
        {},
        [],
        {"mapping_table": {1: 2}, "dtype": "i", "default": 0},
    ),
    (
        lambda: remap_ids_v2({1: 2}, column=1),
        "remap_ids",
        {},
        [],
        {"mapping_table": {1: 2}, "default": 0, "column": 1},
    ),
    *[
        (layer, layer.__name__, {}, [], {})
        for layer in (
            *(reduce_first, reduce_last, reduce_max, reduce_mean, reduce_sum),
            *(list2array, list2padded, list2ragged, padded2list, ragged2list),
            *(strings2arrays, sigmoid_activation, softmax_activation),
        )
    ],
    (Logistic, "logistic", {}, [], {}),
]


@pytest.mark.parametrize(("build", "name", "dims", "params", "attrs"), NODES)
def test_node(build, name, dims, params, attrs):
    model = build()
    assert model.name == name
    assert {dim: model.maybe_get_dim(dim) for dim in model.dim_names} == dims
    assert list(model.dim_names) == list(dims)
    assert list(model.param_names) == params
    assert model.attrs == attrs
    assert list(model.attrs) == list(attrs)


def test_attention_refers_to_its_transform():
    transform = Linear(2)
    model = ParametricAttention_v2(key_transform=transform)
    assert model.get_ref("key_transform") is model.layers[0] is transform


def test_bytes_of_an_unset_layer():
    expected = (
        "84a56e6f6465739184a5696e64657800a46e616d65a66c696e656172a464696d7382a26e4f01a26e4902a4"
        "7265667380a561747472739180a6706172616d739182a157c0a162c0a57368696d739190"
    )
    assert Linear(1, 2).to_bytes().hex() == expected


# -- annotations -----------------------------------------------------------------------------------

TYPED = {
    Linear: (types.Floats2d, types.Floats2d),
    Maxout: (types.Floats2d, types.Floats2d),
    Softmax: (types.Floats2d, types.Floats2d),
    LayerNorm: (types.Floats2d, types.Floats2d),
    softmax_activation: (types.Floats2d, types.Floats2d),
    Logistic: (types.Floats2d, types.Floats2d),
    Relu: (types.Floats2d, types.Floats2d),
    LSTM: (types.Padded, types.Padded),
    ParametricAttention: (types.Ragged, types.Ragged),
    ParametricAttention_v2: (types.Ragged, types.Ragged),
    reduce_first: (types.Ragged, types.Floats2d),
    reduce_last: (types.Ragged, types.Floats2d),
    reduce_max: (types.Ragged, types.Floats2d),
    reduce_mean: (types.Ragged, types.Floats2d),
    reduce_sum: (types.Ragged, types.Floats2d),
    padded2list: (types.Padded, None),
    ragged2list: (types.Ragged, None),
    list2padded: (None, types.Padded),
    list2ragged: (None, types.Ragged),
    CauchySimilarity: (tuple[types.Floats2d, types.Floats2d], types.Floats1d),
    remap_ids_v2: (None, types.Ints2d),
}


@pytest.mark.parametrize("layer", TYPED, ids=lambda layer: layer.__name__)
def test_forward_functions_are_annotated(layer):
    hints = typing.get_type_hints(layer()._func)
    parameters = list(inspect.signature(layer()._func).parameters)
    expected_X, expected_Y = TYPED[layer]
    assert parameters[2] == "is_train"
    if expected_X is not None:
        assert hints[parameters[1]] == expected_X
    if expected_Y is not None:
        assert typing.get_args(hints["return"])[0] == expected_Y


def test_all_forward_functions_take_a_model_an_input_and_is_train():
    for build, *_ in NODES:
        for node in build().walk():
            assert list(inspect.signature(node._func).parameters)[2:] == ["is_train"]


def test_embeddings_take_ids():
    for layer in (Embed(2, 3), HashEmbed(2, 3)):
        assert typing.get_type_hints(layer._func)["ids"] == types.Ints1d


def test_validation_reports_the_wrong_kind_of_input():
    with data_validation(True):
        with pytest.raises(DataValidationError, match="linear"):
            Linear(2).initialize(X=numpy.zeros((1, 2, 3), dtype="f"))
        Linear(2).initialize(X=numpy.zeros((1, 2), dtype="f"))
        with pytest.raises(DataValidationError, match="reduce_sum"):
            reduce_sum().initialize(X=numpy.zeros((1, 2), dtype="f"))
        chain(Linear(2), Relu(2)).initialize(X=numpy.zeros((1, 2), dtype="f"))


def test_validation_passes_for_all_kinds_of_containers():
    rows = numpy.zeros((3, 2), dtype="f")
    ragged = types.Ragged(rows, numpy.array([1, 2], dtype="i"))
    with data_validation(True):
        for X in (rows, [rows], ragged, list2padded().predict([rows])):
            with_array2d(Linear(2)).initialize(X=X)
            with_array(noop()).initialize(X=X)
            Dropout(0.2).initialize(X=X)
        for X in (rows, [rows], ragged):
            residual(noop()).initialize(X=X)
        for X in (rows, ragged):
            expand_window().initialize(X=X)
        for X in (ragged, [rows], list2padded().predict([rows])):
            with_list(with_array2d(Linear(2))).initialize(X=X)
            with_padded(with_array2d(Linear(2))).initialize(X=X)
            with_ragged(with_array2d(Linear(2))).initialize(X=X)


def test_models_of_layers_are_models():
    assert isinstance(chain(Linear(1), Linear(1)), Model)
    assert chain(Linear(1), Linear(1))._func is forward_chain

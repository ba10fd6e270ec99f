# ruff: noqa: F405
"""One row per layer: how to build it, what to feed it, and what it promises.

`test_contract.py` and the benchmarks read this table. A layer without a row fails a test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy

from thinc.backends import NumpyOps
from thinc.initializers import glorot_uniform_init
from thinc.layers import *  # noqa: F403
from thinc.layers.array_getitem import floats_getitem, ints_getitem
from thinc.types import Padded, Ragged

OPS = NumpyOps()


def floats(*shape: int, seed: int = 0) -> Any:
    """Normal draws, float32, never close to where activations have a corner."""
    draws = numpy.random.RandomState(seed + sum(shape)).standard_normal(shape)
    return (draws + numpy.sign(draws) * 0.05).astype("float32")


def ragged(*lengths: int, width: int = 3) -> Ragged:
    return Ragged(floats(sum(lengths), width), numpy.array(lengths, dtype="int32"))


def items(*lengths: int, width: int = 3) -> list:
    return [floats(length, width, seed=i) for i, length in enumerate(lengths)]


def padded(*lengths: int, width: int = 3) -> Padded:
    return OPS.list2padded(items(*lengths, width=width))


def ids(*values: int) -> Any:
    return numpy.array(values, dtype="uint64")


TABLE = numpy.array([[1, 5], [5, 1], [2, 2], [5, 7]], dtype="uint64")
FEATURES = (ids(5, 7, 1, 9), floats(4), numpy.array([1, 0, 3], dtype="int32"))


@dataclass
class Case:
    """A layer's row.

    Args:
        build: gives a new layer whose dimensions come from the example.
        X, Y: example; also the input of the checks.
        check: keyword arguments for `check_model`.
        empty: an input without rows or sequences, None if there is no such thing.
    """

    build: Callable[[], Any]
    X: Any
    Y: Any = None
    check: dict = field(default_factory=dict)
    empty: Any = None


LOGITS = {"gradients": False}  # backprop wants the gradient of the logits
SHARED = {"input_gradient": False}  # what backprop returns is not the gradient of each element
NO_ROWS = floats(0, 3)
NO_SEQUENCES = Ragged(floats(0, 3), numpy.zeros(0, dtype="int32"))
EMPTY_SEQUENCES = Ragged(floats(0, 3), numpy.zeros(2, dtype="int32"))
ACTIVATIONS = (
    Relu, Mish, Gelu, Swish, Dish, HardSwish, HardSwishMobilenet,
    ClippedLinear, ReluK, HardTanh, HardSigmoid, Maxout,
)  # fmt: skip
REDUCTIONS = (reduce_first, reduce_last, reduce_max)


def _plain(layer: Callable) -> Case:
    return Case(lambda: layer(4), floats(5, 3), empty=NO_ROWS)


def _followed(layer: Callable) -> Case:
    return Case(lambda: layer(4, dropout=0.2, normalize=True), floats(5, 3), empty=NO_ROWS)


CASES: dict[str, Case] = {
    "Linear": _plain(Linear),
    **{layer.__name__: _plain(layer) for layer in ACTIVATIONS},
    **{layer.__name__ + "-normalize-dropout": _followed(layer) for layer in ACTIVATIONS},
    "Sigmoid": Case(lambda: Sigmoid(4, init_W=glorot_uniform_init), floats(5, 3), empty=NO_ROWS),
    "Softmax": Case(
        lambda: Softmax(4, init_W=glorot_uniform_init), floats(5, 3), check=LOGITS, empty=NO_ROWS
    ),
    "Softmax_v2": Case(
        lambda: Softmax_v2(init_W=glorot_uniform_init, temperature=2.0),
        floats(5, 3),
        floats(5, 2),
        check=LOGITS,
        empty=NO_ROWS,
    ),
    "MultiSoftmax": Case(lambda: MultiSoftmax((2, 3)), floats(5, 3), check=LOGITS, empty=NO_ROWS),
    "LayerNorm": Case(LayerNorm, floats(5, 3), empty=NO_ROWS),
    "LayerNorm-3d": Case(LayerNorm, floats(2, 4, 3), empty=floats(0, 4, 3)),
    "Dropout": Case(lambda: Dropout(0.2), floats(5, 3), empty=NO_ROWS),
    "Dropout-list": Case(lambda: Dropout(0.2), items(2, 0, 3), empty=[]),
    "Dropout-ragged": Case(lambda: Dropout(0.2), ragged(2, 0, 3), empty=NO_SEQUENCES),
    "Dropout-padded": Case(lambda: Dropout(0.2), padded(2, 4, 1)),
    "sigmoid_activation": Case(sigmoid_activation, floats(5, 3), empty=NO_ROWS),
    "Logistic": Case(Logistic, floats(5, 3), empty=NO_ROWS),
    "softmax_activation": Case(softmax_activation, floats(5, 3), empty=NO_ROWS),
    "Embed": Case(lambda: Embed(4, 8), ids(1, 5, 5, 2), empty=ids()),
    "Embed-dropout": Case(lambda: Embed(4, 8, dropout=0.3), ids(1, 5, 5, 2), empty=ids()),
    "Embed-column": Case(lambda: Embed(4, 8, column=1), TABLE, empty=TABLE[:0]),
    "Embed-2d": Case(lambda: Embed(4, 8), TABLE, empty=TABLE[:0]),
    "HashEmbed": Case(lambda: HashEmbed(4, 8), ids(1, 5, 5, 2**63), empty=ids()),
    "HashEmbed-column": Case(lambda: HashEmbed(4, 8, column=1, dropout=0.3), TABLE, empty=TABLE[:0]),
    "SparseLinear": Case(lambda: SparseLinear(2, 8), FEATURES, check=SHARED),
    "SparseLinear_v2": Case(lambda: SparseLinear_v2(2, 10), FEATURES, check=SHARED),
    "ParametricAttention": Case(ParametricAttention, ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "ParametricAttention_v2": Case(
        lambda: ParametricAttention_v2(key_transform=Linear()), ragged(2, 0, 3), empty=EMPTY_SEQUENCES
    ),
    "ParametricAttention_v2-default": Case(ParametricAttention_v2, ragged(2, 0, 3), empty=NO_SEQUENCES),
    "CauchySimilarity": Case(
        CauchySimilarity, (floats(5, 3), floats(5, 3, seed=1)), empty=(NO_ROWS, NO_ROWS)
    ),
    "LSTM": Case(lambda: LSTM(4), padded(2, 4, 1), empty=padded()),
    "LSTM-deep-bi": Case(lambda: LSTM(4, bi=True, depth=2), padded(2, 0, 4, 4)),
    **{layer.__name__: Case(layer, ragged(2, 1, 3), empty=NO_SEQUENCES) for layer in REDUCTIONS},
    "reduce_mean": Case(reduce_mean, ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "reduce_sum": Case(reduce_sum, ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "expand_window": Case(expand_window, floats(5, 3), empty=NO_ROWS),
    "expand_window-ragged": Case(lambda: expand_window(2), ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "chain": Case(lambda: chain(Relu(4), Linear(2)), floats(5, 3), empty=NO_ROWS),
    "add": Case(lambda: add(Mish(3), noop(), noop()), floats(5, 3), empty=NO_ROWS),
    "add-ragged": Case(lambda: add(with_array(Mish(3)), noop()), ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "add-list": Case(lambda: add(noop(), with_array(Mish(3))), items(2, 0, 3), empty=[]),
    "concatenate": Case(lambda: concatenate(Mish(4), noop(), noop()), floats(5, 3), empty=NO_ROWS),
    "concatenate-ragged": Case(
        lambda: concatenate(with_array(Mish(4)), noop()), ragged(2, 0, 3), empty=EMPTY_SEQUENCES
    ),
    "concatenate-list": Case(lambda: concatenate(with_array(Mish(4)), noop()), items(2, 0, 3), empty=[]),
    "clone": Case(lambda: clone(Mish(3, 3), 3), floats(5, 3), empty=NO_ROWS),
    "noop": Case(noop, floats(5, 3), empty=NO_ROWS),
    "residual": Case(lambda: residual(Mish(3)), floats(5, 3), empty=NO_ROWS),
    "residual-noop": Case(lambda: residual(noop()), floats(5, 3), empty=NO_ROWS),
    "residual-list": Case(lambda: residual(with_array(Mish(3))), items(2, 0, 3), empty=[]),
    "residual-ragged": Case(lambda: residual(with_array(Mish(3))), ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "residual-padded": Case(lambda: residual(with_array2d(Mish(3))), padded(2, 4, 1)),
    "tuplify": Case(lambda: tuplify(Mish(4), noop(), noop()), floats(5, 3), empty=NO_ROWS),
    "siamese": Case(lambda: siamese(Linear(2, 3), CauchySimilarity()), (floats(5, 3), floats(5, 3, seed=1))),
    "uniqued": Case(lambda: uniqued(Embed(2, 9, column=0)), TABLE, empty=TABLE[:0]),
    "uniqued-linear": Case(lambda: uniqued(Linear(2)), numpy.repeat(floats(3, 3), 2, axis=0), check=SHARED),
    "bidirectional": Case(lambda: bidirectional(LSTM(2)), padded(2, 4, 1)),
    "map_list": Case(lambda: map_list(Linear(2)), items(2, 1, 3), empty=[]),
    "resizable": Case(lambda: resizable(Linear(2), lambda layer, nO: layer), floats(5, 3), empty=NO_ROWS),
    "list2array": Case(list2array, items(2, 0, 3), empty=[]),
    "list2ragged": Case(list2ragged, items(2, 0, 3), empty=[]),
    "ragged2list": Case(ragged2list, ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "list2padded": Case(list2padded, items(2, 0, 3, 3), empty=[]),
    "padded2list": Case(padded2list, padded(2, 0, 3, 3), empty=padded()),
    "array_getitem": Case(lambda: array_getitem([0, 0, 2]), floats(5, 3)),
    "array_getitem-column": Case(lambda: floats_getitem((slice(0, None), 1)), floats(5, 3), empty=NO_ROWS),
    "array_getitem-ids": Case(lambda: ints_getitem((slice(0, None), 1)), TABLE, empty=TABLE[:0]),
    "with_array": Case(lambda: with_array(Mish(2)), floats(5, 3), empty=NO_ROWS),
    "with_array-list": Case(lambda: with_array(Mish(2)), items(2, 0, 3), empty=[]),
    "with_array-pad": Case(lambda: with_array(expand_window(), pad=1), items(2, 0, 3), empty=[]),
    "with_array-ragged": Case(lambda: with_array(Mish(2)), ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "with_array-padded": Case(lambda: with_array(LayerNorm()), padded(2, 4, 1)),
    "with_array2d": Case(lambda: with_array2d(Mish(2)), floats(5, 3), empty=NO_ROWS),
    "with_array2d-list": Case(lambda: with_array2d(Mish(2)), items(2, 0, 3), empty=[]),
    "with_array2d-ragged": Case(lambda: with_array2d(Mish(2)), ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "with_array2d-padded": Case(lambda: with_array2d(Mish(2)), padded(2, 4, 1)),
    "with_list": Case(lambda: with_list(with_array(Mish(2))), items(2, 0, 3), empty=[]),
    "with_list-ragged": Case(lambda: with_list(with_array(Mish(2))), ragged(2, 0, 3), empty=NO_SEQUENCES),
    "with_list-padded": Case(lambda: with_list(with_array(Mish(2))), padded(2, 4, 1), empty=padded()),
    "with_ragged": Case(lambda: with_ragged(with_array(Mish(2))), items(2, 0, 3), empty=[]),
    "with_ragged-ragged": Case(lambda: with_ragged(with_array(Mish(2))), ragged(2, 0, 3)),
    "with_ragged-padded": Case(lambda: with_ragged(with_array(Mish(2))), padded(2, 4, 1)),
    "with_ragged-tuple": Case(
        lambda: with_ragged(with_array(Mish(2))), (floats(5, 3), numpy.array([2, 0, 3], dtype="int32"))
    ),
    "with_padded": Case(lambda: with_padded(with_array2d(Mish(2))), items(2, 1, 3)),
    "with_padded-ragged": Case(lambda: with_padded(LSTM(2)), ragged(2, 0, 3), empty=EMPTY_SEQUENCES),
    "with_padded-padded": Case(lambda: with_padded(LSTM(2)), padded(2, 4, 1)),
    "with_padded-array": Case(lambda: with_padded(LSTM(2)), floats(4, 2, 3)),
    "with_padded-fields": Case(
        lambda: with_padded(LSTM(2)),
        (
            floats(2, 2, 3),
            numpy.array([2, 2], dtype="int32"),
            numpy.array([2, 2], dtype="int32"),
            numpy.array([1, 0], dtype="int32"),
        ),
    ),
    "with_flatten": Case(lambda: with_flatten(list2array()), [items(1, 1), [], items(1)], empty=[]),
    "with_flatten_v2": Case(
        lambda: with_flatten_v2(map_list(Mish(2))), [items(2, 1), [], items(3)], empty=[]
    ),
    "with_reshape": Case(lambda: with_reshape(Mish(2)), floats(2, 4, 3), empty=floats(0, 4, 3)),
    "with_getitem": Case(lambda: with_getitem(-1, Mish(2)), (floats(5, 3), floats(5, 3, seed=1))),
    "with_cpu": Case(lambda: with_cpu(Mish(2), OPS), floats(5, 3), empty=NO_ROWS),
    "with_debug": Case(lambda: with_debug(Mish(2)), floats(5, 3), empty=NO_ROWS),
    "with_nvtx_range": Case(lambda: with_nvtx_range(Mish(2)), floats(5, 3), empty=NO_ROWS),
    "remap_ids": Case(lambda: remap_ids({"a": 1}), ["a", "b"], empty=[]),
    "remap_ids_v2": Case(lambda: remap_ids_v2({5: 1}), ids(1, 5, 5), empty=ids()),
    "premap_ids": Case(lambda: premap_ids({5: 1}), ids(1, 5, 5), empty=ids()),
    "strings2arrays": Case(strings2arrays, [["a", "b"], []], empty=[]),
}
# Not runnable without a package that this table does not ask for.
WITHOUT_CASE = {"with_signpost_interval"}

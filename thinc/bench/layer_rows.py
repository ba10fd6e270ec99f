"""The rows of the layer table: every layer, forward and with its way back, against an earlier release.

Like `rows.py` this file also runs by itself inside other installations, so it imports nothing of its own
package. Arrays have 32 or 2000 rows of 96; containers hold 80 sequences of 25 such rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

__all__ = ["ROWS", "LayerRow"]

WIDTH = 96
Make = Callable[[Any], tuple[Any, Any]]  # the API of an installation -> a layer and its input


@dataclass
class LayerRow:
    """One layer on one input; `least` is how many times faster than the earlier release it has to be."""

    layer: str
    make_layer: Make
    update: bool
    least: float = 1.0

    unit, work, goal, torch, moved, group = "us", 1, None, None, None, "layers"

    @property
    def name(self) -> str:
        return f"{self.layer} {'update' if self.update else 'predict'}"

    def make(self, api: Any, ops: Any) -> Callable[[], object]:
        model, X = self.make_layer(api)
        model.initialize(X=X) if X is not None else model.initialize()
        if not self.update:
            return lambda: model.predict(X)
        dY = gradient_like(api, model.begin_update(X)[0])

        def update() -> None:
            model.begin_update(X)[1](dY)

        return update


def gradient_like(api: Any, Y: Any) -> Any:
    """A gradient of the kind of an output."""
    if isinstance(Y, (list, tuple)):
        return type(Y)([gradient_like(api, y) for y in Y])
    if isinstance(Y, api.Ragged):
        return api.Ragged(gradient_like(api, Y.data), Y.lengths)
    if isinstance(Y, api.Padded):
        return api.Padded(gradient_like(api, Y.data), Y.size_at_t, Y.lengths, Y.indices)
    return normal(*Y.shape)


def normal(*shape: int) -> Any:
    return numpy.random.default_rng(0).normal(size=shape).astype("float32")


def ints(dtype: str, *shape: int) -> Any:
    return numpy.random.default_rng(1).integers(0, 1000, size=shape).astype(dtype)


def array(api: Any, n_rows: int) -> Any:
    return normal(n_rows, WIDTH)


def sequences(api: Any) -> list:
    return list(normal(80, 25, WIDTH))


def ragged(api: Any) -> Any:
    return api.Ragged(normal(2000, WIDTH), numpy.full(80, 25, dtype="int32"))


def padded(api: Any) -> Any:
    return api.list2padded().predict(sequences(api))


def uneven(api: Any) -> list:
    lengths = numpy.random.default_rng(2).integers(1, 50, size=80)
    return [normal(n, WIDTH) for n in lengths]


def plain(name: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """A layer by name, for arrays."""
    return lambda api: getattr(api, name)(*args, **kwargs)


def linear(api: Any) -> Any:
    return api.Linear(WIDTH, WIDTH)


def dense(name: str, **kwargs: Any) -> tuple[str, Callable[[Any], Any]]:
    title = name + "".join(f", {key}" for key in kwargs)
    return title, lambda api: getattr(api, name)(WIDTH, WIDTH, **kwargs)


# fmt: off
DENSE = (
    "Linear", "Relu", "Mish", "Gelu", "Swish", "Dish", "HardSwish", "HardSwishMobilenet", "ClippedLinear",
    "ReluK", "HardTanh", "HardSigmoid", "Maxout", "Sigmoid", "Softmax", "Softmax_v2",
)
# fmt: on
ARRAY_LAYERS: list[tuple[str, Callable[[Any], Any], float]] = [
    *((*dense(name), 1.0) for name in DENSE),
    (*dense("Relu", normalize=True), 1.0),
    (*dense("Maxout", normalize=True), 4.0),
    (*dense("Maxout", normalize=True, dropout=0.2), 1.0),
    ("Gelu 768", lambda api: api.Gelu(768, WIDTH), 4.0),
    ("MultiSoftmax", lambda api: api.MultiSoftmax((32, 64), WIDTH), 1.0),
    ("LayerNorm", plain("LayerNorm", WIDTH), 1.0),
    ("Dropout", plain("Dropout", 0.2), 1.0),
    ("sigmoid_activation", plain("sigmoid_activation"), 1.0),
    ("softmax_activation", plain("softmax_activation"), 1.0),
    ("expand_window", plain("expand_window", 1), 1.0),
    ("noop", plain("noop"), 1.0),
    ("chain", lambda api: api.chain(linear(api), api.LayerNorm(WIDTH), linear(api)), 1.0),
    ("clone", lambda api: api.clone(linear(api), 3), 1.0),
    ("add", lambda api: api.add(linear(api), linear(api)), 1.0),
    ("concatenate", lambda api: api.concatenate(linear(api), linear(api), linear(api)), 1.0),
    ("residual", lambda api: api.residual(linear(api)), 1.0),
    ("tuplify", lambda api: api.tuplify(linear(api), linear(api)), 1.0),
    ("resizable", lambda api: api.resizable(linear(api), None), 1.0),
    ("with_array of arrays", lambda api: api.with_array(linear(api)), 1.0),
    ("with_cpu", lambda api: api.with_cpu(linear(api), linear(api).ops), 1.0),
    ("array_getitem", lambda api: api.array_getitem((slice(0, None), slice(0, 48))), 1.0),
]


def on_rows(n_rows: int) -> list[LayerRow]:
    def with_rows(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda api: (make(api), array(api, n_rows))

    return [
        LayerRow(f"{title} {n_rows}x{WIDTH}", with_rows(make), update, least)
        for title, make, least in ARRAY_LAYERS
        for update in (False, True)
    ]


def tok2vec(api: Any) -> tuple[Any, Any]:
    embed = api.concatenate(*[api.HashEmbed(WIDTH, 5000, column=i, seed=i) for i in range(4)])
    window = api.residual(
        api.chain(api.expand_window(1), api.Maxout(WIDTH, 3 * WIDTH, nP=3, normalize=True, dropout=0.0))
    )
    mixed = api.Maxout(WIDTH, 4 * WIDTH, nP=3, normalize=True, dropout=0.0)
    model = api.chain(api.with_array(api.chain(embed, mixed)), api.with_array(api.clone(window, 4), pad=4))
    ids = numpy.random.default_rng(0).integers(0, 2**60, size=(80, 25, 4)).astype("uint64")
    return model, list(ids)


def sparse(api: Any) -> Any:
    keys = numpy.random.default_rng(0).integers(0, 2**60, size=80 * 25).astype("uint64")
    return keys, normal(80 * 25), numpy.full(80, 25, dtype="int32")


def pairs(api: Any) -> Any:
    return normal(2000, WIDTH), normal(2000, WIDTH)[::-1].copy()


def words(api: Any) -> list:
    return [[f"word{(i * j) % 97}" for j in range(25)] for i in range(80)]


def nested(api: Any) -> list:
    return [sequences(api)[start : start + 8] for start in range(0, 80, 8)]


def single_rows(api: Any) -> list:
    return [[row[None] for row in sequence] for sequence in sequences(api)]


def both(api: Any) -> list:
    return [api.with_array(linear(api)) for _ in range(2)]


TABLE = {i: i + 1 for i in range(1000)}
OTHERS: list[tuple[str, Make, float]] = [
    ("Embed", lambda api: (api.Embed(WIDTH, 1000), ints("int32", 2000)), 1.0),
    ("Embed, 32 ids", lambda api: (api.Embed(WIDTH, 1000), ints("int32", 32)), 1.0),
    ("Embed, uint64", lambda api: (api.Embed(WIDTH, 1000), ints("uint64", 2000)), 1.0),
    ("HashEmbed", lambda api: (api.HashEmbed(WIDTH, 1000, seed=1), ints("uint64", 2000)), 1.0),
    ("HashEmbed, 32 ids", lambda api: (api.HashEmbed(WIDTH, 1000, seed=1), ints("uint64", 32)), 1.0),
    (
        "HashEmbed, column",
        lambda api: (api.HashEmbed(WIDTH, 1000, seed=1, column=1), ints("uint64", 2000, 4)),
        1.0,
    ),
    (
        "HashEmbed, dropout",
        lambda api: (api.HashEmbed(WIDTH, 1000, seed=1, dropout=0.1), ints("uint64", 2000)),
        1.0,
    ),
    ("uniqued", lambda api: (api.uniqued(api.Embed(WIDTH, 1000, column=0)), ints("uint64", 2000, 1)), 1.0),
    ("SparseLinear", lambda api: (api.SparseLinear(8, 2**14), sparse(api)), 1.0),
    ("SparseLinear_v2", lambda api: (api.SparseLinear_v2(8, 2**14), sparse(api)), 1.0),
    ("ParametricAttention", lambda api: (api.ParametricAttention(WIDTH), ragged(api)), 1.0),
    (
        "ParametricAttention_v2",
        lambda api: (api.ParametricAttention_v2(nO=WIDTH, key_transform=linear(api)), ragged(api)),
        1.0,
    ),
    ("CauchySimilarity", lambda api: (api.CauchySimilarity(WIDTH), pairs(api)), 1.0),
    ("siamese", lambda api: (api.siamese(linear(api), api.CauchySimilarity(WIDTH)), pairs(api)), 1.0),
    ("LSTM", lambda api: (api.LSTM(WIDTH, WIDTH), padded(api)), 4.0),
    ("LSTM, uneven", lambda api: (api.LSTM(WIDTH, WIDTH), api.list2padded().predict(uneven(api))), 4.0),
    ("LSTM, bi", lambda api: (api.LSTM(WIDTH, WIDTH, bi=True), padded(api)), 4.0),
    (
        "LSTM, deep",
        lambda api: (api.with_padded(api.LSTM(WIDTH, WIDTH, bi=True, depth=2)), sequences(api)),
        4.0,
    ),
    ("LSTM, dropout", lambda api: (api.LSTM(WIDTH, WIDTH, dropout=0.2), padded(api)), 4.0),
    *(
        (f"reduce_{kind}", lambda api, kind=kind: (getattr(api, f"reduce_{kind}")(), ragged(api)), 1.0)
        for kind in ("first", "last", "max", "mean", "sum")
    ),
    ("expand_window of Ragged", lambda api: (api.expand_window(1), ragged(api)), 1.0),
    ("Dropout of Ragged", lambda api: (api.Dropout(0.2), ragged(api)), 1.0),
    ("Dropout of list", lambda api: (api.Dropout(0.2), sequences(api)), 1.0),
    ("Dropout of Padded", lambda api: (api.Dropout(0.2), padded(api)), 1.0),
    ("residual of Ragged", lambda api: (api.residual(api.with_array(linear(api))), ragged(api)), 1.0),
    ("residual of list", lambda api: (api.residual(api.with_array(linear(api))), sequences(api)), 1.0),
    ("residual of Padded", lambda api: (api.residual(api.with_array2d(linear(api))), padded(api)), 1.0),
    ("concatenate of Ragged", lambda api: (api.concatenate(*both(api)), ragged(api)), 1.0),
    ("concatenate of lists", lambda api: (api.concatenate(*both(api)), sequences(api)), 1.0),
    ("list2array", lambda api: (api.list2array(), sequences(api)), 1.0),
    ("list2ragged", lambda api: (api.list2ragged(), sequences(api)), 1.0),
    ("ragged2list", lambda api: (api.ragged2list(), ragged(api)), 1.0),
    ("list2padded", lambda api: (api.list2padded(), sequences(api)), 1.0),
    ("list2padded, uneven", lambda api: (api.list2padded(), uneven(api)), 1.0),
    ("padded2list", lambda api: (api.padded2list(), padded(api)), 1.0),
    ("with_array of list", lambda api: (api.with_array(linear(api)), sequences(api)), 1.0),
    ("with_array of list, pad", lambda api: (api.with_array(linear(api), pad=1), sequences(api)), 1.0),
    ("with_array of Ragged", lambda api: (api.with_array(linear(api)), ragged(api)), 1.0),
    ("with_array of Padded", lambda api: (api.with_array(api.Dropout(0.2)), padded(api)), 1.0),
    ("with_array2d of list", lambda api: (api.with_array2d(linear(api)), sequences(api)), 1.0),
    ("with_array2d of Ragged", lambda api: (api.with_array2d(linear(api)), ragged(api)), 1.0),
    ("with_array2d of Padded", lambda api: (api.with_array2d(linear(api)), padded(api)), 1.0),
    ("with_list of Ragged", lambda api: (api.with_list(api.with_array(linear(api))), ragged(api)), 1.0),
    ("with_list of Padded", lambda api: (api.with_list(api.with_array(linear(api))), padded(api)), 1.0),
    ("with_ragged of list", lambda api: (api.with_ragged(api.with_array(linear(api))), sequences(api)), 1.0),
    ("with_ragged of Padded", lambda api: (api.with_ragged(api.with_array(linear(api))), padded(api)), 1.0),
    (
        "with_padded of list",
        lambda api: (api.with_padded(api.with_array2d(linear(api))), sequences(api)),
        1.0,
    ),
    ("with_padded of Ragged", lambda api: (api.with_padded(api.with_array2d(linear(api))), ragged(api)), 1.0),
    ("with_flatten", lambda api: (api.with_flatten(api.list2array()), single_rows(api)), 1.0),
    ("with_flatten_v2", lambda api: (api.with_flatten_v2(api.with_array(linear(api))), nested(api)), 1.0),
    ("with_getitem", lambda api: (api.with_getitem(0, linear(api)), pairs(api)), 1.0),
    ("map_list", lambda api: (api.map_list(linear(api)), sequences(api)), 1.0),
    ("bidirectional", lambda api: (api.bidirectional(api.with_array2d(linear(api))), padded(api)), 1.0),
    ("strings2arrays", lambda api: (api.strings2arrays(), words(api)), 1.0),
    ("remap_ids", lambda api: (api.remap_ids(TABLE), ints("int64", 2000).tolist()), 1.0),
    ("remap_ids_v2", lambda api: (api.remap_ids_v2(TABLE), ints("int64", 2000)), 1.0),
    ("premap_ids", lambda api: (api.premap_ids(TABLE), ints("int64", 2000)), 1.0),
    ("tok2vec, 80 x 25 tokens", tok2vec, 4.0),
]

ROWS = [
    *on_rows(32),
    *on_rows(2000),
    *(LayerRow(title, make, update, least) for title, make, least in OTHERS for update in (False, True)),
]

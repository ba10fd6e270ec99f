"""Rows of the ops on rows and matrices: products, normalisation, maxout, reductions, windows."""

from typing import Any

import numpy
from support.case import Case, gradients
from support.oracle import REFERENCE
from support.strategies import Draw


def softmax_magnitude(x, axis=-1):
    z = x - x.max(axis=axis, keepdims=True)
    Y = numpy.exp(z)
    return Y / Y.sum(axis=axis, keepdims=True) * (1.0 + abs(z))


def probabilities(d: Draw) -> tuple:
    return d.ops.softmax(d.floats("NO")), d.floats("NO")


def attention(d: Draw) -> tuple:
    lengths = d.lengths()
    return d.floats("TO"), d.ops.softmax_sequences(d.floats("TO"), lengths), lengths


def normalized(d: Draw) -> tuple:
    X = d.floats("NO")
    G = d.floats("O")
    _, mean, rstd = d.ops.layer_norm(X, G, G)
    return d.floats("NO"), X, mean, rstd, G


def layer_norm_magnitude(X, G, b):
    _, mean, rstd = REFERENCE.layer_norm(X, G, b)
    # The mean is a sum: its error is that of its terms, however small it is itself.
    size = abs(X).mean(axis=-1) if X.shape[-1] else abs(mean)
    return (abs(X) + size[..., None]) * rstd[..., None] * abs(G) + abs(b), size, rstd


def backprop_layer_norm_magnitude(dY, X, mean, rstd, G):
    x = (abs(X) + abs(mean)[..., None]) * rstd[..., None]
    g = abs(dY * G)
    width = max(X.shape[-1], 1)
    dX = g + g.sum(-1, keepdims=True) / width + x * (g * x).sum(-1, keepdims=True) / width
    return rstd[..., None] * dX, (abs(dY) * x).sum(0), abs(dY).sum(0)


def layer_norm_pull(ops: Any, dY: numpy.ndarray, Y: Any, args: tuple) -> dict:
    return gradients([0, 1, 2], ops.backprop_layer_norm(dY, args[0], Y[1], Y[2], args[1]))


NORMALIZATION = [
    Case(
        "softmax",
        lambda d: (d.floats("NO", 4.0),),
        bound=4,
        terms=("O",),
        magnitude=softmax_magnitude,
        target=None,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_softmax(Y, dY)},
    ),
    Case(
        "softmax",
        lambda d: (d.floats("NO", 4.0), {"axis": 0, "temperature": 2.0}),
        "axis",
        bound=4,
        terms=("N",),
        magnitude=lambda x: softmax_magnitude(x / 2.0, 0),
        target=None,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_softmax(Y, dY, axis=0, temperature=2.0)},
    ),
    Case(
        "backprop_softmax",
        probabilities,
        bound=4,
        terms=("O",),
        magnitude=lambda Y, dY: Y * (abs(dY) + (Y * abs(dY)).sum(-1, keepdims=True)),
    ),
    Case(
        "softmax_sequences",
        lambda d: (d.floats("TO"), d.lengths()),
        bound=4,
        terms=("T",),
        target=None,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_softmax_sequences(dY, Y, args[1])},
    ),
    Case(
        "backprop_softmax_sequences",
        attention,
        bound=4,
        terms=("T",),
        magnitude=lambda dY, Y, lengths: Y * (abs(dY) + (Y * abs(dY)).sum(0)),
    ),
    Case(
        "layer_norm",
        lambda d: (d.floats("NO"), d.floats("O"), d.floats("O")),
        bound=4,
        magnitude=layer_norm_magnitude,
        pull=lambda ops, dY, Y, args: gradients(
            [0, 1, 2], ops.backprop_layer_norm(dY, args[0], Y[1], Y[2], args[1])
        ),
    ),
    Case(
        "layer_norm",
        lambda d: (d.floats("BNO"), d.floats("O"), d.floats("O"), 1e-3),
        label="rank3",
        bound=4,
        magnitude=lambda X, G, b, eps: layer_norm_magnitude(X, G, b),
        pull=lambda ops, dY, Y, args: gradients(
            [0, 1, 2], ops.backprop_layer_norm(dY, args[0], Y[1], Y[2], args[1])
        ),
    ),
    Case(
        "backprop_layer_norm",
        normalized,
        bound=4,
        terms=("O", "N", "N"),
        magnitude=backprop_layer_norm_magnitude,
    ),
]


def affine_pull(ops: Any, dY: numpy.ndarray, Y: Any, args: tuple) -> dict:
    return gradients([0, 1, 2], ops.backprop_affine(dY, args[0], args[1]))


def product(label: str, x: str, y: str, **keywords: Any) -> Case:
    def pull(ops: Any, dY: numpy.ndarray, Y: Any, args: tuple) -> dict:
        dX, dW, _ = ops.backprop_affine(dY, args[0], args[1])
        return {0: dX, 1: dW}

    return Case(
        "gemm",
        lambda d: (d.floats(x), d.floats(y), keywords),
        label,
        terms=("I",),
        magnitude="inputs",
        pull=pull if label == "nt" else None,
        backward="backprop_affine",
    )


GEMM = [
    product("nn", "NI", "IO"),
    product("nt", "NI", "OI", trans2=True),
    product("tn", "IN", "IO", trans1=True),
    product("tt", "IN", "OI", trans1=True, trans2=True),
    Case(
        "affine",
        lambda d: (d.floats("NI"), d.floats("OI"), d.floats("O")),
        bound=2,
        terms=("I",),
        magnitude="inputs",
        pull=affine_pull,
    ),
    Case(
        "backprop_affine",
        lambda d: (d.floats("NO"), d.floats("NI"), d.floats("OI")),
        terms=("O", "N", "N"),
        magnitude="inputs",
    ),
]

MAXOUT = [
    Case(
        "maxout",
        lambda d: (d.floats("BOP"),),
        exact=True,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_maxout(dY, Y[1], args[0].shape[2])},
    ),
    Case("backprop_maxout", lambda d: (d.floats("BO"), d.indices("BO", d.P), d.P), exact=True),
]

REDUCTIONS = [
    Case(
        "reduce_first",
        lambda d: (d.floats("TO"), d.lengths(least=1)),
        exact=True,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_reduce_first(dY, Y[1])},
    ),
    Case(
        "backprop_reduce_first",
        lambda d: (d.floats("BO"), numpy.arange(d.B + 1, dtype="int32") * 2 if d.B else d.indices("B", 0)),
        exact=True,
    ),
    Case(
        "reduce_last",
        lambda d: (d.floats("TO"), d.lengths(least=1)),
        exact=True,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_reduce_last(dY, Y[1])},
    ),
    Case(
        "backprop_reduce_last",
        lambda d: (d.floats("BO"), numpy.arange(d.B, dtype="int32") * 2 + 1),
        exact=True,
    ),
    Case(
        "reduce_sum",
        lambda d: (d.floats("TO"), d.lengths()),
        terms=("T",),
        magnitude="inputs",
        pull=lambda ops, dY, Y, args: {0: ops.backprop_reduce_sum(dY, args[1])},
    ),
    Case("backprop_reduce_sum", lambda d: (d.floats("BO"), d.indices("B", d.T + 1)), exact=True),
    Case(
        "reduce_mean",
        lambda d: (d.floats("TO"), d.lengths()),
        bound=2,
        terms=("T",),
        magnitude="inputs",
        pull=lambda ops, dY, Y, args: {0: ops.backprop_reduce_mean(dY, args[1])},
    ),
    Case("backprop_reduce_mean", lambda d: (d.floats("BO"), d.indices("B", d.T + 1))),
    Case(
        "reduce_max",
        lambda d: (d.floats("TO"), d.lengths(least=1)),
        exact=True,
        pull=lambda ops, dY, Y, args: {0: ops.backprop_reduce_max(dY, Y[1], args[1])},
    ),
    Case(
        "backprop_reduce_max",
        lambda d: (
            (d.floats("BO"), d.indices("BO", d.T), numpy.full(d.B, max(d.T, 1), "int32"))
            if d.T
            else (d.floats("BO")[:0], d.indices("BO", 1)[:0], d.indices("B", 1)[:0])
        ),
        exact=True,
    ),
]


def window(label: str, half: int, ragged: bool) -> list[Case]:
    """seq2col and its gradient."""

    def keywords(d: Draw) -> dict:
        return {"lengths": d.lengths()} if ragged else {}

    return [
        Case(
            "seq2col",
            lambda d: (d.floats("TI"), half, keywords(d)),
            label,
            exact=True,
            pull=lambda ops, dY, Y, args: {0: ops.backprop_seq2col(dY, args[1], **args[2])},
        ),
        Case(
            "backprop_seq2col",
            lambda d: (numpy.tile(d.floats("TI"), 2 * half + 1), half, keywords(d)),
            label,
            bound=2 * half + 1,
            magnitude="inputs",
        ),
    ]


SEQUENCE = [
    *window("", 1, False),
    *window("ragged", 1, True),
    *window("wide", 3, True),
    *window("none", 0, True),
    # Computed in float64 but for the angle, which is rounded: to one side or the other.
    Case(
        "position_encode",
        lambda d: (d.T, d.O),
        bound=2,
        magnitude=lambda N, D: 1.0 + N,
        dtypes=("float32",),
    ),
]

"""The rows of the speed table: what is run, on which shapes, and the goal.

This file is also run by itself, inside other installations of the library, so it imports nothing of its
own package. `make(api, ops)` gives a function to time; it raises AttributeError where an installation lacks
the op.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

__all__ = ["ROWS", "Row"]


@dataclass
class Row:
    name: str
    make: Callable[[Any, Any], Callable[[], object]]
    work: float  # how many units one call handles
    unit: str  # "ns/element", "GFLOP/s", "GB/s", "us", "ms", "ns/key"
    goal: float | None = None  # in that unit; a rate is to be reached, a time not to be exceeded
    torch: Callable[[Any], Callable[[], object]] | None = None
    moved: float | None = None  # bytes that one call reads or writes, each counted once
    group: str = "ops"  # or "gemm", "models"


def normal(*shape: int) -> Any:
    return numpy.random.default_rng(0).normal(size=shape).astype("float32")


X, DY = normal(2000, 384), normal(2000, 384)
LENGTHS = numpy.full(100, 20, dtype="int32")


def unary(name: str, *extra: Any) -> Callable:
    return lambda api, ops: lambda op=getattr(ops, name): op(X, *extra)


def slope(name: str, *saved: Any) -> Callable:
    return lambda api, ops: lambda op=getattr(ops, name): op(DY, *saved)


def of_torch(function: str) -> Callable:
    """A function of one tensor in torch.nn.functional, without gradients."""

    def make(torch: Any) -> Callable[[], object]:
        tensor = torch.from_numpy(X)
        call = getattr(torch.nn.functional, function, None) or getattr(torch, function)
        args = (-1,) if function == "softmax" else ((384,),) if function == "layer_norm" else ()
        return lambda: call(tensor, *args)

    return make


def product(M: int, N: int, K: int) -> Row:
    def make(api: Any, ops: Any) -> Callable[[], object]:
        A, B = normal(M, K), normal(N, K)
        return lambda: ops.gemm(A, B, trans2=True)

    def torch_make(torch: Any) -> Callable[[], object]:
        A, B = torch.from_numpy(normal(M, K)), torch.from_numpy(normal(N, K))
        return lambda: torch.nn.functional.linear(A, B)

    moved = 4.0 * (M * K + N * K + M * N)
    return Row(f"gemm {M}x{N}x{K}", make, 2.0 * M * N * K, "GFLOP/s", None, torch_make, moved, "gemm")


def per_element(
    name: str, make: Callable, goal: float, torch: Any = None, size: int = X.size, *, arrays: float = 2
) -> Row:
    """A row for an op that reads or writes that many arrays of the size of X."""
    return Row(name, make, size, "ns/element", goal, torch, arrays * X.nbytes)


def narrow(name: str, columns: int, *extra: Any) -> Row:
    """A row for an op on short rows: outputs of few classes, odd widths."""
    x = normal(2000, columns)

    def make(api: Any, ops: Any) -> Callable[[], object]:
        op = getattr(ops, name)
        return lambda: op(x, *extra)

    def torch_make(torch: Any) -> Callable[[], object]:
        tensor = torch.from_numpy(x)
        return lambda: torch.nn.functional.softmax(tensor, -1)

    in_torch = torch_make if name == "softmax" else None
    return Row(f"{name} 2000x{columns}", make, x.size, "ns/element", None, in_torch, 2.0 * x.nbytes)


def layer_norm(api: Any, ops: Any) -> Callable[[], object]:
    if hasattr(ops, "layer_norm"):
        G, b = numpy.ones(384, "float32"), numpy.zeros(384, "float32")
        return lambda: ops.layer_norm(X, G, b)
    layer = api.LayerNorm(384).initialize()
    return lambda: layer.predict(X)


def backprop_layer_norm(api: Any, ops: Any) -> Callable[[], object]:
    if hasattr(ops, "layer_norm"):
        G, b = numpy.ones(384, "float32"), numpy.zeros(384, "float32")
        _, mean, rstd = ops.layer_norm(X, G, b)
        return lambda: ops.backprop_layer_norm(DY, X, mean, rstd, G)
    backprop = api.LayerNorm(384).initialize().begin_update(X)[1]
    return lambda: backprop(DY)


def maxout(api: Any, ops: Any) -> Callable[[], object]:
    pieces = normal(2000, 384, 3)
    return lambda: ops.maxout(pieces)


def backprop_maxout(api: Any, ops: Any) -> Callable[[], object]:
    which = ops.maxout(normal(2000, 384, 3))[1]
    return lambda: ops.backprop_maxout(DY, which, 3)


def backprop_seq2col(api: Any, ops: Any) -> Callable[[], object]:
    columns = normal(2000, 3 * 384)
    return lambda: ops.backprop_seq2col(columns, 1)


def gather_add(api: Any, ops: Any) -> Callable[[], object]:
    table = ops.asarray(normal(5000, 96).astype("float64"), dtype="float32")  # as parameters are made
    indices = numpy.random.default_rng(1).integers(0, 5000, size=(8000, 4)).astype("int32")
    return lambda: ops.gather_add(table, indices)


def hash_keys(api: Any, ops: Any) -> Callable[[], object]:
    ids = numpy.random.default_rng(1).integers(0, 2**63, size=8000).astype("uint64")
    return lambda: ops.hash(ids, 1)


def adam(api: Any, ops: Any) -> Callable[[], object]:
    w, g, m, v = (numpy.abs(normal(1_000_000)) for _ in range(4))
    start, calls = m.copy(), itertools.count()

    def step() -> None:
        # An update clears the gradient, and from a cleared one the first moment decays until it is denormal.
        if next(calls) % 256 == 255:
            m[:] = start
        ops.adam(w, g, m, v, 0.9, 0.999, 1e-8, 0.001)

    return step


def torch_adam(torch: Any) -> Callable[[], object]:
    weights = torch.ones(1_000_000, requires_grad=True)
    weights.grad = torch.ones(1_000_000)
    return torch.optim.Adam([weights], fused=True).step


def lstm(api: Any, ops: Any) -> Callable[[], object]:
    params = 0.1 * normal(4 * 128 * (128 + 128) + 8 * 128)
    inputs, zeros = normal(960, 128), numpy.zeros((1, 1, 128), "float32")
    sizes = numpy.full(30, 32, dtype="int32")
    return lambda: ops.lstm_forward_inference(params, zeros, zeros, inputs, sizes)


def torch_lstm(torch: Any) -> Callable[[], object]:
    module, inputs = torch.nn.LSTM(128, 128), torch.from_numpy(normal(30, 32, 128))
    return lambda: module(inputs)


def tok2vec(api: Any, ops: Any) -> Any:
    embed = api.concatenate(*[api.HashEmbed(96, 5000, column=i, seed=i) for i in range(4)])
    window = api.residual(api.chain(api.expand_window(1), api.Maxout(96, 288, nP=3, normalize=True)))
    model = api.chain(embed, api.Maxout(96, 384, nP=3, normalize=True), api.clone(window, 4))
    ids = numpy.random.default_rng(0).integers(0, 2**60, size=(2000, 4)).astype("uint64")
    return model.initialize(X=ids), ids


def tok2vec_predict(api: Any, ops: Any) -> Callable[[], object]:
    model, ids = tok2vec(api, ops)
    return lambda: model.predict(ids)


def tok2vec_update(api: Any, ops: Any) -> Callable[[], object]:
    model, ids = tok2vec(api, ops)

    def update() -> None:
        Y, backprop = model.begin_update(ids)
        backprop(Y)

    return update


def small_gemm(api: Any, ops: Any) -> Callable[[], object]:
    A, B = normal(1, 96), normal(96, 96)
    return lambda: ops.gemm(A, B, trans2=True)


def linear_predict(api: Any, ops: Any) -> Callable[[], object]:
    layer, row = api.Linear(4, 4).initialize(), normal(1, 4)
    return lambda: layer.predict(row)


def tiny_op(api: Any, ops: Any) -> Callable[[], object]:
    tiny = normal(1, 4)
    return lambda: ops.relu(tiny)


Y_SWISH = X / (1 + numpy.exp(-X))
ROWS = [
    product(256, 256, 256),
    product(1000, 288, 384),
    product(512, 768, 768),
    product(2048, 768, 3072),
    product(32, 288, 96),
    product(8, 96, 96),
    product(2000, 4, 4),
    Row("gemm 1x96x96", small_gemm, 1, "us", 0.5, group="gemm"),
    *(
        per_element(name, unary(name), 0.20, of_torch(other))
        for name, other in (("sigmoid", "sigmoid"), ("swish", "silu"), ("gelu", "gelu"), ("mish", "mish"))
    ),
    per_element("backprop_swish", slope("backprop_swish", X, Y_SWISH), 0.30, arrays=4),
    per_element("backprop_gelu", slope("backprop_gelu", X), 0.30, arrays=3),
    per_element("backprop_mish", slope("backprop_mish", X), 0.30, arrays=3),
    per_element("relu", unary("relu"), 0.08, of_torch("relu")),
    per_element("backprop_relu", slope("backprop_relu", X), 0.08, arrays=3),
    per_element("softmax", unary("softmax"), 0.20, of_torch("softmax")),
    narrow("softmax", 10),
    narrow("softmax_sequences", 1, LENGTHS),
    per_element("layer_norm", layer_norm, 0.15, of_torch("layer_norm")),
    per_element("backprop_layer_norm", backprop_layer_norm, 0.25, arrays=3),
    per_element("maxout, 3 pieces", maxout, 0.08, None, 3 * X.size, arrays=5),
    per_element("backprop_maxout", backprop_maxout, 0.08, None, 3 * X.size, arrays=5),
    per_element("reduce_sum", unary("reduce_sum", LENGTHS), 0.09, arrays=1.05),
    per_element("reduce_mean", unary("reduce_mean", LENGTHS), 0.09, arrays=1.05),
    per_element("reduce_max", unary("reduce_max", LENGTHS), 0.09, arrays=1.1),
    per_element("seq2col", unary("seq2col", 1), 0.10, None, 3 * X.size, arrays=4),
    per_element("backprop_seq2col", backprop_seq2col, 0.10, None, 3 * X.size, arrays=4),
    Row("gather_add 8000x4x96", gather_add, 8000 * 4 * 96 * 4, "GB/s", 110, moved=5 * 8000 * 96 * 4),
    Row("hash, 4 x 32 bits", hash_keys, 8000, "ns/key", 1.2),
    Row("adam, 1M parameters", adam, 1, "ms", 0.22, torch_adam, 32e6),
    Row("LSTM 32x30x128", lstm, 1, "ms", 1.2, torch_lstm, group="models"),
    Row("tok2vec, 2000 tokens", tok2vec_predict, 1, "ms", 12, group="models"),
    Row("tok2vec, update", tok2vec_update, 1, "ms", group="models"),
    Row("op on 4 numbers", tiny_op, 1, "us", 0.5),
    Row("Linear(4, 4).predict", linear_predict, 1, "us", 1.5, group="models"),
]

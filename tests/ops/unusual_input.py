"""Calls that look unusual and have a plain answer: each row pairs one with a call that must give the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from ops.bad_input import floats, ints, readonly, strided
from ops.bad_input_tables import AMOUNTS, B2, COUNTS, INPUT, KEYS, PARAMS, STATE, STEPS, W16
from support.strategies import misaligned


@dataclass
class Coped:
    id: str
    found: Callable[[Any], Any]
    expected: Callable[[Any], Any]


X46, X43, X44, Y64, X33 = floats(4, 6), floats(4, 3), floats(4, 4), floats(6, 4), floats(3, 3)
PIECES = floats(4, 3, 2)
FORTRAN = numpy.asfortranarray
WHICH = numpy.array([[0, 1, 0], [1, 1, 0]], "int32")


def every_second(op: str, *others: Any) -> Callable[[Any], Any]:
    """All of an array of which every second row was overwritten."""

    def call(ops: Any) -> numpy.ndarray:
        X = numpy.repeat(X46, 2, axis=0)
        getattr(ops, op)(X[::2], *others, inplace=True)
        return X

    return call


def backwards(op: str, *others: Any) -> Callable[[Any], Any]:
    """All of an array that was overwritten through a view from its end to its start."""

    def call(ops: Any) -> numpy.ndarray:
        X = X46[::-1].copy()
        getattr(ops, op)(X[::-1], *others, inplace=True)
        return X[::-1]

    return call


def interleaved(op: str, *others: Any) -> Callable[[Any], Any]:
    def call(ops: Any) -> numpy.ndarray:
        X = numpy.repeat(X46, 2, axis=0)
        X[::2] = getattr(ops, op)(X46, *others)
        return X

    return call


def plain(op: str, *args: Any, **keywords: Any) -> Callable[[Any], Any]:
    return lambda ops: getattr(ops, op)(*args, **keywords)


def same(
    label: str, op: str, args: tuple, usual: tuple, keywords: Any = None, usual_keywords: Any = None
) -> Coped:
    return Coped(
        f"{op}-{label}",
        plain(op, *args, **(keywords or {})),
        plain(op, *usual, **(usual_keywords or keywords or {})),
    )


def constant(label: str, op: str, args: tuple, value: Any, **keywords: Any) -> Coped:
    return Coped(f"{op}-{label}", plain(op, *args, **keywords), lambda ops: value)


def into(out: Callable[[], numpy.ndarray], op: str, *args: Any) -> Callable[[Any], Any]:
    """What is in `out` after the op has written to it and returned it."""

    def call(ops: Any) -> numpy.ndarray:
        array = out()
        if getattr(ops, op)(*args, out=array) is not array:
            raise AssertionError("another array was returned")
        return array

    return call


def product_over_itself(ops: Any) -> numpy.ndarray:
    X = X44.copy()
    return ops.gemm(X, X44, out=X)


def scattered(
    indices: numpy.ndarray, values: numpy.ndarray | None = None, shape: tuple[int, ...] = (5, 3)
) -> Callable[[Any], Any]:
    def call(ops: Any) -> numpy.ndarray:
        table = floats(*shape)
        ops.scatter_add(table, indices, floats(3, 3) if values is None else values)
        return table

    return call


def scattered_to_itself(change: Callable[[numpy.ndarray], numpy.ndarray]) -> Callable[[Any], Any]:
    """Rows 1 and 2 of a table, or a copy of them, added to rows 2 and 3."""

    def call(ops: Any) -> numpy.ndarray:
        table = floats(5, 3)
        ops.scatter_add(table, ints(2, 3), change(table[1:3]))
        return table

    return call


def updated(change: Callable[[numpy.ndarray], numpy.ndarray]) -> Callable[[Any], Any]:
    """The results of a step of Adam, on arrays that were changed somehow."""

    def call(ops: Any) -> tuple:
        arrays = [change(abs(floats(6))) for _ in range(4)]
        ops.adam(*arrays, 0.9, 0.99, 1e-8, 0.01)
        return tuple(X.astype("float32").ravel() for X in arrays)

    return call


def clipped(ops: Any) -> numpy.ndarray:
    gradient = numpy.zeros(3, "float32")
    ops.clip_gradient(gradient, 0.0)
    return gradient


def shortened(change: Callable[[numpy.ndarray], numpy.ndarray]) -> Callable[[Any], Any]:
    """A gradient that was changed somehow, clipped."""

    def call(ops: Any) -> numpy.ndarray:
        gradient = change(X46)
        if ops.clip_gradient(gradient, 0.5) is not gradient:
            raise AssertionError("another array was returned")
        return gradient

    return call


WINDOWED, LONG = floats(4, 3), ints(3, 1)

COPED_WITH = [
    Coped("gemm-out strided", into(lambda: strided(floats(4, 4)), "gemm", X46, Y64), plain("gemm", X46, Y64)),
    Coped("gemm-out columns", into(lambda: floats(4, 8)[:, ::2], "gemm", X46, Y64), plain("gemm", X46, Y64)),
    Coped("gemm-out is x", product_over_itself, plain("gemm", X44, X44)),
    same("read-only", "gemm", (readonly(X46.copy()), readonly(Y64.copy())), (X46, Y64)),
    same("nW 1.0", "seq2col", (WINDOWED, 1.0), (WINDOWED, 1)),
    *(
        same(
            f"lengths {label}",
            op,
            (floats(4, 3), 1),
            (floats(4, 3), 1),
            {"lengths": lengths},
            {"lengths": LONG},
        )
        for op in ("seq2col", "backprop_seq2col")
        for label, lengths in (
            ("int64", LONG.astype("int64")),
            ("list", LONG.tolist()),
            ("strided", strided(LONG)),
            ("read-only", readonly(LONG.copy())),
        )
    ),
    same("fortran", "seq2col", (FORTRAN(WINDOWED), 1), (WINDOWED, 1)),
    same("strided", "seq2col", (strided(WINDOWED), 1), (WINDOWED, 1)),
    *(
        Coped(
            f"{op}-{label}",
            made(op, *others),
            interleaved(op, *others) if made is every_second else plain(op, X46),
        )
        for op, others in (("relu", ()), ("mish", ()), ("gelu", ()), ("swish", ()))
        for label, made in (("every second row", every_second), ("backwards", backwards))
    ),
    *(
        same(label, f"backprop_{op}", (X46, change(floats(4, 6))), (X46, floats(4, 6)))
        for op in ("relu", "mish", "gelu", "dish")
        for label, change in (
            ("strided", strided),
            ("fortran", FORTRAN),
            ("reversed", lambda X: X[::-1].copy()[::-1]),
        )
    ),
    constant("slope 0", "backprop_clipped_linear", (X46, X46), numpy.zeros_like(X46), slope=0.0),
    constant(
        "negative slope",
        "backprop_clipped_linear",
        (B2, ints(-3, 0).astype("f") / 4),
        -B2 * [1, 0],
        slope=-1.0,
    ),
    constant(
        "all -inf", "softmax", (numpy.full((1, 2), -numpy.inf, "f"),), numpy.full((1, 2), numpy.nan, "f")
    ),
    constant("no columns", "maxout", (floats(2, 0, 3),), (floats(2, 0), numpy.zeros((2, 0), "int32"))),
    same("strided", "maxout", (strided(PIECES),), (PIECES,)),
    same("read-only", "maxout", (readonly(PIECES.copy()),), (PIECES,)),
    same(
        "which int64", "backprop_maxout", (floats(2, 3), WHICH.astype("int64"), 2), (floats(2, 3), WHICH, 2)
    ),
    constant("no rows", "backprop_maxout", (floats(0, 3), WHICH[:0], 2), floats(0, 3, 2)),
    constant("no columns", "backprop_maxout", (floats(2, 0), WHICH[:, :0], 2), floats(2, 0, 2)),
    *(
        row
        for op in ("reduce_sum", "reduce_mean", "reduce_max", "reduce_first", "reduce_last")
        for row in (
            same("fortran", op, (FORTRAN(X43), LONG), (X43, LONG)),
            same("read-only", op, (readonly(X43.copy()), readonly(LONG.copy())), (X43, LONG)),
            same("strided", op, (strided(X43), LONG), (X43, LONG)),
            same("reversed", op, (X43[::-1, ::-1].copy()[::-1, ::-1], LONG), (X43, LONG)),
            same("lengths int64", op, (X43, LONG.astype("int64")), (X43, LONG)),
            same("lengths list", op, (X43, LONG.tolist()), (X43, LONG)),
        )
    ),
    *(
        same(f"{dtype} {label}", op, (change(X43.astype(dtype)), LONG), (X43.astype(dtype), LONG))
        for op in ("reduce_first", "reduce_last")
        for dtype in ("bool", "int64", "float16", "complex128", ">i4")
        for label, change in (("fortran", FORTRAN), ("strided", strided))
    ),
    constant("no rows", "reduce_sum", (floats(0, 3), ints(0, 0)), numpy.zeros((2, 3), "f")),
    constant("no rows", "reduce_mean", (floats(0, 3), ints(0, 0)), numpy.zeros((2, 3), "f")),
    same(
        "which int64",
        "backprop_reduce_max",
        (floats(1, 3), WHICH[:1].astype("int64"), ints(2)),
        (floats(1, 3), WHICH[:1], ints(2)),
    ),
    same(
        "int64", "gather_add", (X43, ints(0, 3, dtype="int64").reshape(1, 2)), (X43, ints(0, 3).reshape(1, 2))
    ),
    same("strided", "gather_add", (strided(X43), strided(WHICH)), (X43, WHICH)),
    same("read-only", "gather_add", (readonly(X43.copy()), readonly(WHICH.copy())), (X43, WHICH)),
    constant("no keys", "gather_add", (X43, WHICH[:, :0]), numpy.zeros((2, 3), "f")),
    constant("no rows", "gather_add", (X43, WHICH[:0]), floats(0, 3)),
    constant("no columns", "gather_add", (X43[:, :0], WHICH), floats(2, 0)),
    *(
        Coped(f"scatter_add-{dtype}", scattered(ints(0, 0, 4, dtype=dtype)), scattered(ints(0, 0, 4)))
        for dtype in ("uint8", "uint32", "int64", ">i8", "uint64")
    ),
    Coped("scatter_add-negative int64", scattered(ints(0, 0, -1, dtype="int64")), scattered(ints(0, 0, -1))),
    Coped(
        "scatter_add-strided", scattered(strided(ints(0, 0, 4)), strided(X33)), scattered(ints(0, 0, 4), X33)
    ),
    Coped("scatter_add-fortran", scattered(ints(0, 0, 4), FORTRAN(X33)), scattered(ints(0, 0, 4), X33)),
    Coped(
        "scatter_add-one row of values",
        scattered(ints(0, 0, 4), X33[0]),
        scattered(ints(0, 0, 4), numpy.stack([X33[0]] * 3)),
    ),
    Coped(
        "scatter_add-indices 2-d",
        scattered(ints(0, 4, 4, 1).reshape(2, 2), floats(2, 2, 3)),
        scattered(ints(0, 4, 4, 1), floats(4, 3)),
    ),
    Coped(
        "scatter_add-table 1-d",
        lambda ops: scattered(ints(0, 4, 0), floats(3), (5,))(ops)[:, None],
        scattered(ints(0, 4, 0), floats(3, 1), (5, 1)),
    ),
    Coped(
        "scatter_add-table 3-d",
        lambda ops: scattered(ints(0, 4, 0), floats(3, 2, 2), (5, 2, 2))(ops).reshape(5, 4),
        scattered(ints(0, 4, 0), floats(3, 4), (5, 4)),
    ),
    Coped("scatter_add-no columns", scattered(ints(0, 4), floats(2, 0), (5, 0)), lambda ops: floats(5, 0)),
    Coped(
        "scatter_add-values in the table", scattered_to_itself(lambda X: X), scattered_to_itself(numpy.copy)
    ),
    same("int64", "hash", (ints(-1, 5, dtype="int64"), 1), (ints(2**64 - 1, 5, dtype="uint64"), 1)),
    same("list", "hash", ([3, 5], 1), (ints(3, 5, dtype="uint64"), 1)),
    same("strided", "hash", (strided(KEYS), 1), (KEYS, 1)),
    constant("of nothing", "ngrams", (2, ints(dtype="uint64")), ints(dtype="uint64")),
    constant("n 0", "ngrams", (0, KEYS), ints(dtype="uint64")),
    constant("n 2**31", "ngrams", (2**31, KEYS), ints(dtype="uint64")),
    Coped(
        "position_encode-out strided",
        into(lambda: strided(floats(3, 4)), "position_encode", 3, 4),
        plain("position_encode", 3, 4),
    ),
    Coped("adam-strided", updated(strided), updated(numpy.copy)),
    Coped("adam-reversed", updated(lambda X: X[::-1].copy()[::-1]), updated(numpy.copy)),
    Coped("adam-2-d", updated(lambda X: X.reshape(2, 3)), updated(numpy.copy)),
    *(
        Coped(f"clip_gradient-{label}", shortened(change), shortened(numpy.copy))
        for label, change in (("strided", strided), ("fortran", FORTRAN), ("misaligned", misaligned))
    ),
    Coped("clip_gradient-zero", clipped, lambda ops: numpy.zeros(3, "float32")),
    *(
        same(
            f"{label}",
            "lstm_forward_inference",
            (PARAMS, STATE, STATE, X, sizes),
            (PARAMS, STATE, STATE, INPUT, STEPS),
        )
        for label, X, sizes in (
            ("int64", INPUT, STEPS.astype("int64")),
            ("list", INPUT, STEPS.tolist()),
            ("strided", strided(INPUT), STEPS),
            ("fortran", FORTRAN(INPUT), STEPS),
        )
    ),
    constant("no steps", "lstm_forward_inference", (PARAMS, STATE, STATE, INPUT[:0], ints()), floats(0, 3)),
    same(
        "lengths int64",
        "sparse_linear",
        (KEYS, AMOUNTS, COUNTS.astype("int64"), W16, B2),
        (KEYS, AMOUNTS, COUNTS, W16, B2),
    ),
    Coped(
        "backprop_sparse_linear-empty batch",
        plain("backprop_sparse_linear", floats(0, 2), KEYS[:0], AMOUNTS[:0], ints(), 8),
        lambda ops: (numpy.zeros(16, "float32"), numpy.zeros(2, "float32")),
    ),
]

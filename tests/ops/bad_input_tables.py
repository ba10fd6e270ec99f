"""Calls that an op must refuse: tables, packed sequences, parameters, containers; see `bad_input`."""

from typing import Any

import numpy
from ops.bad_input import LENGTHS, X42, Refused, floats, ints, readonly, refused

TABLE = floats(5, 3)


def gather(indices: Any, errors: Any, words: str, label: str, table: Any = TABLE) -> Refused:
    return refused("gather_add", table, indices, errors=errors, words=words, label=label)


def scatter(
    indices: Any, errors: Any, words: str, label: str, table: Any = None, values: Any = None
) -> Refused:
    table = TABLE.copy() if table is None else table
    values = floats(2, 3) if values is None else values
    return refused("scatter_add", table, indices, values, errors=errors, words=words, label=label)


OUT_OF_BOUNDS = "Embedding index out-of-bounds"
TABLES = [
    gather(ints(0, 5).reshape(1, 2), IndexError, OUT_OF_BOUNDS, "the first one past the table"),
    gather(ints(0, 2**31 - 1).reshape(1, 2), IndexError, OUT_OF_BOUNDS, "far past"),
    gather(ints(2**32 - 1, dtype="uint32").reshape(1, 1), IndexError, OUT_OF_BOUNDS, "largest uint32"),
    gather(ints(2**63 - 1, dtype="int64").reshape(1, 1), IndexError, OUT_OF_BOUNDS, "largest int64"),
    gather(ints(-1).reshape(1, 1), IndexError, OUT_OF_BOUNDS, "negative"),
    gather(ints(-(2**31)).reshape(1, 1), IndexError, OUT_OF_BOUNDS, "very negative"),
    gather(ints(0, 1), ValueError, "indices", "1-d"),
    gather(floats(1, 1), TypeError, "indices", "float"),
    gather(ints(0).reshape(1, 1), (TypeError, ValueError), "table", "table 1-d", floats(3)),
    gather(ints(0).reshape(1, 1), TypeError, "table", "table of objects", TABLE.astype(object)),
    gather(ints(0).reshape(1, 1), IndexError, OUT_OF_BOUNDS, "no rows", floats(0, 3)),
    scatter(ints(0, 5), IndexError, "indices", "past the table"),
    scatter(ints(0, 5, dtype="int64"), IndexError, "indices", "past the table, int64"),
    scatter(ints(0, 2**31 - 1), IndexError, "indices", "far past"),
    scatter(ints(0, 1), ValueError, "table must be writable", "read-only", readonly(TABLE.copy())),
    scatter(ints(0, 1), ValueError, "values", "values too wide", values=floats(2, 4)),
    scatter(ints(0, 1), ValueError, "values", "values too long", values=floats(3, 3)),
    scatter(floats(2), TypeError, "indices", "float"),
    refused("hash", floats(3), 0, errors=TypeError, words="ids", label="float"),
    refused("hash", ints(1), -1, errors=OverflowError, words="negative value", label="seed -1"),
    refused("hash", ints(1), 2**32, errors=OverflowError, words="too large", label="seed 2**32"),
    refused("hash", ints(1).reshape(1, 1), 0, errors=ValueError, words="ids", label="2-d"),
    refused("hash", [1, 2**64], 0, errors=OverflowError, words="ids.*64 bits.*item 1", label="65 bits"),
    refused("hash", [-(2**63) - 1], 0, errors=OverflowError, words="ids.*64 bits", label="below 64 bits"),
    refused("hash", ints(1), "5", errors=TypeError, words="seed", label="seed of text"),
    refused("hash", ints(1), None, errors=TypeError, words="seed", label="seed None"),
    refused("ngrams", 1, [2**64], errors=OverflowError, words="keys", label="65 bits"),
    refused("ngrams", 1, floats(3), errors=TypeError, words="keys", label="float"),
    refused("position_encode", -1, 4, errors=ValueError, words="N", label="N"),
    refused("position_encode", 4, -1, errors=ValueError, words="D", label="D"),
    *(
        refused("position_encode", 2, 4, out=array, errors=ValueError, words=words, label=f"out {label}")
        for label, array, words in (
            ("f64", floats(2, 4, dtype="float64"), "out must have dtype float32"),
            ("f16", floats(2, 4, dtype="float16"), "out must have dtype float32"),
            ("shape", floats(2, 3), r"out must have shape \(2, 4\); got \(2, 3\)"),
            ("1-d", floats(8), "out must have shape"),
            ("read-only", readonly(floats(2, 4)), "out must be writable"),
        )
    ),
    refused("position_encode", 2, 4, 0, errors=ValueError, words="period", label="period 0"),
    refused("position_encode", 2, 4, -3.0, errors=ValueError, words="period", label="period -3"),
]

KEYS, AMOUNTS, COUNTS = ints(1, 2, 3, dtype="uint64"), floats(3), ints(2, 1)
W16, B2 = floats(16), floats(2)


def sparse(change: dict, errors: Any, words: str, label: str) -> list[Refused]:
    features = {"keys": KEYS, "values": AMOUNTS, "lengths": COUNTS} | change
    return [
        refused("sparse_linear", **features, W=W16, b=B2, errors=errors, words=words, label=label),
        refused(
            "backprop_sparse_linear",
            floats(2, 2),
            **features,
            length=8,
            errors=errors,
            words=words,
            label=label,
        ),
    ]


SPARSE = [
    *sparse({"keys": KEYS.astype("int32")}, (TypeError, ValueError), "keys", "keys int32"),
    *sparse({"values": AMOUNTS.astype("float64")}, TypeError, "values", "values f64"),
    *sparse({"values": floats(2)}, ValueError, "values", "values too short"),
    *sparse({"lengths": ints(2, 2)}, LENGTHS, "lengths", "lengths too long"),
    *sparse({"lengths": ints(1, 1)}, LENGTHS, "lengths", "lengths too short"),
    *sparse({"lengths": ints(4, -1)}, ValueError, "lengths", "lengths negative"),
    *(
        refused(
            "backprop_sparse_linear",
            *(floats(2, 2), KEYS, AMOUNTS, COUNTS, length),
            errors=ValueError,
            words="length",
            label=f"length {length}",
        )
        for length in (0, -1)
    ),
]

PARAMS, STATE, STEPS, INPUT = floats(84), numpy.zeros((1, 1, 3), "float32"), ints(2, 1, 1), floats(4, 2)


def lstm(errors: Any, words: str, label: str, **change: Any) -> list[Refused]:
    given = {"params": PARAMS, "H0": STATE, "C0": STATE, "X": INPUT, "size_at_t": STEPS} | change
    return [
        refused(op, *given.values(), errors=errors, words=words, label=label)
        for op in ("lstm_forward_training", "lstm_forward_inference")
    ]


RECURRENT = [
    *lstm(ValueError, "size_at_t", "sizes sum more", size_at_t=ints(3, 2)),
    *lstm(ValueError, "size_at_t", "sizes sum much more", size_at_t=ints(2**30, 2**30)),
    *lstm(ValueError, "size_at_t", "sizes sum less", size_at_t=ints(2, 1)),
    *lstm(ValueError, "size_at_t", "increasing", size_at_t=ints(1, 3)),
    *lstm(ValueError, "size_at_t", "negative", size_at_t=ints(5, -1)),
    *lstm(TypeError, "size_at_t", "float", size_at_t=floats(2)),
    *lstm(ValueError, "params", "params too short", params=PARAMS[:-1]),
    *lstm(ValueError, "params", "params too long", params=floats(85)),
    *lstm(ValueError, "(?s)H0.*C0|C0.*H0", "states differ", C0=floats(1, 1, 2)),
    *lstm(ValueError, "H0 and C0", "three directions", H0=floats(1, 3, 3), C0=floats(1, 3, 3)),
    *lstm(TypeError, "X", "X int", X=ints(*range(8)).reshape(4, 2)),
    *lstm(ValueError, "X must have 2", "X 1-d", X=floats(4)),
]


def step(errors: Any, words: str, label: str, position: int, array: Any) -> Refused:
    arrays = [floats(4) for _ in range(4)]
    arrays[position] = array
    return refused("adam", *arrays, 0.9, 0.99, 1e-8, 0.01, errors=errors, words=words, label=label)


RATES = {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "learn_rate": 0.1}
OPTIMIZERS = [
    *(step(ValueError, "must be writable", f"read-only {i}", i, readonly(floats(4))) for i in range(4)),
    *(step(ValueError, "shape", f"shape {i}", i, floats(5)) for i in range(4)),
    step(TypeError, "weights", "int", 0, ints(1, 2, 3, 4)),
    *(
        Refused("adam", (floats(2),) * 4, TypeError, name, {**RATES, name: None}, f"{name} None")
        for name in ("beta1", "beta2", "eps", "learn_rate", "mod_rate")
    ),
    refused("clip_gradient", floats(2), "1", errors=TypeError, words="threshold", label="text"),
    refused("gradient_norm", None, errors=TypeError, words="gradient", label="None"),
    refused("update_averages", floats(2), floats(2), None, errors=TypeError, words="t", label="t None"),
    refused("update_averages", floats(2), floats(2), 1, None, errors=TypeError, words="max_decay", label="x"),
    refused("clip_gradient", ints(1, 2), 0.1, errors=TypeError, words="gradient", label="int"),
    refused("clip_gradient", [1.0, 2.0], 0.1, errors=TypeError, words="gradient", label="list"),
    refused(
        "clip_gradient", readonly(floats(2)), 0.1, errors=ValueError, words="gradient", label="read-only"
    ),
    refused("update_averages", floats(2), floats(2), -10, errors=ValueError, words="t", label="t -10"),
    refused(
        "update_averages", readonly(floats(2)), floats(2), 3, errors=ValueError, words="ema", label="r/o"
    ),
]

BATCHING = [
    refused("unflatten", X42, ints(2, 1), errors=ValueError, words="lengths", label="sum"),
    refused("unflatten", X42, ints(5, -1), errors=ValueError, words="lengths", label="negative"),
    refused("unflatten", X42, ints(2, 2), -1, errors=ValueError, words="pad", label="pad"),
    refused("unpad", floats(2, 3, 4), [4, 1], errors=ValueError, words="lengths", label="too long"),
    refused("unpad", floats(2, 3, 4), [-1, 1], errors=ValueError, words="lengths", label="negative"),
    *(
        refused(op, X, lengths, errors=(TypeError, ValueError), words="lengths", label=f"lengths {label}")
        for op, X in (("unflatten", X42), ("unpad", floats(2, 3, 4)))
        for label, lengths in (("None", None), ("5", 5), ("text", ["a"]), ("2-d", [[1, 1]]), ("float", [2.0]))
    ),
    refused("unflatten", None, [1], errors=TypeError, words="X", label="X None"),
    refused("unpad", floats(3), [1], errors=TypeError, words="padded", label="1-d"),
    refused("padded2list", None, errors=TypeError, words="padded", label="None"),
    refused("pad", None, errors=ValueError, words="empty", label="None"),
    refused("pad", [X42], "a", errors=TypeError, words="round_to", label="round_to of text"),
    refused("pad", [X42], 1.5, errors=TypeError, words="round_to", label="round_to 1.5"),
    refused("insert_into", (2, 3), [None], errors=TypeError, words=r"Xs\[0\]", label="None"),
    refused("minibatch", "2", [1, 2], errors=TypeError, words="size", label="size of text"),
    refused("minibatch", ["a"], [1, 2], errors=TypeError, words="size", label="sizes of text"),
    refused("minibatch", [float("nan")], [1, 2], errors=ValueError, words="size", label="size nan"),
    refused("multibatch", 0, [1, 2], errors=ValueError, words="size", label="size 0"),
    refused("get_dropout_mask", (2, 2), "a", errors=TypeError, words="drop", label="text"),
    refused("flatten", [X42], pad=-1, errors=ValueError, words="pad", label="pad -1"),
    refused("flatten", [X42], pad=1.5, errors=TypeError, words="pad", label="pad 1.5"),
    refused("list2padded", [floats(3)], errors=ValueError, words="seqs", label="1-d"),
    refused("list2padded", [[1.0, 2.0]], errors=ValueError, words="seqs", label="lists"),
    refused("asarray", {1: 2}, errors=TypeError, words="dict", label="dict"),
    refused("as_contig", [1.0], errors=TypeError, words="list", label="list"),
    refused("get_dropout_mask", (2, 2), float("nan"), errors=ValueError, words="drop", label="nan"),
    refused(
        "get_dropout_mask", (200, 200), float("nan"), errors=ValueError, words="drop", label="nan, large"
    ),
]

REFUSED_TABLES = [*TABLES, *SPARSE, *RECURRENT, *OPTIMIZERS, *BATCHING]

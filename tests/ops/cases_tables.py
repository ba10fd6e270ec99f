"""Rows of the ops on tables, packed sequences and parameters: embedding, recurrent, optimizers."""

from typing import Any

import numpy
from ops.cases_elementwise import ones
from support.case import Case, gradients
from support.oracle import REFERENCE
from support.strategies import Draw

from thinc.backends.reference._packed import n_weights


def table_rows(d: Draw, dtype: str) -> numpy.ndarray:
    return d.indices("BK", d.T, dtype) if d.T else numpy.zeros((0, d.K), dtype)


def features(d: Draw) -> tuple:
    return d.keys("T"), d.floats("T"), d.lengths()


def id_map(d: Draw) -> tuple:
    """Keys, all different, and their values."""
    keys = numpy.unique(d.keys("T"))
    return keys, d.rng.integers(-(2**31), 2**31, len(keys))


def ids_to_find(d: Draw, dtype: str = "uint64") -> tuple:
    """Ids of which about half are in the table."""
    keys, values = id_map(d)
    ids = d.keys("N")
    if len(keys):
        ids[::2] = d.rng.choice(keys, len(ids[::2]))
    return ids.astype(dtype), d.ops.id_table(keys, values), -7


def sparse_pull(ops: Any, dY: numpy.ndarray, Y: Any, args: tuple) -> dict:
    length = args[3].size // args[4].size
    return gradients([3, 4], ops.backprop_sparse_linear(dY, *args[:3], length, args[5]))


def sparse_gradient(d: Draw, v1_indexing: bool) -> tuple:
    keys, values, lengths = features(d)
    dY = d.rng.standard_normal((len(lengths), d.O)).astype(d.dtype)
    return dY, keys, values, lengths, max(d.I, 1), v1_indexing


EMBEDDING = [
    Case("hash", lambda d: (d.keys("N"), 42), exact=True, dtypes=("float32",)),
    Case("id_table", id_map, exact=True, dtypes=("float32",)),
    Case("premap_ids", ids_to_find, exact=True, dtypes=("float32",)),
    Case("premap_ids", lambda d: ids_to_find(d, "int64"), "signed", exact=True, dtypes=("float32",)),
    Case("ngrams", lambda d: (d.K, d.keys("N")), exact=True, dtypes=("float32",)),
    Case(
        "gather_add",
        lambda d: (d.floats("TO"), table_rows(d, "int32")),
        terms=("K",),
        magnitude="inputs",
    ),
    Case(
        "gather_add",
        lambda d: (d.floats("TO"), table_rows(d, "uint32")),
        "unsigned",
        terms=("K",),
        magnitude="inputs",
    ),
    Case(
        "scatter_add",
        lambda d: (d.floats("TO"), d.indices("N", d.T) - 1, d.floats("NO")[: d.N if d.T else 0]),
        terms=("N",),
        magnitude="inputs",
        writes=(0,),
    ),
]
for indexing in (False, True):
    EMBEDDING += [
        Case(
            "sparse_linear",
            lambda d, v1=indexing: (*features(d), d.floats("OI").ravel(), d.floats("O"), v1),
            "v1" if indexing else "",
            bound=2,
            terms=("T",),
            magnitude="inputs",
            pull=sparse_pull,
        ),
        Case(
            "backprop_sparse_linear",
            lambda d, v1=indexing: sparse_gradient(d, v1),
            "v1" if indexing else "",
            bound=2,
            terms=("T", "B"),
            magnitude="inputs",
        ),
    ]


def packed(d: Draw, depth: int, dirs: int) -> tuple:
    sizes = d.steps()
    shapes = n_weights(depth, dirs, d.O, d.I), (depth, dirs, d.O), (depth, dirs, d.O)
    params, *states = ((d.rng.standard_normal(shape) * 0.5).astype(d.dtype) for shape in shapes)
    X = d.rng.standard_normal((sizes.sum(), d.I)).astype(d.dtype)
    return params, *states, X, sizes


def saved(d: Draw, depth: int, dirs: int) -> tuple:
    args = packed(d, depth, dirs)
    Y, state = d.ops.lstm_forward_training(*args)
    return d.rng.standard_normal(Y.shape).astype(d.dtype), args[4], args[0], state


def recurrent_pull(ops: Any, dY: numpy.ndarray, Y: Any, args: tuple) -> dict:
    dX, d_params = ops.backprop_lstm(dY, args[4], args[0], Y[1])
    return {0: d_params, 3: dX}


def recurrent(label: str, depth: int, dirs: int) -> list[Case]:
    # Errors of a step feed the next one; a state's magnitude is at most that of a few activations.
    def state_magnitude(params, H0, C0, X, sizes):
        return 1.0 + abs(X).max(initial=0.0) + abs(H0).max(initial=0.0)

    def gradient_magnitude(dY, sizes, params, state):
        found = REFERENCE.backprop_lstm(dY, sizes, params, state)
        return tuple(abs(V).max(initial=1.0) for V in found)

    return [
        Case(
            op,
            lambda d: packed(d, depth, dirs),
            label,
            bound=4,
            terms=("TIO",),
            magnitude=state_magnitude,
            pull=recurrent_pull if op.endswith("training") else None,
            backward="backprop_lstm",
        )
        for op in ("lstm_forward_training", "lstm_forward_inference")
    ] + [
        Case(
            "backprop_lstm",
            lambda d: saved(d, depth, dirs),
            label,
            bound=8,
            terms=("TIO",),
            magnitude=gradient_magnitude,
        )
    ]


RECURRENT = [*recurrent("", 1, 1), *recurrent("deep", 2, 2)]


# L2, clipping, decay and averaging at once.
SHRINKING = {"l2": 2.0**-6, "clip": 0.5, "decay": 2.0**-7, "follow": 0.25}


def moments(d: Draw) -> tuple:
    # Scalars that float32 holds exactly: a test of the order of rounding is in test_optimizers.
    arrays = d.floats("NO"), d.floats("NO"), d.floats("NO"), d.between("NO", 0.1, 1)
    return *arrays, 0.875, 0.96875, 2.0**-20, 2.0**-9, 2.0


def adam_step(d: Draw) -> tuple:
    scalars = {"learn_rate": 2.0**-9, "beta1": 0.875, "beta2": 0.96875, "eps": 2.0**-20}
    return *moments(d)[:4], d.floats("NO"), scalars | SHRINKING


def sgd_step(d: Draw) -> tuple:
    return d.floats("NO"), d.floats("NO"), d.floats("NO"), {"learn_rate": 2.0**-9} | SHRINKING


def update_magnitude(weights, gradient, *state):
    arrays = [V for V in (weights, gradient, *state) if isinstance(V, numpy.ndarray)]
    total = sum(abs(V) for V in arrays) + 1.0
    return tuple(total for _ in arrays)


def cosine_gradient(d_sim, X, Y):
    d = 2.0 * abs(d_sim)[:, None]
    return tuple(d / numpy.linalg.norm(V, axis=1, keepdims=True) for V in (X, Y))


OPTIMIZERS = [
    Case(
        "logloss",
        lambda d: (d.between("NO", 0, 1), d.between("NO", 0.02, 0.98)),
        bound=4,
        magnitude=lambda y, p: 1.0 / p + 1.0 / (1.0 - p),
    ),
    Case("adam", moments, bound=6, magnitude=update_magnitude, writes=(0, 1, 2, 3)),
    Case("adam_update", adam_step, bound=12, magnitude=update_magnitude, writes=(0, 1, 2, 3, 4)),
    Case("sgd_update", sgd_step, bound=12, magnitude=update_magnitude, writes=(0, 1, 2)),
    Case("clip_gradient", lambda d: (d.floats("NO"), 0.5), bound=4, writes=(0,)),
    Case("clip_gradient", lambda d: (d.floats("NO"), 1e9), "short", exact=True, writes=(0,)),
    Case("gradient_norm", lambda d: (d.floats("NO"),), bound=2),
    Case(
        "update_averages",
        lambda d: (d.floats("NO"), d.floats("NO"), 3),
        bound=3,
        magnitude=lambda ema, weights, t: abs(ema) + abs(weights),
        writes=(0,),
    ),
    Case(
        "cosine",
        lambda d: (d.floats("NO"), d.floats("NO")),
        bound=4,
        terms=("O",),
        magnitude=ones,
        pull=lambda ops, dY, Y, args: gradients([0, 1], ops.backprop_cosine(dY, *args)),
    ),
    Case(
        "backprop_cosine",
        lambda d: (d.floats("N"), d.floats("NO"), d.floats("NO")),
        bound=6,
        terms=("O",),
        magnitude=cosine_gradient,
    ),
]

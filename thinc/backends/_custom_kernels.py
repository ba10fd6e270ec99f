"""The CUDA ops as plain functions, under the names and with the checks that other code imports.

Each forwards to the op of `CupyOps`. `threads_per_block` and `num_blocks` are accepted and ignored: a launch
is as large as its work. The thresholds that earlier kernels had, beyond which a function is the identity or
0, are kept.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..errors import DTypeError, InvalidValueError, LengthsError
from .cupy_ops import CupyOps

FLOATS = ("float32", "float64")
FLOATS_AND_INTS = (*FLOATS, "int32", "int64")


def _any_launch(function: Callable) -> Callable:
    """Take the size of a launch as keywords, and drop it."""

    @functools.wraps(function)
    def launched(*args: Any, threads_per_block: int = 128, num_blocks: int = 128, **keywords: Any) -> Any:
        return function(*args, **keywords)

    signature = inspect.signature(function)
    launch = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=128, annotation=int)
        for name in ("threads_per_block", "num_blocks")
    ]
    launched.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *launch])  # type: ignore[attr-defined]
    return launched


# -- checks ---------------------------------------------------------------------------------------------


def _is_array(kinds: tuple[str, ...], names: str, out: Any, shape: tuple | None) -> None:
    if out.dtype not in kinds:
        raise DTypeError(f"CUDA kernel can only handle {names}; got {out.dtype}")
    if shape is not None and out.shape != shape:
        raise ValueError(f"array has incorrect shape, expected: {shape}, was: {out.shape}")


def _is_float_array(out: Any, *, shape: tuple | None = None) -> None:
    """The array holds float32 or float64, and has that shape."""
    _is_array(FLOATS, "float32 and float64", out, shape)


def _is_float_or_int_array(out: Any, *, shape: tuple | None = None) -> None:
    """The array holds float32, float64, int32 or int64, and has that shape."""
    _is_array(FLOATS_AND_INTS, "float32, float64, int32 and int64", out, shape)


def _is_int32(values: Any, what: str) -> None:
    if values.dtype != "int32":
        raise DTypeError(f"{what} should be encoded as 32-bit integers; got {values.dtype}")


def _check_lengths(lengths: Any, n_elems: int, *, min_length: int = 0) -> None:
    """The lengths are int32, none is less than the minimum, and they sum to the rows."""
    _is_int32(lengths, "lengths")
    if bool((lengths < min_length).any()):
        raise ValueError(f"all sequence lengths must be >= {min_length}; got {int(lengths.min())}")
    if int(lengths.sum()) != n_elems:
        raise LengthsError(f"lengths must sum up to the batch size; got {int(lengths.sum())} for {n_elems}")


def _check_indices(indices: Any, n: int) -> None:
    """The indices are int32, each in [0, n)."""
    _is_int32(indices, "indices")
    if bool(((indices < 0) | (indices >= n)).any()):
        raise IndexError(f"index out of bounds, must be >= 0 && < {n}")


def _check_which(which: Any, shape: tuple, limits: Any) -> None:
    _is_int32(which, "maximum index (which)")
    if which.shape != shape:
        raise InvalidValueError(
            f"maximum index (which) has incorrect shape, expected: {shape}, was: {which.shape}"
        )
    if bool(((which < 0) | (which >= limits)).any()):
        raise IndexError("maximum index (which) value out of bounds")


def _check_which_maxout(which: Any, B: int, I: int, P: int) -> None:
    """`which` is int32 (B, I), each in [0, P)."""
    _check_which(which, (B, I), P)


def _check_which_reduce_max(which: Any, shape: tuple, lengths: Any) -> None:
    """`which` is int32 of that shape, each less than the length of its sequence."""
    _check_which(which, shape, lengths.reshape((-1, 1)))


def check_seq2col_lengths(lengths: Any, B: int) -> Any:
    """The lengths, checked; for None, one sequence of B rows."""
    if lengths is None:
        return CupyOps().asarray1i([B])
    _check_lengths(lengths, B)
    return lengths


def _alike(dY: Any, *others: Any) -> None:
    """All hold the same floats, and have the shape of the first."""
    for X in (dY, *others):
        _is_float_array(X, shape=dY.shape)


# -- elementwise ----------------------------------------------------------------------------------------


def _beyond(threshold: float, X: Any, Y: Any, above: Any) -> Any:
    """Y, with the values of `above` for X from the threshold on, and 0 down from minus that."""
    high, low = threshold <= X, -threshold >= X
    Y[high] = above[high]
    Y[low] = 0
    return Y


@_any_launch
def clipped_linear(
    X: Any,
    *,
    inplace: bool = False,
    slope: float = 1.0,
    offset: float = 0.0,
    min_val: float = 0.0,
    max_val: float = 1.0,
) -> Any:
    """`CupyOps.clipped_linear`."""
    _is_float_array(X)
    return CupyOps().clipped_linear(X, slope, offset, min_val, max_val, inplace)


@_any_launch
def backprop_clipped_linear(
    dY: Any,
    X: Any,
    *,
    slope: float = 1.0,
    offset: float = 0.0,
    min_val: float = 0.0,
    max_val: float = 1.0,
    inplace: bool = False,
) -> Any:
    """`CupyOps.backprop_clipped_linear`."""
    _alike(dY, X)
    return CupyOps().backprop_clipped_linear(dY, X, slope, offset, min_val, max_val, inplace)


@_any_launch
def dish(X: Any, *, inplace: bool = False) -> Any:
    """`CupyOps.dish`."""
    _is_float_array(X)
    return CupyOps().dish(X, inplace)


@_any_launch
def backprop_dish(dY: Any, X: Any, *, inplace: bool = False) -> Any:
    """`CupyOps.backprop_dish`."""
    _alike(dY, X)
    return CupyOps().backprop_dish(dY, X, inplace)


@_any_launch
def gelu(X: Any, *, inplace: bool = False, threshold: float = 6.0) -> Any:
    """`CupyOps.gelu`; X itself from the threshold on, 0 down from minus that."""
    _is_float_array(X)
    return _gated(CupyOps().gelu, threshold, X, inplace)


@_any_launch
def backprop_gelu(dY: Any, X: Any, *, inplace: bool = False, threshold: float = 6.0) -> Any:
    """`CupyOps.backprop_gelu`, with the threshold of `gelu`."""
    _alike(dY, X)
    return _gated_gradient(CupyOps().backprop_gelu, threshold, dY, inplace, X)


@_any_launch
def swish(X: Any, *, inplace: bool = False, threshold: float = 17.0) -> Any:
    """`CupyOps.swish`; X itself from the threshold on, 0 down from minus that."""
    _is_float_array(X)
    return _gated(CupyOps().swish, threshold, X, inplace)


@_any_launch
def backprop_swish(dY: Any, X: Any, Y: Any, *, inplace: bool = False, threshold: float = 17.0) -> Any:
    """`CupyOps.backprop_swish`, with the threshold of `swish`."""
    _alike(dY, X, Y)
    return _gated_gradient(CupyOps().backprop_swish, threshold, dY, inplace, X, Y)


def _gated(op: Callable, threshold: float, X: Any, inplace: bool) -> Any:
    Y = _beyond(threshold, X, op(X), X)
    return _stored(Y, X, inplace)


def _gated_gradient(op: Callable, threshold: float, dY: Any, inplace: bool, X: Any, *more: Any) -> Any:
    dX = _beyond(threshold, X, op(dY, X, *more), dY)
    return _stored(dX, dY, inplace)


def _stored(Y: Any, target: Any, inplace: bool) -> Any:
    if not inplace:
        return Y
    target[...] = Y
    return target


@_any_launch
def mish(X: Any, *, inplace: bool = False, threshold: float = 5) -> Any:
    """`CupyOps.mish`. The threshold's default is lower than that of the op."""
    _is_float_array(X)
    return CupyOps().mish(X, threshold, inplace)


@_any_launch
def backprop_mish(dY: Any, X: Any, *, inplace: bool = False, threshold: float = 5) -> Any:
    """`CupyOps.backprop_mish`, with the threshold of `mish`."""
    _alike(dY, X)
    return CupyOps().backprop_mish(dY, X, threshold, inplace)


@_any_launch
def backprop_hard_swish(dY: Any, X: Any, *, inplace: bool = False) -> Any:
    """`CupyOps.backprop_hard_swish`."""
    _alike(dY, X)
    return CupyOps().backprop_hard_swish(dY, X, inplace)


@_any_launch
def backprop_hard_swish_mobilenet(dY: Any, X: Any, *, inplace: bool = False) -> Any:
    """`CupyOps.backprop_hard_swish_mobilenet`."""
    _alike(dY, X)
    return CupyOps().backprop_hard_swish_mobilenet(dY, X, inplace)


# -- rows -----------------------------------------------------------------------------------------------


@_any_launch
def maxout(X: Any) -> tuple[Any, Any]:
    """`CupyOps.maxout`."""
    _is_float_array(X)
    return CupyOps().maxout(X)


@_any_launch
def backprop_maxout(dY: Any, which: Any, P: int) -> Any:
    """`CupyOps.backprop_maxout`."""
    _is_float_array(dY)
    B, I = dY.shape
    _check_which_maxout(which, B, I, P)
    return CupyOps().backprop_maxout(dY, which, P)


@_any_launch
def reduce_sum(X: Any, lengths: Any) -> Any:
    """`CupyOps.reduce_sum`."""
    _is_float_array(X)
    _check_lengths(lengths, X.shape[0])
    return CupyOps().reduce_sum(X, lengths)


@_any_launch
def reduce_mean(X: Any, lengths: Any) -> Any:
    """`CupyOps.reduce_mean`."""
    _is_float_array(X)
    _check_lengths(lengths, X.shape[0])
    return CupyOps().reduce_mean(X, lengths)


@_any_launch
def reduce_max(X: Any, lengths: Any) -> tuple[Any, Any]:
    """`CupyOps.reduce_max`."""
    _is_float_array(X)
    _check_lengths(lengths, X.shape[0], min_length=1)
    return CupyOps().reduce_max(X, lengths)


def _check_gradient(d: Any, lengths: Any, min_length: int = 0) -> None:
    _is_float_array(d, shape=(lengths.shape[0], d.shape[1]))
    _check_lengths(lengths, int(lengths.sum()), min_length=min_length)


@_any_launch
def backprop_reduce_sum(d_sums: Any, lengths: Any) -> Any:
    """`CupyOps.backprop_reduce_sum`."""
    _check_gradient(d_sums, lengths)
    return CupyOps().backprop_reduce_sum(d_sums, lengths)


@_any_launch
def backprop_reduce_mean(d_means: Any, lengths: Any) -> Any:
    """`CupyOps.backprop_reduce_mean`."""
    _check_gradient(d_means, lengths)
    return CupyOps().backprop_reduce_mean(d_means, lengths)


@_any_launch
def backprop_reduce_max(d_maxes: Any, which: Any, lengths: Any) -> Any:
    """`CupyOps.backprop_reduce_max`."""
    _check_gradient(d_maxes, lengths, min_length=1)
    _check_which_reduce_max(which, d_maxes.shape, lengths)
    return CupyOps().backprop_reduce_max(d_maxes, which, lengths)


@_any_launch
def seq2col(seq: Any, nW: int, *, lengths: Any = None) -> Any:
    """`CupyOps.seq2col`."""
    _is_float_array(seq)
    return CupyOps().seq2col(seq, nW, lengths=check_seq2col_lengths(lengths, seq.shape[0]))


@_any_launch
def backprop_seq2col(dY: Any, nW: int, *, lengths: Any = None) -> Any:
    """`CupyOps.backprop_seq2col`."""
    _is_float_array(dY)
    return CupyOps().backprop_seq2col(dY, nW, lengths=check_seq2col_lengths(lengths, dY.shape[0]))


@_any_launch
def pad(seqs: Any, round_to: int = 1) -> Any:
    """`CupyOps.pad`."""
    if round_to < 1:
        raise ValueError(f"Rounding for padding must at least be 1, was: {round_to}")
    for sequence in seqs:
        _is_float_or_int_array(sequence)
    return CupyOps().pad(seqs, round_to)


# -- tables ---------------------------------------------------------------------------------------------


@_any_launch
def gather_add(table: Any, indices: Any) -> Any:
    """`CupyOps.gather_add`."""
    for name, X in (("table", table), ("indices", indices)):
        if X.ndim != 2:
            raise ValueError(f"gather_add expects {name} with dimensionality 2, was: {X.ndim}")
    _is_float_array(table)
    indices = indices.astype("int32", copy=False)
    _check_indices(indices, table.shape[0])
    return CupyOps().gather_add(table, indices)


@_any_launch
def hash(ids: Any, seed: int) -> Any:
    """`CupyOps.hash`."""
    return CupyOps().hash(ids, seed)


__all__ = [
    "backprop_clipped_linear",
    "backprop_dish",
    "backprop_gelu",
    "backprop_hard_swish",
    "backprop_hard_swish_mobilenet",
    "backprop_maxout",
    "backprop_mish",
    "backprop_reduce_max",
    "backprop_reduce_mean",
    "backprop_reduce_sum",
    "backprop_seq2col",
    "backprop_swish",
    "check_seq2col_lengths",
    "clipped_linear",
    "dish",
    "gather_add",
    "gelu",
    "hash",
    "maxout",
    "mish",
    "pad",
    "reduce_max",
    "reduce_mean",
    "reduce_sum",
    "seq2col",
    "swish",
]

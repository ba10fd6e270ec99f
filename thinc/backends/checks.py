"""The words of every shape, dtype, length and index error of the ops.

Each function takes the op's name first, then the argument's name where it is not fixed, then the value.
It returns what the op goes on to work with (or None where there is nothing to convert) and raises when
the value will not do. No function writes to its arguments, so a failed call leaves them as they were.

The reference calls these at the start of an op. A compiled binding tests the same conditions cheaply and,
when one fails, hands the whole call to the reference, which then either copes or raises from here: that
is how all backends come to raise the same type with the same text.

    scalars   integer  number  uint32  positive
    arrays    array  rank  shape  matching  real  dtype  same_dtype  writable  update  overlap
    rows      integers  lengths  increasing  steps  ids  which
"""

import operator
from typing import Any

import numpy

from ..errors import DTypeError, InvalidValueError, LengthsError

__all__ = [
    "array",
    "dtype",
    "ids",
    "increasing",
    "integer",
    "integers",
    "lengths",
    "matching",
    "number",
    "overlap",
    "positive",
    "rank",
    "real",
    "same_dtype",
    "shape",
    "steps",
    "uint32",
    "update",
    "which",
    "writable",
]

INT32_MAX = 2**31 - 1


# -- scalars -------------------------------------------------------------------------------------------


def integer(op: str, name: str, value: Any, least: float = 0, most: float = INT32_MAX) -> int:
    """`value` as an int in [least, most]. Floats without a fraction pass.

    Raises:
        TypeError: not an integral number.
        ValueError: out of the range.
    """
    if isinstance(value, (float, numpy.floating)) and value.is_integer():
        value = int(value)
    try:
        result = operator.index(value)
    except TypeError:
        raise TypeError(f"{op}: {name} must be an integer; got {value!r}") from None
    if result < least:
        raise ValueError(f"{op}: {name} must be at least {least}; got {result}")
    if result > most:
        raise ValueError(f"{op}: {name} must be at most {most}; got {result}")
    return result


def number(op: str, name: str, value: Any) -> float:
    """`value` as a float.

    Raises:
        TypeError: not a real number.
    """
    try:
        if not isinstance(value, (str, bytes)):
            return float(value)
    except (TypeError, ValueError):
        pass
    raise TypeError(f"{op}: {name} must be real number, not {type(value).__name__}")


def uint32(op: str, name: str, value: Any) -> int:
    """`value` as an int of 32 bits without sign; a float is truncated.

    Raises:
        TypeError: not a number.
        OverflowError: out of the range.
    """
    try:
        result = None if isinstance(value, (str, bytes)) else int(value)
    except (TypeError, ValueError):
        result = None
    if result is None:
        raise TypeError(f"{op}: {name} must be a number; got {value!r}")
    if result < 0:
        raise OverflowError(f"{op}: can't convert negative value to uint32_t; got {name} {result}")
    if result >= 2**32:
        raise OverflowError(f"{op}: value too large to convert to uint32_t; got {name} {result}")
    return result


def positive(op: str, name: str, value: Any) -> float:
    """`value` as a float that is finite and greater than zero.

    Raises:
        TypeError: not a real number.
        ValueError: zero, negative, infinite or NaN.
    """
    result = number(op, name, value)
    if not 0.0 < result < float("inf"):
        raise ValueError(f"{op}: {name} must be positive and finite; got {result}")
    return result


# -- arrays --------------------------------------------------------------------------------------------


def array(op: str, name: str, X: Any) -> None:
    """X is an array (of any array module), not a list, scalar or None.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(X, numpy.ndarray) or hasattr(X, "__cuda_array_interface__"):
        return
    found = type(X).__name__
    raise TypeError(f"{op}: Argument '{name}' has incorrect type (expected numpy.ndarray, got {found})")


def rank(op: str, name: str, X: Any, ndim: int) -> None:
    """X has `ndim` dimensions.

    Raises:
        ValueError: it has not.
    """
    if X.ndim != ndim:
        raise InvalidValueError(
            f"{op}: {name} must have {ndim} dimension(s); got {X.ndim} (shape {tuple(X.shape)})"
        )


def shape(op: str, name: str, X: Any, expected: tuple[int, ...]) -> None:
    """X has exactly this shape.

    Raises:
        ValueError: it has not.
    """
    if tuple(X.shape) != tuple(expected):
        raise InvalidValueError(f"{op}: {name} must have shape {tuple(expected)}; got {tuple(X.shape)}")


def matching(op: str, **arrays: Any) -> None:
    """All arrays have the shape of the first one; nothing is broadcast.

    Raises:
        ValueError: they have not.
    """
    (first, X), *others = arrays.items()
    for name, Y in others:
        if Y.shape != X.shape:
            raise ValueError(
                f"{op}: arrays have incompatible shapes: {X.shape} and {Y.shape} ({first} and {name})"
            )


def real(op: str, name: str, X: Any, kinds: str = "f") -> None:
    """The dtype of X is of one of these kinds (`f` floats, `i` and `u` integers, `b` bools).

    Raises:
        TypeError: it is not. The exception is a ValueError too.
    """
    if X.dtype.kind not in kinds:
        wanted = "float" if kinds == "f" else "integer" if "f" not in kinds else "real"
        raise DTypeError(f"{op}: {name} must have a {wanted} dtype; got {X.dtype}")


def dtype(op: str, name: str, X: Any, *expected: str) -> None:
    """The dtype of X is one of these, in native byte order.

    Raises:
        TypeError: it is not. The exception is a ValueError too.
    """
    if X.dtype not in [numpy.dtype(one) for one in expected]:
        raise DTypeError(f"{op}: {name} must have dtype {' or '.join(expected)}; got {X.dtype}")


def same_dtype(op: str, **arrays: Any) -> None:
    """All arrays are native float32, or all are native float64.

    Raises:
        TypeError: they are not. The exception is a ValueError too.
    """
    dtypes = [X.dtype for X in arrays.values()]
    if dtypes[0] not in (numpy.float32, numpy.float64) or any(dtype != dtypes[0] for dtype in dtypes):
        found = ", ".join(f"{name} {str(dtype)!r}" for name, dtype in zip(arrays, dtypes, strict=True))
        raise DTypeError(
            f"{op}: unsupported or mismatching array data types; got {found}, "
            "where all must be float32 or all float64"
        )


def writable(op: str, name: str, X: Any) -> None:
    """X is an array that may be written to.

    Raises:
        TypeError: it is no array.
        ValueError: it is read-only.
    """
    array(op, name, X)
    if not getattr(X.flags, "writeable", True):
        raise ValueError(f"{op}: {name} must be writable; got a read-only array")


def update(op: str, weights: Any, gradient: Any, **state: Any) -> None:
    """The arrays of a parameter's update: moments need as many elements as the weights, others their shape.

    Raises:
        ValueError: sizes or shapes differ, or an array is read-only.
        TypeError: an array is not of floats.
    """
    for name, array in {"weights": weights, "gradient": gradient, **state}.items():
        if array is None:
            continue
        writable(op, name, array)
        real(op, name, array)
        if array.size != weights.size or (array.shape != weights.shape and not name.startswith("mom")):
            raise ValueError(
                f"{op}: {name} must have the shape of the weights; got {array.shape} for {weights.shape}"
            )


def overlap(X: Any, Y: Any) -> bool:
    """May X and Y share memory? (Bounds only: a False is certain, a True is not.)"""
    if isinstance(X, numpy.ndarray) and isinstance(Y, numpy.ndarray):
        return bool(numpy.may_share_memory(X, Y))
    return X is Y


# -- rows ----------------------------------------------------------------------------------------------


def _integers(op: str, name: str, values: Any, xp: Any) -> Any:
    """`values` as an array of some integer dtype; an empty list counts as one."""
    try:
        result = xp.asarray(values)
    except ValueError:
        raise InvalidValueError(f"{op}: {name} must be integers; got lists of different lengths") from None
    if result.dtype.kind not in "iu" and result.size == 0:
        return result.astype("int32")
    real(op, name, result, "iu")
    return result


def integers(op: str, name: str, values: Any, xp: Any = numpy) -> Any:
    """Integers of one dimension, as int64; lists pass.

    Raises:
        TypeError: not integers.
        ValueError: not one dimension.
    """
    result = _integers(op, name, values, xp)
    rank(op, name, result, 1)
    return result.astype("int64", copy=False)


def lengths(op: str, lengths: Any, n_rows: int | None, least: int = 0, xp: Any = numpy) -> Any:
    """The lengths of sequences, as a C-contiguous int32 (B,); lists and other integers are converted.

    Args:
        n_rows: what the lengths must sum to; None where the op derives the number of rows from them.
        least: the smallest length allowed, 0 or 1.
    Raises:
        TypeError: not integers.
        ValueError: not one dimension, or a length below `least`.
        IndexError: the lengths do not sum to `n_rows`. The exception is a ValueError too.
        OverflowError: `n_rows` is None and the sum is 2**31 or more.
    """
    values = integers(op, "lengths", lengths, xp)
    total = 0
    if values.size:
        # Read without sign, negative numbers are large; and the sum of what passes cannot overflow.
        wrong = bool(values.view("uint64").max() > INT32_MAX) or (least > 0 and not values.all())
        total = sum(values.tolist()) if wrong else int(values.sum())
        if wrong and (n_rows is not None or values.min() < least):
            _refuse_lengths(op, values.tolist(), n_rows, least)
    if n_rows is not None and total != n_rows:
        _refuse_lengths(op, values.tolist(), n_rows, least)
    if total > INT32_MAX:
        raise OverflowError(f"{op}: lengths must sum to less than 2**31 rows; got {total}")
    return xp.ascontiguousarray(values.astype("int32"))


def _refuse_lengths(op: str, values: list[int], n_rows: int | None, least: int) -> None:
    """Word the first fault in reading order: a length that is too small, or the sum passing the rows."""
    window = op.endswith("seq2col")
    bound = ">= 0" if least == 0 else "> 0"
    subject = "All" if window else "all"
    found = "got" if op.startswith("backprop") else "was:"
    total = 0
    for b, n in enumerate(values):
        if n < least:
            raise InvalidValueError(
                f"{op}: {subject} sequence lengths must be {bound}, {found} {n} (lengths[{b}])"
            )
        total += n
        if n_rows is not None and total > n_rows and not window:
            break
    rule = "lengths must sum up to the number of rows"
    if window:
        rule = "The lengths must sum up to the batch length"
    found_rows = total if min(values, default=0) < 0 else sum(values)
    raise LengthsError(f"{op}: {rule}; got {found_rows} for {n_rows} rows")


def increasing(op: str, name: str, values: Any, xp: Any = numpy) -> Any:
    """Row numbers that increase strictly from 0 or more, as an int64 array.

    Raises:
        TypeError: not integers.
        ValueError: not one dimension, negative, or not increasing.
    """
    rows = integers(op, name, values, xp)
    if rows.size and (int(rows[0]) < 0 or bool((rows[1:] <= rows[:-1]).any())):
        raise ValueError(f"{op}: {name} must be >= 0 and increase; got {rows.tolist()}")
    return rows


def steps(op: str, name: str, sizes: Any, n_rows: int, xp: Any = numpy) -> list[int]:
    """The batch sizes of the steps of packed sequences, as a list: non-increasing, summing to `n_rows`.

    Raises:
        TypeError: not integers.
        ValueError: not one dimension, negative, increasing, or not summing to `n_rows`.
    """
    values = integers(op, name, sizes, xp).tolist()
    for t, n in enumerate(values):
        if n < 0:
            raise InvalidValueError(f"{op}: {name} must not be negative; got {n} at step {t}")
        if t and n > values[t - 1]:
            raise InvalidValueError(
                f"{op}: {name} must not increase (sort sequences by descending length); "
                f"got {n} after {values[t - 1]} at step {t}"
            )
    if sum(values) != n_rows:
        raise InvalidValueError(f"{op}: {name} must sum to the rows; got {sum(values)} for {n_rows} rows")
    return values


def ids(op: str, name: str, indices: Any, bound: int, xp: Any = numpy, negative: bool = False) -> Any:
    """Indices into `bound` rows, as an array of their own integer dtype.

    Args:
        negative: whether negative indices pass (for ops that define what they mean).
    Raises:
        TypeError: not integers.
        IndexError: an index is >= `bound`, or negative.
    """
    result = _integers(op, name, indices, xp)
    bad = result >= bound
    if not negative:
        bad = bad | (result < 0)
    if result.size and bool(bad.any()):
        found = int(result[bad][0])
        raise IndexError(f"{op}: Embedding index out-of-bounds; {name} must be in [0, {bound}), got {found}")
    return result


def which(op: str, which: Any, expected: tuple[int, ...], limit: Any, kind: str, xp: Any = numpy) -> Any:
    """Positions of maxima, as int32 of the `expected` shape, each in [0, limit).

    Args:
        limit: an int, or an int array that broadcasts against `which`.
        kind: what `limit` is called in the message, `size` or `length`.
    Raises:
        TypeError: not integers.
        ValueError: another shape.
        IndexError: a position is out of range.
    """
    result = _integers(op, "which", which, xp)
    shape(op, "which", result, expected)
    bad = (result < 0) | (result >= limit)
    if result.size and bool(bad.any()):
        bound = int(xp.broadcast_to(xp.asarray(limit), result.shape)[bad][0])
        raise IndexError(
            f"{op}: index {int(result[bad][0])} is out of bounds for maxout with {kind} {bound} (in which)"
        )
    return result.astype("int32", copy=False)

"""Truths of a classification, as arrays: a target and a mask for every cell of the guesses.

Truths come as class numbers, as names (or None, where the truth is not known), as negated names
("not this class"), or as rows of probabilities. Whatever they are, the target of a cell is the
probability it should have, and the mask is 0 where a cell takes no part. All sizes are those of
the guesses; nothing grows with the square of the number of classes.
"""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, Optional, Union

import numpy

MissingT = Union[str, int, None]
# How many of the allowed names an error lists.
SHOWN = 10


class Labels:
    """One class per row, some of them missing or negated."""

    __slots__ = ("ids", "missing", "negated")

    def __init__(self, ids: numpy.ndarray, missing: numpy.ndarray, negated: Optional[numpy.ndarray] = None):
        self.ids = ids
        self.missing = missing
        self.negated = negated


def read_labels(
    op: str,
    truths: Sequence,
    n_classes: int,
    *,
    names: Mapping[str, int],
    missing_value: MissingT,
    neg_prefix: Optional[str],
) -> Labels:
    """Labels from a sequence of class numbers or of names.

    An item that is None or equals `missing_value` is missing, in either kind.

    Raises:
        TypeError: an item is neither a string nor an integer, or there are both.
        ValueError: there are strings, but no names.
        KeyError: a name is unknown.
        IndexError: a number is not a class.
    """
    missing = numpy.array([item is None or _equal(item, missing_value) for item in truths], dtype=bool)
    kinds = {_kind(op, i, item) for i, item in enumerate(truths) if item is not None}
    if "name" in kinds and not names:
        raise ValueError(
            f"{op}: Cannot calculate loss from list of strings without names. "
            "You can pass the names as a keyword argument when you create the loss object."
        )
    present = [(i, item) for i, item in enumerate(truths) if not missing[i]]
    if len({_kind(op, i, item) for i, item in present}) > 1:
        raise TypeError(f"{op}: truths must be all strings or all integers; got both")
    ids = numpy.zeros(len(truths), dtype="int64")
    negated = numpy.zeros(len(truths), dtype=bool)
    for i, item in present:
        if isinstance(item, str):
            negated[i] = bool(neg_prefix) and item.startswith(neg_prefix or "")
            ids[i] = _look_up(op, i, item.removeprefix(neg_prefix or ""), names)
        else:
            ids[i] = item
    _check_ids(op, ids, missing, n_classes)
    return Labels(ids, missing, negated if negated.any() else None)


def read_ids(op: str, truths: Any, n_classes: int, *, missing_value: MissingT) -> Labels:
    """Labels from a vector of class numbers.

    Raises:
        TypeError: they are not integers.
        IndexError: a number is not a class.
    """
    ids = truths if isinstance(truths, numpy.ndarray) else truths.get()
    if ids.dtype.kind not in "iub":
        raise TypeError(f"{op}: truths must be integers if they are a vector; got {ids.dtype}")
    ids = ids.astype("int64")
    missing = numpy.zeros(ids.shape, dtype=bool)
    if isinstance(missing_value, Integral):
        missing = ids == missing_value
    _check_ids(op, ids, missing, n_classes)
    return Labels(ids, missing)


def fill(labels: Labels, guesses: Any, xp: Any, smoothing: float) -> tuple[Any, Any]:
    """Target and mask for guesses (B, C) from labels of B rows.

    The target is `1 - smoothing` at the label and `smoothing / (C - 1)` elsewhere. A row that is
    missing is masked; of a negated one only the label's cell takes part, with target 0.
    """
    shape = (len(labels.ids), guesses.shape[1])
    low = smoothing / (shape[1] - 1) if smoothing else 0.0
    target = xp.full(shape, low, dtype=guesses.dtype)
    mask = xp.ones(shape, dtype=guesses.dtype)
    rows = numpy.flatnonzero(~labels.missing)
    target[rows, labels.ids[rows]] = 1.0 - smoothing
    mask[numpy.flatnonzero(labels.missing)] = 0.0
    if labels.negated is not None:
        rows = numpy.flatnonzero(labels.negated)
        target[rows] = 0.0
        mask[rows] = 0.0
        mask[rows, labels.ids[rows]] = 1.0
    return target, mask


def check_smoothing(op: str, smoothing: float, n_classes: int) -> None:
    """Smoothing has to leave the label the most probable class.

    Raises:
        ValueError: it does not.
    """
    if smoothing < 0.0:
        raise ValueError(
            f"{op}: Label-smoothing parameter has to be greater than or equal to 0; got {smoothing}"
        )
    if smoothing and n_classes < 2:
        raise ValueError(
            f"{op}: n_classes should be greater than 1 when label smoothing is enabled,"
            f"but {n_classes} was provided."
        )
    if smoothing and smoothing >= (n_classes - 1) / n_classes:
        raise ValueError(
            f"{op}: For {n_classes} classes label_smoothing parameter has to be less than "
            f"{(n_classes - 1) / n_classes}, but found {smoothing}."
        )


def _equal(item: Any, missing_value: MissingT) -> bool:
    # A string never equals a number, and asking NumPy may warn.
    return isinstance(item, str) == isinstance(missing_value, str) and bool(item == missing_value)


def _kind(op: str, i: int, item: Any) -> str:
    if isinstance(item, str):
        return "name"
    if isinstance(item, (Integral, numpy.bool_)):
        return "number"
    raise TypeError(
        f"{op}: truths must be strings or integers if they are a sequence; "
        f"got {type(item).__name__} at position {i}"
    )


def _look_up(op: str, i: int, name: str, names: Mapping[str, int]) -> int:
    if name not in names:
        allowed = ", ".join(map(repr, list(names)[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
        raise KeyError(f"{op}: truths must be among the names ({allowed}); got {name!r} at position {i}")
    return names[name]


def _check_ids(op: str, ids: numpy.ndarray, missing: numpy.ndarray, n_classes: int) -> None:
    bad = ~missing & ((ids < 0) | (ids >= n_classes))
    if bad.any():
        i = int(bad.argmax())
        raise IndexError(f"{op}: truths must be in [0, {n_classes}); got {ids[i]} at position {i}")

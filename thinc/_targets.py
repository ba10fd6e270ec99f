"""Truths of a classification, as arrays: a target and a mask for every cell of the guesses.

Truths come as class numbers, as names (or None, where the truth is not known), as negated names
("not this class"), or as rows of probabilities. Whatever they are, the target of a cell is the
probability it should have, and the mask is 0 where a cell takes no part. All sizes are those of
the guesses; nothing grows with the square of the number of classes.
"""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from types import NoneType
from typing import Any, Optional, Union

import numpy

MissingT = Union[str, int, None]
# How many of the allowed names an error lists.
SHOWN = 10


class Labels:
    """One class per row, any where it is missing; `missing` and `negated` are None if no row is."""

    __slots__ = ("ids", "missing", "negated")

    def __init__(
        self,
        ids: numpy.ndarray,
        missing: Optional[numpy.ndarray] = None,
        negated: Optional[numpy.ndarray] = None,
    ):
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
    kinds = _kinds(truths)
    if None in kinds:
        truths = [_item(op, i, item) for i, item in enumerate(truths)]
        kinds = _kinds(truths)
    if "name" in kinds and not names:
        raise ValueError(
            f"{op}: Cannot calculate loss from list of strings without names. "
            "You can pass the names as a keyword argument when you create the loss object."
        )
    missing = None
    if "nothing" in kinds or missing_value is not None:
        missing = numpy.array(_are_missing(truths, missing_value), dtype=bool)
        if len(kinds - {"nothing"}) > 1:
            kinds = _kinds(item for item, left_out in zip(truths, missing, strict=True) if not left_out)
    if {"name", "number"} <= kinds:
        raise TypeError(f"{op}: truths must be all strings or all integers; got both")
    if "name" in kinds:
        return _read_names(op, truths, missing, names, neg_prefix)
    if missing is not None:
        truths = [item if isinstance(item, _NUMBERS) else 0 for item in truths]
    return _checked(op, _as_ids(op, truths), missing, n_classes)


def read_ids(op: str, truths: Any, n_classes: int, *, missing_value: MissingT) -> Labels:
    """Labels from an array of class numbers.

    Raises:
        TypeError: they are not integers.
        IndexError: a number is not a class.
    """
    ids = truths if isinstance(truths, numpy.ndarray) else truths.get()
    if ids.dtype.kind not in "iub":
        raise TypeError(f"{op}: truths must be integers if they are one rank less; got {ids.dtype}")
    missing = ids == missing_value if isinstance(missing_value, Real) else None
    return _checked(op, ids.astype("int64", copy=False), missing, n_classes)


def fill(labels: Labels, guesses: Any, xp: Any, smoothing: float) -> tuple[Any, Any]:
    """Target and mask for guesses (..., C) from labels of their rows.

    The target is `1 - smoothing` at the label and `smoothing / (C - 1)` elsewhere. A row that is
    missing is masked; of a negated one only the label's cell takes part, with target 0.
    """
    n_classes = guesses.shape[-1]
    shape = (*labels.ids.shape, n_classes)
    low = smoothing / (n_classes - 1) if smoothing else 0.0
    target = xp.full(shape, low, dtype=guesses.dtype)
    mask = xp.ones(shape, dtype=guesses.dtype)
    ids = xp.asarray(labels.ids)
    if ids.size:
        target.reshape((-1, n_classes))[xp.arange(ids.size), ids.ravel()] = 1.0 - smoothing
    if labels.missing is not None:
        mask[xp.asarray(labels.missing)] = 0.0
    if labels.negated is not None:
        rows = xp.flatnonzero(xp.asarray(labels.negated))
        target[rows] = 0.0
        mask[rows] = 0.0
        mask[rows, ids[rows]] = 1.0
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


_NUMBERS = (Integral, numpy.bool_)


def _kinds(truths: Iterable[Any]) -> set[Optional[str]]:
    return {_kind(cls) for cls in set(map(type, truths))}


def _kind(cls: type) -> Optional[str]:
    """What an item of that type is; None if the type does not say."""
    if issubclass(cls, str):
        return "name"
    if issubclass(cls, _NUMBERS):
        return "number"
    return "nothing" if cls is NoneType else None


def _item(op: str, i: int, item: Any) -> Any:
    """The label in an array without dimensions; other items as they are."""
    if getattr(item, "ndim", None) == 0:
        item = item.item()
    if _kind(type(item)) is None:
        raise TypeError(
            f"{op}: truths must be strings or integers if they are a sequence; "
            f"got {type(item).__name__} at position {i}"
        )
    return item


def _are_missing(truths: Sequence[Any], missing_value: MissingT) -> list[bool]:
    if type(missing_value) is str and set(map(type, truths)) == {str}:
        return [item == missing_value for item in truths]
    return [item is None or _equal(item, missing_value) for item in truths]


def _equal(item: Any, missing_value: MissingT) -> bool:
    # A string never equals a number, and asking NumPy may warn.
    return isinstance(item, str) == isinstance(missing_value, str) and bool(item == missing_value)


def _read_names(
    op: str,
    truths: Sequence[Any],
    missing: Optional[numpy.ndarray],
    names: Mapping[str, int],
    neg_prefix: Optional[str],
) -> Labels:
    negated = None
    if missing is not None:
        # Some name, since the class of a missing row says nothing.
        anything = next(iter(names))
        truths = [anything if left_out else item for item, left_out in zip(truths, missing, strict=True)]
    if neg_prefix:
        negated = numpy.array([name.startswith(neg_prefix) for name in truths], dtype=bool)
        negated = negated if negated.any() else None
        truths = [name.removeprefix(neg_prefix) for name in truths]
    try:
        ids = numpy.array([names[name] for name in truths], dtype="int64")
    except KeyError:
        i = next(i for i, name in enumerate(truths) if name not in names)
        allowed = ", ".join(map(repr, list(names)[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
        raise KeyError(
            f"{op}: truths must be among the names ({allowed}); got {truths[i]!r} at position {i}"
        ) from None
    return Labels(ids, missing, negated)


def _as_ids(op: str, truths: Sequence[Any]) -> numpy.ndarray:
    try:
        return numpy.array(truths, dtype="int64")
    except OverflowError:
        raise IndexError(f"{op}: truths must be class numbers; got {max(truths, key=abs)}") from None


def _checked(op: str, ids: numpy.ndarray, missing: Optional[numpy.ndarray], n_classes: int) -> Labels:
    """Labels whose ids are classes; those of missing rows may have been anything."""
    if ids.size and (ids.min() < 0 or ids.max() >= n_classes):
        bad = (ids < 0) | (ids >= n_classes)
        if missing is not None:
            ids = numpy.where(missing & bad, 0, ids)
            bad &= ~missing
        if bad.any():
            where = numpy.unravel_index(bad.argmax(), bad.shape)
            position = int(where[0]) if len(where) == 1 else tuple(map(int, where))
            raise IndexError(
                f"{op}: truths must be in [0, {n_classes}); got {ids[where]} at position {position}"
            )
    return Labels(ids, missing)

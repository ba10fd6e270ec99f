"""What embedding tables share: reading rows, and a mask over the columns."""

from typing import Any

import numpy

from .._validation import describe
from ..errors import DTypeError
from ..model import Model
from ..types import Floats2d, Ints1d, Ints2d
from .dropout import check_rate

_UINT64 = numpy.dtype("uint64")


class IdsKindError(DTypeError, AttributeError, IndexError):
    """Ids are not an integer array; earlier releases failed to index with them, or to find a shape."""


def check_ids(name: str, ids: Any) -> None:
    """Raise unless ids is an integer array (an empty one may have any dtype).

    Raises:
        IdsKindError: a list, bools, floats.
    """
    if not hasattr(ids, "dtype") or (ids.dtype.kind not in "iu" and ids.size):
        raise IdsKindError(f"{name}: ids must be an integer array; got {describe(ids)}")


def one_axis(ids: Any) -> Any:
    """The ids; what stands for an empty batch of unknown kind, floats (0, 0), as an array with one axis."""
    is_nothing = getattr(ids, "shape", None) == (0, 0) and ids.dtype.kind == "f"
    return ids.reshape((0,)) if is_nothing else ids


def take_rows(model: Model, E: Floats2d, ids: Any) -> tuple[Floats2d, Ints1d]:
    """`E[ids]` (N, O) of N ids in any shape, and the ids (N,).

    Raises:
        IndexError: an id is negative or too large.
    """
    check_ids(model.name, ids)
    ids = ids if ids.ndim == 1 else ids.reshape((-1,))
    try:
        return model.ops.gather_add(E, ids.reshape((-1, 1))), ids
    except IndexError:
        outside = int(ids[(ids < 0) | (ids >= len(E))][0])
        raise IndexError(
            f"{model.name}: ids must be within the table; index {outside} is out of bounds for axis 0 "
            f"with size {len(E)}"
        ) from None


def rows_of_hashes(model: Model, ids: Ints1d, nV: int) -> Ints2d:
    """The four rows of each id in a table of nV rows, int32 (N, 4).

    Raises:
        ValueError: ids have more than one axis, and rows.
        IndexError: the table is empty.
    """
    check_ids(model.name, ids)
    if ids.ndim != 1 and 0 not in ids.shape[:1]:
        raise ValueError(
            f"{model.name}: ids must have one axis; got {ids.shape} "
            f"(Buffer has wrong number of dimensions (expected 1, got {ids.ndim}))"
        )
    if nV < 1:
        raise IndexError(f"{model.name}: a table needs rows to look up ids; got nV={nV}")
    ids = model.ops.as_contig(ids.reshape((-1,)), dtype=_UINT64)
    keys = model.ops.hash(ids, model.attrs["seed"])
    return (keys % nV).view("int32")


def dropout_mask(model: Model, is_train: bool) -> Any | None:
    """One mask (nO,) for all rows of the batch, or None if there is nothing to drop."""
    rate = model.attrs.get("dropout_rate")
    if not (rate and is_train):
        return None
    check_rate(model.name, rate)
    return model.ops.get_dropout_mask(model.get_param("E").shape[1:], rate)


def table_attrs(attrs: dict, dropout: float | None) -> dict:
    """The attributes, with a dropout rate only if one was asked for."""
    if dropout is None:
        return attrs
    check_rate("dropout", dropout)
    return {**attrs, "dropout_rate": dropout}

"""What embedding tables share: reading rows, adding to the rows used, and a mask over the columns."""

from collections.abc import Callable
from typing import Any

from .._validation import describe
from ..errors import DTypeError
from ..model import Model
from .dropout import check_rate


class IdsKindError(DTypeError, AttributeError, IndexError):
    """Ids are not an integer array; earlier releases failed to index with them, or to find a shape."""


def check_ids(name: str, ids: Any) -> None:
    """Raise unless ids is an integer array (an empty one may have any dtype).

    Raises:
        IdsKindError: a list, bools, floats.
    """
    if not hasattr(ids, "dtype") or (ids.dtype.kind not in "iu" and ids.size):
        raise IdsKindError(f"{name}: ids must be an integer array; got {describe(ids)}")


def table_gradient(model: Model, add_rows: Callable[[Any], None]) -> None:
    """Let `add_rows(dE)` add to the gradient of E in place.

    The gradient is one dense array that lives as long as the model; only the rows that were used are
    written to. Where gradients are kept elsewhere (a parameter server's proxy), a new array is handed over.
    """
    dE = model.maybe_get_grad("E")
    if dE is not None:
        add_rows(dE)
        return
    E = model.get_param("E")
    dE = model.ops.alloc(E.shape, dtype=E.dtype)
    add_rows(dE)
    model.inc_grad("E", dE)


def dropout_mask(model: Model, nO: int, is_train: bool) -> Any | None:
    """One mask (nO,) for all rows of the batch, or None if there is nothing to drop."""
    rate = model.attrs.get("dropout_rate")
    if not (rate and is_train):
        return None
    check_rate(model.name, rate)
    return model.ops.get_dropout_mask((nO,), rate)


def table_attrs(attrs: dict, dropout: float | None) -> dict:
    """The attributes, with a dropout rate only if one was asked for."""
    if dropout is None:
        return attrs
    check_rate("dropout", dropout)
    return {**attrs, "dropout_rate": dropout}

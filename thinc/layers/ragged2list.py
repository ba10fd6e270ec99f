"""A Ragged as a list of arrays."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from ..types import ListXd, Ragged
from ._checks import check_ragged
from ._ragged import joined

__all__ = ["forward", "ragged2list"]

InT = Ragged
OutT = TypeVar("OutT", bound=ListXd)


@registry.layers("ragged2list.v1")
def ragged2list() -> Model[Ragged, list[Any]]:
    """Split a Ragged into one array (a view) per sequence; backprop joins the gradients again."""
    return Model("ragged2list", forward)


def forward(model: Model[Ragged, OutT], Xr: Ragged, is_train: bool) -> tuple[OutT, Callable]:
    check_ragged(model.name, Xr)
    lengths = Xr.lengths

    def backprop(dYs: OutT) -> Ragged:
        return Ragged(joined(model.ops, dYs), lengths)

    return cast(OutT, model.ops.unflatten(Xr.dataXd, lengths)), backprop

"""A list of arrays as one array."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..types import ArrayXd
from ._ragged import joined
from ._typevar import TypeVar

__all__ = ["forward", "list2array"]

OutT = TypeVar("OutT", bound=ArrayXd, default=Any)
InT = list[OutT]


@registry.layers("list2array.v1")
def list2array() -> Model[list[OutT], OutT]:
    """Concatenate a list of arrays along the first axis; backprop splits the gradient again."""
    return Model("list2array", forward)


def forward(model: Model[list[OutT], OutT], Xs: list[OutT], is_train: bool) -> tuple[OutT, Callable]:
    lengths = [len(X) for X in Xs]

    def backprop(dY: OutT) -> list[OutT]:
        return model.ops.unflatten(dY, lengths)

    return joined(model.ops, Xs), backprop

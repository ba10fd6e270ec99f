"""A Padded batch as a list of arrays."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from ..types import List2d, Padded

__all__ = ["forward", "padded2list"]

InT = Padded
OutT = TypeVar("OutT", bound=List2d)


@registry.layers("padded2list.v1")
def padded2list() -> Model[Padded, list[Any]]:
    """The sequences of a Padded in their original order; backprop pads the gradients again."""
    return Model("padded2list", forward)


def forward(model: Model[Padded, OutT], Xp: Padded, is_train: bool) -> tuple[OutT, Callable]:
    return cast(OutT, model.ops.padded2list(Xp)), model.ops.list2padded

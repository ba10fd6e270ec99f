"""A list of arrays as a Padded batch."""

from collections.abc import Callable
from typing import TypeVar

from ..config import registry
from ..model import Model
from ..types import List2d, Padded

__all__ = ["forward", "list2padded"]

InT = TypeVar("InT", bound=List2d)
OutT = Padded


@registry.layers("list2padded.v1")
def list2padded() -> Model[List2d, Padded]:
    """Sequences sorted by length, time first, padded with zeros; backprop takes them apart again."""
    return Model("list2padded", forward)


def forward(model: Model[InT, Padded], Xs: InT, is_train: bool) -> tuple[Padded, Callable]:
    return model.ops.list2padded(Xs), model.ops.padded2list

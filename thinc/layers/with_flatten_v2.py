"""A layer for flat lists, applied to nested ones. The second version returns lists."""

from collections.abc import Callable
from typing import TypeVar

from ..config import registry
from ..model import Model
from ._checks import check_count
from .with_flatten import flattened, init, nested

__all__ = ["forward", "init", "with_flatten_v2"]

InItemT = TypeVar("InItemT")
OutItemT = TypeVar("OutItemT")
NestedT = list[list[InItemT]]


@registry.layers("with_flatten.v2")
def with_flatten_v2(
    layer: Model[list[InItemT], list[OutItemT]],
) -> Model[list[list[InItemT]], list[list[OutItemT]]]:
    """Apply a layer to the items of all inner lists, and nest its output, a list, in the same way."""
    return Model(f"with_flatten({layer.name})", forward, layers=[layer], init=init)


def forward(
    model: Model[list[list[InItemT]], list[list[OutItemT]]], Xnest: list[list[InItemT]], is_train: bool
) -> tuple[list[list[OutItemT]], Callable]:
    lengths = [len(Xs) for Xs in Xnest]
    Ys, backprop_layer = model.layers[0](flattened(Xnest), is_train)

    def backprop(dYnest: list[list[OutItemT]]) -> list[list[InItemT]]:
        check_count(model.name, "dY", len(lengths), dYnest)
        return nested(backprop_layer(flattened(dYnest)), lengths)

    return nested(Ys, lengths), backprop

"""A layer applied to one item of a tuple."""

from collections.abc import Callable
from typing import Any

from .._validation import describe
from ..config import registry
from ..model import Model

__all__ = ["forward", "init", "with_getitem"]

InT = tuple[Any, ...]
OutT = tuple[Any, ...]


@registry.layers("with_getitem.v1")
def with_getitem(idx: int, layer: Model) -> Model[InT, OutT]:
    """Replace item `idx` of a tuple by the layer's output for it; the others are passed on.

    Args:
        idx: negative ones count from the end.
    """
    return Model(f"with_getitem({layer.name})", forward, init=init, layers=[layer], attrs={"idx": idx})


def forward(model: Model[InT, OutT], items: InT, is_train: bool) -> tuple[OutT, Callable]:
    idx = _position(model, items)
    Y, backprop_item = model.layers[0](items[idx], is_train)

    def backprop(d_items: OutT) -> InT:
        return _replaced(d_items, idx, backprop_item(d_items[idx]))

    return _replaced(items, idx, Y), backprop


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    model.layers[0].initialize(
        X=X[_position(model, X)] if X is not None else None,
        Y=Y[_position(model, Y)] if Y is not None else None,
    )


def _position(model: Model, items: InT) -> int:
    if not isinstance(items, tuple):
        raise TypeError(f"{model.name}: a tuple is required; got {describe(items)}")
    idx = model.attrs["idx"]
    if not -len(items) <= idx < len(items):
        raise IndexError(f"{model.name}: tuple index out of range; got item {idx} of {len(items)}")
    return idx % len(items)


def _replaced(items: InT, idx: int, item: Any) -> OutT:
    return (*items[:idx], item, *items[idx + 1 :])

"""A layer applied to each item of a list on its own."""

from collections.abc import Callable
from typing import TypeVar

from ..model import Model
from ._checks import check_count

__all__ = ["forward", "init", "map_list"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


def map_list(layer: Model[InT, OutT]) -> Model[list[InT], list[OutT]]:
    """Apply a layer to every item of a list: `Y = [f(x) for x in X]`.

    For layers that treat rows independently `with_array` does the same in one call.
    """
    return Model("map_list", forward, layers=[layer], init=init)


def forward(model: Model[list[InT], list[OutT]], X: list[InT], is_train: bool) -> tuple[list[OutT], Callable]:
    layer = model.layers[0]
    Y = []
    callbacks = []
    for x in X:
        y, callback = layer(x, is_train)
        Y.append(y)
        callbacks.append(callback)

    def backprop(dY: list[OutT]) -> list[InT]:
        check_count(model.name, "dY", len(callbacks), dY)
        return [callback(dy) for callback, dy in zip(callbacks, dY, strict=True)]

    return Y, backprop


def init(
    model: Model[list[InT], list[OutT]], X: list[InT] | None = None, Y: list[OutT] | None = None
) -> None:
    model.layers[0].initialize(X=X[0] if X else None, Y=Y[0] if Y else None)

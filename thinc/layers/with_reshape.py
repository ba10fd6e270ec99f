"""A layer for rows, applied to the last axis of a 3-d array."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..types import Array2d, Array3d
from ._checks import check_axes
from ._typevar import TypeVar
from ._width import copy_dims

__all__ = ["forward", "init", "with_reshape"]

InT = TypeVar("InT", bound=Array3d, default=Any)
OutT = TypeVar("OutT", bound=Array2d, default=Any)


@registry.layers("with_reshape.v1")
def with_reshape(layer: Model[OutT, OutT]) -> Model[InT, InT]:
    """Apply a layer to an array (B, T, I) as rows (B T, I); the result is (B, T, O)."""
    return Model(
        f"with_reshape({layer.name})", forward, init=init, layers=[layer], dims={"nO": None, "nI": None}
    )


def forward(model: Model[InT, InT], X: InT, is_train: bool) -> tuple[InT, Callable]:
    Y, backprop_layer = model.layers[0](_rows(model, "X", X), is_train=is_train)

    def backprop(dY: InT) -> InT:
        return backprop_layer(_rows(model, "dY", dY)).reshape(X.shape)

    return Y.reshape((*X.shape[:2], Y.shape[1])), backprop


def init(model: Model[InT, InT], X: InT | None = None, Y: InT | None = None) -> None:
    """Initialize the layer, without examples twice: seeded weights depend on the number of draws."""
    layer = model.layers[0]
    if X is None and Y is None:
        layer.initialize()
    layer.initialize(
        X=None if X is None else _rows(model, "X", X), Y=None if Y is None else _rows(model, "Y", Y)
    )
    copy_dims(model, layer)


def _rows(model, what, X):
    check_axes(model.name, what, X, 3, 3)
    return X.reshape((X.shape[0] * X.shape[1], X.shape[2]))

"""A layer whose output width can grow."""

from collections.abc import Callable
from typing import TypeVar, overload

from ..config import registry
from ..model import Model
from ._resize import resize_linear_weighted
from ._width import copy_dims, snapshot_dims

__all__ = ["forward", "init", "resizable", "resize_linear_weighted", "resize_model"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


# The second is for programs that annotate the result, and not as the layer says.
@overload
def resizable(layer: Model[InT, OutT], resize_layer: Callable) -> Model[InT, OutT]: ...
@overload
def resizable(layer: Model, resize_layer: Callable) -> Model: ...
@registry.layers("resizable.v1")
def resizable(layer: Model, resize_layer: Callable) -> Model:
    """The layer itself, in a container where `resize_model` can replace it.

    Args:
        resize_layer: `(layer, new_nO) -> layer`, as `resize_linear_weighted`.
    """
    return Model(
        f"resizable({layer.name})",
        forward,
        init=init,
        layers=[layer],
        attrs={"resize_layer": resize_layer},
        dims=snapshot_dims(layer),
    )


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    return model.layers[0](X, is_train=is_train)


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    layer = model.layers[0]
    layer.initialize(X, Y)
    copy_dims(model, layer, layer.dim_names)


def resize_model(model: Model[InT, OutT], new_nO: int) -> Model[InT, OutT]:
    """Replace the layer of a `resizable` by one of another output width. Returns the same model."""
    layer = model.attrs["resize_layer"](model.layers[0], new_nO)
    model.layers[0] = layer
    for name in model.dim_names:
        model.set_dim(name, layer.maybe_get_dim(name), force=True)
    return model

"""Ranges around the steps of a layer, for NVIDIA's profilers."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ..model import Model
from ..util import use_nvtx_range

__all__ = ["with_nvtx_range"]

ModelT = TypeVar("ModelT", bound=Model)


def with_nvtx_range(
    layer: ModelT, name: str | None = None, *, forward_color: int = -1, backprop_color: int = -1
) -> ModelT:
    """Mark the passes of a layer as ranges. The layer is patched in place and returned.

    Without CuPy nothing is marked.

    Args:
        layer: any layer.
        name: of the ranges, followed by "forward" and "backprop"; by default the layer's.
        forward_color: id of a colour, -1 for none.
        backprop_color: the same for the backward pass.
    """
    title = layer.name if name is None else name
    layer.replace_callbacks(
        partial(_forward, layer._func, title, forward_color, backprop_color), init=layer.init
    )
    return layer


def _forward(
    forward: Callable, title: str, color: int, backprop_color: int, model: Model, X: Any, is_train: bool
) -> tuple[Any, Callable]:
    with use_nvtx_range(f"{title} forward", color):
        Y, backprop_layer = forward(model, X, is_train=is_train)

    def backprop(dY: Any) -> Any:
        with use_nvtx_range(f"{title} backprop", backprop_color):
            return backprop_layer(dY)

    return Y, backprop

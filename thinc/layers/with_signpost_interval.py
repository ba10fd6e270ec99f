"""Intervals around the steps of a layer, for Apple's profilers."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from .. import compat
from ..model import Model

__all__ = ["with_signpost_interval"]

ModelT = TypeVar("ModelT", bound=Model)


def with_signpost_interval(layer: ModelT, signposter: Any, name: str | None = None) -> ModelT:
    """Mark the steps of a layer as intervals. The layer is patched in place and returned.

    Args:
        layer: any layer.
        signposter: an `os_signpost.Signposter`.
        name: of the intervals, followed by "init", "forward" and "backprop"; by default the layer's.
    Raises:
        ValueError: the package os_signpost is not installed.
    """
    if not compat.has_os_signpost:
        raise ValueError("with_signpost_interval layer requires the 'os_signpost' package")
    title = layer.name if name is None else name
    init = layer.init
    layer.replace_callbacks(
        partial(_forward, layer._func, signposter, title),
        init=None if init is None else partial(_init, init, signposter, title),
    )
    return layer


def _forward(
    forward: Callable, signposter: Any, title: str, model: Model, X: Any, is_train: bool
) -> tuple[Any, Callable]:
    with signposter.use_interval(f"{title} forward"):
        Y, backprop_layer = forward(model, X, is_train=is_train)

    def backprop(dY: Any) -> Any:
        with signposter.use_interval(f"{title} backprop"):
            return backprop_layer(dY)

    return Y, backprop


def _init(init: Callable, signposter: Any, title: str, model: Model, X: Any = None, Y: Any = None) -> None:
    with signposter.use_interval(f"{title} init"):
        init(model, X=X, Y=Y)

"""Hooks around the steps of a layer."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ..model import Model

__all__ = ["with_debug"]

ModelT = TypeVar("ModelT", bound=Model)
OnInitT = Callable[[Model, Any, Any], None]
OnForwardT = Callable[[Model, Any, bool], None]
OnBackpropT = Callable[[Any], None]


def do_nothing(*args: Any, **kwargs: Any) -> None:
    """The default hook."""


def with_debug(
    layer: ModelT,
    name: str | None = None,
    *,
    on_init: OnInitT = do_nothing,
    on_forward: OnForwardT = do_nothing,
    on_backprop: OnBackpropT = do_nothing,
) -> ModelT:
    """Call hooks before the steps of a layer. The layer is patched in place and returned.

    Args:
        layer: any layer. Copies of it made later have the hooks too.
        name: has no effect.
        on_init: called with (model, X, Y) before initialization.
        on_forward: called with (model, X, is_train) before the forward pass.
        on_backprop: called with (dY,) before the backward pass.
    """
    init = layer.init
    layer.replace_callbacks(
        partial(_forward, layer._func, on_forward, on_backprop),
        init=None if init is None else partial(_init, init, on_init),
    )
    return layer


def _forward(
    forward: Callable, on_forward: OnForwardT, on_backprop: OnBackpropT, model: Model, X: Any, is_train: bool
) -> tuple[Any, Callable]:
    on_forward(model, X, is_train)
    Y, backprop_layer = forward(model, X, is_train=is_train)

    def backprop(dY: Any) -> Any:
        on_backprop(dY)
        return backprop_layer(dY)

    return Y, backprop


def _init(init: Callable, on_init: OnInitT, model: Model, X: Any = None, Y: Any = None) -> None:
    on_init(model, X, Y)
    init(model, X=X, Y=Y)

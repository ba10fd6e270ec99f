"""Composition of layers: the output of each is the input of the next."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from ..types import XY_YZ_OutT
from ._chain_init import init

__all__ = ["chain", "chain_no_types", "forward", "init"]

InT = TypeVar("InT")
MidT = TypeVar("MidT")
OutT = TypeVar("OutT")


@registry.layers("chain.v1")
def chain_no_types(*layer: Model) -> Model:
    """`chain`, for a config: its layers come as a `*` block.

    Raises:
        TypeError: fewer than two layers.
    """
    if len(layer) < 2:
        missing = "layer1" if not layer else "layer2"
        raise TypeError(
            f"chain: two or more layers are required; got {len(layer)} "
            f"(missing 1 required positional argument: '{missing}')"
        )
    return chain(*layer)


def chain(
    layer1: Model[InT, MidT], layer2: Model[MidT, Any], *layers: Model[Any, Any]
) -> Model[InT, XY_YZ_OutT]:
    """Apply layers one after the other: `Y = f_n(... f_2(f_1(X)))`.

    Example:
        >>> chain(Linear(4, 3), Relu(2, 4)).name
        'linear>>relu'
    """
    children: list[Model] = [layer1, layer2, *layers]
    dims = {"nO": children[-1].maybe_get_dim("nO")}
    if layer1.has_dim("nI") is not False:
        dims["nI"] = layer1.maybe_get_dim("nI")
    model: Model[InT, Any] = Model(
        ">>".join(child.name for child in children), forward, init=init, dims=dims, layers=children
    )
    return cast(Model[InT, XY_YZ_OutT], model)


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    callbacks = []
    Y: Any = X
    for layer in model.layers:
        Y, callback = layer(Y, is_train=is_train)
        callbacks.append(callback)

    def backprop(dY: OutT) -> InT:
        dX: Any = dY
        for callback in reversed(callbacks):
            dX = callback(dX)
        return dX

    return Y, backprop

"""Sum of the outputs of several layers."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from ..types import ArrayXd, XY_XY_OutT
from ._sums import total
from ._width import copy_dims, set_width

__all__ = ["add", "forward", "init"]

InT = TypeVar("InT")
OutT = TypeVar("OutT", bound=ArrayXd)


@registry.layers("add.v1")
def add(
    layer1: Model[InT, OutT], layer2: Model[InT, OutT], *layers: Model[InT, OutT]
) -> Model[InT, XY_XY_OutT]:
    """Apply layers to one input and add their outputs: `Y = f(X) + g(X) + ...`.

    Outputs may be arrays, lists, tuples, Ragged or Padded. If the first layer is itself an `add`, the
    others are appended to it.
    """
    if layer1.name == "add":
        layer1.layers.extend((layer2, *layers))
        return cast(Model[InT, XY_XY_OutT], layer1)
    children = [layer1, layer2, *layers]
    dims: dict[str, int | None] = {"nO": None}
    if all(child.has_dim("nI") is not False for child in children):
        dims["nI"] = None
    model: Model[InT, Any] = Model("add", forward, init=init, dims=dims, layers=children)
    return cast(Model[InT, XY_XY_OutT], model)


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    if not model.layers:
        return cast(OutT, X), lambda dY: dY
    passes = [layer(X, is_train=is_train) for layer in model.layers]

    def backprop(dY: OutT) -> InT:
        return total(model.name, [callback(dY) for _, callback in passes])

    return total(model.name, [Y for Y, _ in passes]), backprop


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    nodes = (model, *model.layers)
    for name, example in (("nI", X), ("nO", Y)):
        for node in nodes:
            if node.has_dim(name) is not False:
                set_width(node, name, example)
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)
    if model.layers:
        copy_dims(model, model.layers[0], ("nO",))

"""Several layers on one input, outputs kept apart."""

from typing import Any, TypeVar

from ..config import registry
from ..model import Model
from ._checks import check_count
from ._sums import total
from ._width import copy_dims, needs_output

__all__ = ["forward", "init", "tuplify"]

InT = TypeVar("InT")
OutT = tuple


@registry.layers("tuplify.v1")
def tuplify(
    layer1: Model[InT, Any], layer2: Model[InT, Any], *layers: Model[InT, Any]
) -> Model[InT, tuple[Any, ...]]:
    """Apply layers to one input and return the tuple of their outputs: `Y = (f(X), g(X), ...)`."""
    children = [layer1, layer2, *layers]
    return Model(
        f"tuple({', '.join(child.name for child in children)})",
        forward,
        init=init,
        layers=children,
        dims={"nI": None},
    )


def forward(model, X, is_train):
    passes = [layer(X, is_train) for layer in model.layers]

    def backprop(dYs):
        check_count(model.name, "dY", len(passes), dYs)
        return total(model.name, [callback(dY) for (_, callback), dY in zip(passes, dYs, strict=True)])

    return tuple([Y for Y, _ in passes]), backprop


tuplify_forward = forward  # The name in earlier releases.


def init(model: Model, X: Any | None = None, Y: tuple[Any, ...] | None = None) -> None:
    """Initialize the children, without examples twice: seeded weights depend on the number of draws."""
    rounds = 2 if X is None and Y is None else 1
    for i, layer in [*enumerate(model.layers)] * rounds:
        layer.initialize(X=X, Y=Y[i] if Y is not None and needs_output(layer) else None)
    copy_dims(model, model.layers[0], ("nI",))

"""Outputs of several layers, side by side."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from .._validation import describe
from ..config import registry
from ..model import Model
from ..types import Array2d, Ragged, XY_XY_OutT
from ._joining import join_arrays, join_lists, join_ragged
from ._sums import total
from ._width import set_width
from .noop import noop

__all__ = ["concatenate", "forward", "init"]

InT = TypeVar("InT")
OutT = TypeVar("OutT", bound=Array2d | Sequence[Array2d] | Ragged)


@registry.layers("concatenate.v1")
def concatenate(*layers: Model) -> Model[Any, XY_XY_OutT]:
    """Apply layers to one input and put their outputs side by side: `Y = [f(X) | g(X) | ...]`.

    Outputs may be 2-d arrays, lists of them, or Ragged. No layer gives a no-op, one layer itself; if
    the first is itself a `concatenate`, the others are appended to it.
    """
    if not layers:
        return cast(Model[Any, XY_XY_OutT], noop())
    if len(layers) == 1 or layers[0]._func is forward:
        if len(layers) > 1:
            layers[0].layers.extend(layers[1:])
        return layers[0]
    dims: dict[str, int | None] = {"nO": None}
    if all(layer.has_dim("nI") is not False for layer in layers):
        dims["nI"] = None
    name = "|".join(layer.name for layer in layers)
    return Model(name, forward, init=init, dims=dims, layers=list(layers))


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    outputs, callbacks = zip(*[layer(X, is_train=is_train) for layer in model.layers], strict=True)
    kind = type(outputs[0])
    if any(type(Y) is not kind for Y in outputs):
        raise TypeError(
            f"{model.name}: layers to concatenate must give outputs of one kind; "
            f"got {', '.join(describe(Y) for Y in outputs)}"
        )
    join: Callable = join_arrays
    if isinstance(outputs[0], Ragged):
        join = join_ragged
    elif isinstance(outputs[0], (list, tuple)):
        join = join_lists
    Y, split = join(model, outputs)

    def backprop(dY: OutT) -> InT:
        dXs = [callback(part) for callback, part in zip(callbacks, split(dY), strict=True)]
        return total(model.name, dXs)

    return Y, backprop


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    """Initialize the children, each with all of X and Y; nO is the sum of theirs once all are known."""
    for node in (model, *model.layers):
        if node.has_dim("nI") is not False:
            set_width(node, "nI", X)
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)
    if all(layer.has_dim("nO") for layer in model.layers):
        model.set_dim("nO", sum(layer.get_dim("nO") for layer in model.layers))

"""A layer with a short cut around it."""

from collections.abc import Callable
from typing import TypeVar

from ..config import registry
from ..model import Model
from ..types import Floats1d, Floats2d, Floats3d, Floats4d, FloatsXd, Padded, Ragged
from ._sums import plus
from ._width import copy_dims, known_dims, needs_output

__all__ = ["forward", "init", "residual"]

InT = TypeVar(
    "InT",
    list[Floats1d],
    list[Floats2d],
    list[Floats3d],
    list[Floats4d],
    Ragged,
    Padded,
    FloatsXd,
    Floats1d,
    Floats2d,
    Floats3d,
    Floats4d,
)


@registry.layers("residual.v1")
def residual(layer: Model[InT, InT]) -> Model[InT, InT]:
    """Add a layer's output to its input: `Y = X + f(X)`.

    X may be an array, a list or tuple of arrays, Ragged or Padded.

    Source: He et al. (2015), Deep Residual Learning for Image Recognition.
    """
    return Model(f"residual({layer.name})", forward, init=init, layers=[layer], dims=known_dims(layer))


def forward(model: Model[InT, InT], X: InT, is_train: bool) -> tuple[InT, Callable]:
    Y, backprop_layer = model.layers[0](X, is_train)

    def backprop(dY: InT) -> InT:
        return plus(model.name, dY, backprop_layer(dY))

    return plus(model.name, X, Y), backprop


def init(model: Model[InT, InT], X: InT | None = None, Y: InT | None = None) -> None:
    layer = model.layers[0]
    layer.initialize(X=X, Y=Y if needs_output(layer) else None)
    copy_dims(model, layer)

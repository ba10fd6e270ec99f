"""The logistic function without weights."""

from collections.abc import Callable
from typing import TypeVar

from ..config import registry
from ..model import Model
from ..types import Floats1d, Floats2d, Floats3d, Floats4d, FloatsXdT

__all__ = ["forward", "sigmoid_activation"]

# Where nothing else decides, type checkers take the first.
ArrayT = TypeVar("ArrayT", Floats2d, Floats1d, Floats3d, Floats4d)


@registry.layers("sigmoid_activation.v1")
def sigmoid_activation() -> Model[ArrayT, ArrayT]:
    """Logistic function of each element: `Y = 1 / (1 + e^-X)`, with X clipped to -20 and 20."""
    return Model("sigmoid_activation", forward)


def forward(model: Model[FloatsXdT, FloatsXdT], X: FloatsXdT, is_train: bool) -> tuple[FloatsXdT, Callable]:
    Y = model.ops.sigmoid(X)

    def backprop(dY: FloatsXdT) -> FloatsXdT:
        return model.ops.backprop_sigmoid(dY, Y)

    return Y, backprop

"""The logistic function without weights."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..types import FloatsXd, FloatsXdT
from ._typevar import TypeVar

__all__ = ["forward", "sigmoid_activation"]

ArrayT = TypeVar("ArrayT", bound=FloatsXd, default=Any)


@registry.layers("sigmoid_activation.v1")
def sigmoid_activation() -> Model[ArrayT, ArrayT]:
    """Logistic function of each element: `Y = 1 / (1 + e^-X)`, with X clipped to -20 and 20."""
    return Model("sigmoid_activation", forward)


def forward(model: Model[FloatsXdT, FloatsXdT], X: FloatsXdT, is_train: bool) -> tuple[FloatsXdT, Callable]:
    Y = model.ops.sigmoid(X)

    def backprop(dY: FloatsXdT) -> FloatsXdT:
        return model.ops.backprop_sigmoid(dY, Y)

    return Y, backprop

"""The older name of `sigmoid_activation`, for rows."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from .sigmoid_activation import forward as elementwise

__all__ = ["Logistic", "forward"]


@registry.layers("Logistic.v1")
def Logistic() -> Model[Floats2d, Floats2d]:
    """Logistic function of each element, as `sigmoid_activation`."""
    return Model("logistic", forward)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    return elementwise(model, X, is_train)

"""Softmax without weights."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._checks import check_axes

__all__ = ["forward", "softmax_activation"]


@registry.layers("softmax_activation.v1")
def softmax_activation() -> Model[Floats2d, Floats2d]:
    """Softmax along the last axis: `Y = e^X / sum(e^X)`.

    Unlike that of `Softmax`, its backprop takes the gradient of Y itself.
    """
    return Model("softmax_activation", forward)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    if isinstance(X, (list, tuple)):
        X = model.ops.asarray(X)
    check_axes(model.name, "X", X, 0)
    Y = model.ops.softmax(X) if X.size else X.copy()

    def backprop(dY: Floats2d) -> Floats2d:
        return model.ops.backprop_softmax(Y, dY)

    return Y, backprop

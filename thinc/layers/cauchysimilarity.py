"""Similarity of two rows, learned per column."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..types import Floats1d, Floats2d
from ._checks import check_count
from ._width import set_width

__all__ = ["CauchySimilarity", "forward", "init"]

InT = tuple[Floats2d, Floats2d]
OutT = Floats1d


@registry.layers("CauchySimilarity.v1")
def CauchySimilarity(nI: int | None = None) -> Model[InT, OutT]:
    """Similarity of pairs of rows: `Y = 1 / (1 + sum over columns of W (X1 - X2)^2)`.

    Args:
        nI: width of both inputs; from X if not given.
    """
    return Model("cauchy_similarity", forward, init=init, dims={"nI": nI, "nO": 1}, params={"W": None})


def forward(model: Model[InT, OutT], X1_X2: InT, is_train: bool) -> tuple[OutT, Callable]:
    check_count(model.name, "X", 2, X1_X2)
    X1, X2 = X1_X2
    if X1.shape != X2.shape:
        raise ValueError(f"{model.name}: both inputs must have one shape; got {X1.shape} and {X2.shape}")
    ops = model.ops
    W = model.get_param("W")
    diff = X1 - X2
    squares = diff * diff
    Y, backprop_inverse = inverse(ops.gemm(squares, W.reshape((-1, 1))))

    def backprop(dY: OutT) -> InT:
        d_total = backprop_inverse(dY.reshape((-1, 1)))
        if not model.is_frozen:
            model.inc_grad("W", ops.gemm(d_total, squares, trans1=True).reshape((-1,)))
        dX1 = diff * (2.0 * W) * d_total
        return dX1, -dX1

    return Y.reshape((-1,)), backprop


def inverse(total: Any) -> tuple[Any, Callable]:
    """`Y = 1 / (1 + total)`, and the function from dY to the gradient of the total."""
    Y = 1.0 / (1.0 + total)

    def backprop(dY: Any) -> Any:
        return -dY * Y * Y

    return Y, backprop


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    if X is not None:
        set_width(model, "nI", X[0])
    model.set_param("W", model.ops.alloc1f(model.get_dim("nI")) + 1.0)

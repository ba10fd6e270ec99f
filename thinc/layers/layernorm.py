"""Layer normalisation."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._checks import check_axes
from ._width import set_width

__all__ = ["LayerNorm", "forward", "init"]


@registry.layers("LayerNorm.v1")
def LayerNorm(nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """Each row at mean 0 and variance 1, then scaled: `Y = (X - mean) / sqrt(var + 1e-8) G + b`.

    Rows run along the last axis, whatever the rank (>= 2). A constant row gives b. Integers are taken as
    float64.

    Args:
        nI: width; from X, or else from Y, if not given.
    Source: Ba et al. (2016), Layer Normalization.
    """
    return Model(
        "layernorm",
        forward,
        init=init,
        dims={"nI": nI, "nO": nI},
        params={"G": None, "b": None},
    )


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    check_axes(model.name, "X", X, 2)
    if X.dtype.kind in "iub":
        X = X.astype("float64")
    ops = model.ops
    G = model.get_param("G")
    Y, mean, rstd = ops.layer_norm(X, G, model.get_param("b"))

    def backprop(dY: Floats2d) -> Floats2d:
        dX, dG, db = ops.backprop_layer_norm(dY, X, mean, rstd, G)
        model.inc_grad("G", dG)
        model.inc_grad("b", db)
        return dX

    return Y, backprop


def init(model: Model[Floats2d, Floats2d], X: Floats2d | None = None, Y: Floats2d | None = None) -> None:
    example = X if X is not None else Y
    set_width(model, "nI", example)
    set_width(model, "nO", example)
    nI = model.get_dim("nI")
    model.set_param("G", model.ops.alloc1f(nI) + 1.0)
    model.set_param("b", model.ops.alloc1f(nI))

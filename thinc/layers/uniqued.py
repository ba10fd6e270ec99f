"""Each distinct row computed once."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d, Ints2d
from ._width import copy_dims

__all__ = ["forward", "init", "uniqued"]

InT = Ints2d
OutT = Floats2d


@registry.layers("uniqued.v1")
def uniqued(layer: Model, *, column: int = 0) -> Model[Ints2d, Floats2d]:
    """Apply a layer to the first row of each value in a column, and give its output to all that share it.

    Rows that agree in the column but not elsewhere get the output of the first of them. In backprop
    each of them receives the average of their input gradients.

    Args:
        layer: from 2-d ids to rows.
        column: decides which rows count as the same.
    """
    return Model(
        f"uniqued({layer.name})",
        forward,
        init=init,
        layers=[layer],
        dims={"nO": None, "nI": None},
        attrs={"column": column},
    )


def forward(model: Model[Ints2d, Floats2d], X: Ints2d, is_train: bool) -> tuple[Floats2d, Callable]:
    layer, ops = model.layers[0], model.ops
    if X.size < 2:
        return layer(X, is_train)
    _, first, inverse, counts = ops.xp.unique(
        X[:, model.attrs["column"]], return_index=True, return_inverse=True, return_counts=True
    )
    inverse = inverse.reshape((-1,)).astype("int32")
    Y_unique, backprop_layer = layer(X[first], is_train)

    def backprop(dY: Floats2d) -> Ints2d:
        dY_unique = ops.alloc(Y_unique.shape, dtype=dY.dtype)
        ops.scatter_add(dY_unique, inverse, dY)
        dX_unique = backprop_layer(dY_unique)
        share = (dX_unique / counts.reshape((-1, 1))).astype(dX_unique.dtype)
        return share[inverse]

    return Y_unique[inverse], backprop


def init(model: Model[Ints2d, Floats2d], X: Ints2d | None = None, Y: Floats2d | None = None) -> None:
    layer = model.layers[0]
    layer.initialize(X=X, Y=Y)
    copy_dims(model, layer)

"""Sum of the rows of each sequence."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d, Ragged
from ._reduce import repacked, unpacked

__all__ = ["forward", "reduce_sum"]


@registry.layers("reduce_sum.v1")
def reduce_sum() -> Model[Ragged, Floats2d]:
    """Sum of each sequence's rows: `Y[b] = X[rows of b].sum(axis=0)`.

    An empty sequence gives a row of zeros.

    Raises:
        IndexError, ValueError: lengths do not sum to the rows, or one is negative.
    """
    return Model("reduce_sum", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    X, lengths = unpacked(model, Xr)
    Y = ops.reduce_sum(X, lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_reduce_sum(dY, lengths)

    return Y, repacked(model, Xr, Y, backprop)

"""Column maxima of each sequence."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d, Ragged
from ._reduce import repacked, unpacked

__all__ = ["forward", "reduce_max"]


@registry.layers("reduce_max.v1")
def reduce_max() -> Model[Ragged, Floats2d]:
    """Maximum of each column of each sequence: `Y[b] = X[rows of b].max(axis=0)`.

    Ties go to the first row, which then receives the gradient.

    Raises:
        IndexError, ValueError: lengths do not sum to the rows, or one is 0 or less.
    """
    return Model("reduce_max", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    X, lengths = unpacked(model, Xr)
    Y, which = ops.reduce_max(X, lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_reduce_max(dY, which, lengths)

    return Y, repacked(model, Xr, Y, backprop)

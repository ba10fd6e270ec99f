"""First row of each sequence."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d, Ragged
from ._reduce import repacked, unpacked

__all__ = ["forward", "reduce_first"]


@registry.layers("reduce_first.v1")
def reduce_first() -> Model[Ragged, Floats2d]:
    """First row of each sequence: `Y[b] = X[first row of b]`.

    The gradient goes to that row; all others get zeros.

    Raises:
        IndexError, ValueError: lengths do not sum to the rows, or one is 0 or less.
    """
    return Model("reduce_first", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    X, lengths = unpacked(model, Xr)
    Y, starts_ends = ops.reduce_first(X, lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_reduce_first(dY, starts_ends)

    return Y, repacked(model, Xr, Y, backprop)

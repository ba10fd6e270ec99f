"""The rectified linear layer with an upper bound."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._clipped_linear import clipped_linear, forward
from ._dense import init

__all__ = ["ReluK", "forward", "init"]


@registry.layers("ReluK.v1")
def ReluK(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    dropout: float | None = None,
    normalize: bool = False,
    k: float = 6.0,
) -> Model[Floats2d, Floats2d]:
    """`Y = clip(Z, 0, k)` with `Z = X W^T + b`.

    Args:
        nO, nI, init_W, init_b, dropout, normalize: as in `ClippedLinear`.
        k: upper bound, >= 0.
    """
    options = init_W, init_b, dropout, normalize
    return clipped_linear(nO, nI, *options, min_val=0.0, max_val=k)

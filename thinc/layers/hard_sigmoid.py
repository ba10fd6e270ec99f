"""The logistic function in three straight pieces."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._clipped_linear import clipped_linear, forward
from ._dense import init

__all__ = ["HardSigmoid", "forward", "init"]


@registry.layers("HardSigmoid.v1")
def HardSigmoid(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """`Y = clip(0.2 Z + 0.5, 0, 1)` with `Z = X W^T + b`.

    Args:
        nO, nI, init_W, init_b, dropout, normalize: as in `ClippedLinear`.
    """
    options = init_W, init_b, dropout, normalize
    return clipped_linear(nO, nI, *options, slope=0.2, offset=0.5, min_val=0.0, max_val=1.0)

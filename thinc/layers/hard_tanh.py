"""The hyperbolic tangent in three straight pieces."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._clipped_linear import clipped_linear, forward
from ._dense import init

__all__ = ["HardTanh", "forward", "init"]


@registry.layers("HardTanh.v1")
def HardTanh(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """`Y = clip(Z, -1, 1)` with `Z = X W^T + b`.

    Args:
        nO, nI, init_W, init_b, dropout, normalize: as in `ClippedLinear`.
    """
    options = init_W, init_b, dropout, normalize
    return clipped_linear(nO, nI, *options, min_val=-1.0, max_val=1.0)

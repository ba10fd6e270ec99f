"""A linear activation between two bounds."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._clipped_linear import clipped_linear, forward
from ._dense import init
from .hard_sigmoid import HardSigmoid  # noqa: F401
from .hard_tanh import HardTanh  # noqa: F401
from .relu_k import ReluK  # noqa: F401

__all__ = ["ClippedLinear", "forward", "init"]


@registry.layers("ClippedLinear.v1")
def ClippedLinear(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    dropout: float | None = None,
    normalize: bool = False,
    slope: float = 1.0,
    offset: float = 0.0,
    min_val: float = 0.0,
    max_val: float = 1.0,
) -> Model[Floats2d, Floats2d]:
    """`Y = clip(slope Z + offset, min_val, max_val)` with `Z = X W^T + b`.

    Args:
        nO: output width; from Y if not given.
        nI: input width; from X if not given.
        init_W: `(ops, shape) -> array` for W (nO, nI); default `glorot_uniform_init`.
        init_b: the same for b (nO,); default `zero_init`.
        dropout: rate of a Dropout that follows; None for none.
        normalize: whether a LayerNorm follows.
        slope: of the line; negative and zero are fine.
        offset: of the line.
        min_val: lower bound, at most max_val.
        max_val: upper bound.
    Raises:
        ValueError: min_val is larger than max_val.
    """
    options = init_W, init_b, dropout, normalize
    return clipped_linear(nO, nI, *options, slope=slope, offset=offset, min_val=min_val, max_val=max_val)

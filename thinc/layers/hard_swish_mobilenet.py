"""Hard Swish as defined for MobileNetV3."""

from collections.abc import Callable

from ..config import registry
from ..initializers import he_normal_init
from ..model import Model
from ..types import Floats2d
from ._dense import affine, dense, init

__all__ = ["HardSwishMobilenet", "forward", "init"]


@registry.layers("HardSwishMobilenet.v1")
def HardSwishMobilenet(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """`Y = Z clip(Z + 3, 0, 6) / 6` with `Z = X W^T + b`.

    Args:
        nO: output width; from Y if not given.
        nI: input width; from X if not given.
        init_W: `(ops, shape) -> array` for W (nO, nI); default `he_normal_init`.
        init_b: the same for b (nO,); default `zero_init`.
        dropout: rate of a Dropout that follows; None for none.
        normalize: whether a LayerNorm follows.
    Source: Howard et al. (2019), Searching for MobileNetV3, section 5.2.
    """
    return dense("hardswishmobilenet", forward, nO, nI, init_W or he_normal_init, init_b, dropout, normalize)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    Z, backprop_affine = affine(model, X)
    Y = model.ops.hard_swish_mobilenet(Z)

    def backprop(dY: Floats2d) -> Floats2d:
        dZ = model.ops.backprop_hard_swish_mobilenet(dY, Z)
        return backprop_affine(dZ)

    return Y, backprop

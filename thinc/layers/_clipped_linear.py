"""What `ClippedLinear` and the layers with its bounds or slope fixed share."""

from collections.abc import Callable

from ..initializers import glorot_uniform_init
from ..model import Model
from ..types import Floats2d
from ._dense import affine, dense


def clipped_linear(
    nO: int | None,
    nI: int | None,
    init_W: Callable | None,
    init_b: Callable | None,
    dropout: float | None,
    normalize: bool,
    *,
    slope: float = 1.0,
    offset: float = 0.0,
    min_val: float,
    max_val: float,
) -> Model[Floats2d, Floats2d]:
    """The layer; arguments as for `ClippedLinear`."""
    if min_val > max_val:
        raise ValueError(f"ClippedLinear: min_val must be at most max_val; got {min_val} and {max_val}")
    attrs = {"slope": slope, "offset": offset, "min_val": min_val, "max_val": max_val}
    init_W = init_W or glorot_uniform_init
    return dense("clipped_linear", forward, nO, nI, init_W, init_b, dropout, normalize, attrs)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    names = ("slope", "offset", "min_val", "max_val")
    line = {name: model.attrs[name] for name in names}
    Z, backprop_affine = affine(model, X)
    Y = model.ops.clipped_linear(Z, **line)

    def backprop(dY: Floats2d) -> Floats2d:
        dZ = model.ops.backprop_clipped_linear(dY, Z, **line)
        return backprop_affine(dZ)

    return Y, backprop

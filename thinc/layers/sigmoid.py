"""The dense layer of independent probabilities."""

from collections.abc import Callable

from ..config import registry
from ..initializers import zero_init
from ..model import Model
from ..types import Floats2d
from ._dense import affine, dense
from ._dense import init_unset as init

__all__ = ["Sigmoid", "forward", "init"]


@registry.layers("Sigmoid.v1")
def Sigmoid(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
) -> Model[Floats2d, Floats2d]:
    """Logistic function of an affine map: `Y = 1 / (1 + e^-Z)`, `Z = X W^T + b`.

    Args:
        nO: output width; from Y if not given.
        nI: input width; from X if not given.
        init_W: `(ops, shape) -> array` for W (nO, nI); default `zero_init`.
        init_b: the same for b (nO,); default `zero_init`.
    """
    return dense("sigmoid", forward, nO, nI, init_W or zero_init, init_b, lenient=True)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    Z, backprop_affine = affine(model, X)
    Y = model.ops.sigmoid(Z, inplace=True)

    def backprop(dY: Floats2d) -> Floats2d:
        return backprop_affine(model.ops.backprop_sigmoid(dY, Y))

    return Y, backprop

"""The affine layer."""

from collections.abc import Callable

from ..config import registry
from ..initializers import glorot_uniform_init
from ..model import Model
from ..types import Floats2d
from ._dense import affine, dense, init

__all__ = ["Linear", "forward", "init"]


@registry.layers("Linear.v1")
def Linear(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
) -> Model[Floats2d, Floats2d]:
    """Affine map of each row: `Y = X W^T + b`.

    Args:
        nO: output width; from Y if not given.
        nI: input width; from X if not given.
        init_W: `(ops, shape) -> array` for W (nO, nI); default `glorot_uniform_init`.
        init_b: the same for b (nO,); default `zero_init`.
    """
    return dense("linear", forward, nO, nI, init_W or glorot_uniform_init, init_b)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    return affine(model, X)

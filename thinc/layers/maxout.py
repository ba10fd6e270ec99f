"""The Maxout layer: a learned, piecewise linear activation."""

from collections.abc import Callable
from functools import partial

from ..config import registry
from ..initializers import glorot_uniform_init, zero_init
from ..model import Model
from ..types import Floats2d
from ._dense import followed
from ._width import set_width

__all__ = ["Maxout", "forward", "init"]


@registry.layers("Maxout.v1")
def Maxout(
    nO: int | None = None,
    nI: int | None = None,
    nP: int | None = 3,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """Maximum of nP affine maps: `Y[:, o] = max over p of X W[o, p]^T + b[o, p]`.

    Ties go to the first piece, which then receives the gradient.

    Args:
        nO, nI: output and input width; from Y and X if not given.
        nP: number of pieces.
        init_W: `(ops, shape) -> array` for W (nO, nP, nI); default `glorot_uniform_init`.
        init_b: the same for b (nO, nP); default `zero_init`.
        dropout, normalize: as in `Relu`.
    Source: Goodfellow et al. (2013), Maxout Networks.
    """
    layer: Model[Floats2d, Floats2d] = Model(
        "maxout",
        forward,
        init=partial(init, init_W or glorot_uniform_init, init_b or zero_init),
        dims={"nO": nO, "nI": nI, "nP": nP},
        params={"W": None, "b": None},
    )
    return followed(layer, nO, dropout, normalize)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    nO, nP, nI = model.get_dim("nO"), model.get_dim("nP"), model.get_dim("nI")
    W = model.get_param("W").reshape((nO * nP, nI))
    b = model.get_param("b").reshape((nO * nP,))
    Z = ops.affine(X, W, b)
    Y, which = ops.maxout(Z.reshape((len(X), nO, nP)))

    def backprop(dY: Floats2d) -> Floats2d:
        dZ = ops.backprop_maxout(dY, which, nP).reshape((len(X), nO * nP))
        if model.is_frozen:
            return ops.gemm(dZ, W)
        dX, dW, db = ops.backprop_affine(dZ, X, W)
        model.inc_grad("b", db.reshape((nO, nP)))
        model.inc_grad("W", dW.reshape((nO, nP, nI)))
        return dX

    return Y, backprop


def init(
    init_W: Callable,
    init_b: Callable,
    model: Model[Floats2d, Floats2d],
    X: Floats2d | None = None,
    Y: Floats2d | None = None,
) -> None:
    set_width(model, "nI", X)
    set_width(model, "nO", Y)
    nO, nP, nI = model.get_dim("nO"), model.get_dim("nP"), model.get_dim("nI")
    model.set_param("W", init_W(model.ops, (nO, nP, nI)))
    model.set_param("b", init_b(model.ops, (nO, nP)))

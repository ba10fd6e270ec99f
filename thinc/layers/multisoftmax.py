"""Several softmax outputs side by side."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..initializers import zero_init
from ..model import Model
from ..types import Floats2d
from ._dense import affine
from ._dense import init as init_dense

__all__ = ["MultiSoftmax", "forward", "init"]


@registry.layers("MultiSoftmax.v1")
def MultiSoftmax(nOs: tuple[int, ...] | list[int], nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """A softmax over each group of columns of `X W^T + b`, for several classifications of one row.

    As in `Softmax`, `backprop` takes the gradient of the logits.

    Args:
        nOs: sizes of the groups; the output width is their sum.
        nI: input width; from X if not given.
    """
    return Model(
        "multisoftmax",
        forward,
        init=init,
        dims={"nO": sum(nOs), "nI": nI},
        params={"W": None, "b": None},
        attrs={"nOs": nOs},
    )


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    Y, backprop = affine(model, X)
    start = 0
    for nO in model.attrs["nOs"]:
        group = Y[:, start : start + nO]
        group[...] = model.ops.softmax(model.ops.as_contig(group))
        start += nO
    return Y, backprop


def init(model: Model[Floats2d, Floats2d], X: Floats2d | None = None, Y: Any | None = None) -> None:
    """The input width from X; Y is ignored, since the constructor knows the output width."""
    init_dense(zero_init, zero_init, model, X=X)

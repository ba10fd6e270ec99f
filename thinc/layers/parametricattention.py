"""Rows weighted by a learned query."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Ragged
from ._attention import random_query, weighted
from ._checks import check_ragged
from ._ragged import rows, shaped
from ._width import set_width

__all__ = ["ParametricAttention", "forward", "init"]

InT = Ragged
OutT = Ragged


@registry.layers("ParametricAttention.v1")
def ParametricAttention(nO: int | None = None) -> Model[InT, OutT]:
    """Rows scaled by their attention: `Y = X a`, `a = softmax(X Q)` over each sequence.

    Summed with `reduce_sum` they are the weighted average of each sequence. Logits are clipped to -20, 20.

    Args:
        nO: width; from X, or else from Y, if not given.
    Source: Yang et al. (2016), Hierarchical Attention Networks for Document Classification, eq. 5-7.
    """
    return Model("para-attn", forward, init=init, params={"Q": None}, dims={"nO": nO})


def forward(model: Model[InT, OutT], Xr: Ragged, is_train: bool) -> tuple[Ragged, Callable]:
    check_ragged(model.name, Xr)
    X = rows(Xr)
    Y, backprop_weighted = weighted(model, X, X, Xr.lengths)

    def backprop(dYr: Ragged) -> Ragged:
        dK, dX = backprop_weighted(shaped(rows(dYr), X.shape))
        return Ragged(dK + dX, dYr.lengths)

    return Ragged(Y, Xr.lengths), backprop


def init(model: Model[InT, OutT], X: Ragged | None = None, Y: Ragged | None = None) -> None:
    set_width(model, "nO", X if X is not None else Y)
    model.set_param("Q", random_query(model))

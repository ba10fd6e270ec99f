"""Rows weighted by a learned query, seen through a layer of their own."""

from collections.abc import Callable
from typing import cast

from ..config import registry
from ..model import Model
from ..types import Floats2d, Ragged
from ._attention import random_query, weighted
from ._checks import check_ragged
from ._ragged import rows, shaped
from ._width import set_width
from .noop import noop

__all__ = ["KEY_TRANSFORM_REF", "ParametricAttention_v2", "forward", "init"]

InT = Ragged
OutT = Ragged
KEY_TRANSFORM_REF: str = "key_transform"


@registry.layers("ParametricAttention.v2")
def ParametricAttention_v2(
    *, key_transform: Model[Floats2d, Floats2d] | None = None, nO: int | None = None
) -> Model[InT, OutT]:
    """Rows scaled by their attention: `Y = X a`, `a = softmax(f(X) Q)` over each sequence.

    Args:
        key_transform: f, from and to rows of width nO; by default the identity.
        nO: width; from X, or else from Y, if not given.
    Source: Yang et al. (2016), Hierarchical Attention Networks for Document Classification, eq. 5-7.
    """
    transform = key_transform if key_transform is not None else cast(Model[Floats2d, Floats2d], noop())
    return Model(
        "para-attn",
        forward,
        init=init,
        params={"Q": None},
        dims={"nO": nO},
        refs={KEY_TRANSFORM_REF: transform},
        layers=[transform],
    )


def forward(model: Model[InT, OutT], Xr: Ragged, is_train: bool) -> tuple[Ragged, Callable]:
    check_ragged(model.name, Xr)
    X = rows(Xr)
    K, backprop_transform = model.get_ref(KEY_TRANSFORM_REF)(X, is_train)
    Y, backprop_weighted = weighted(model, K, X, Xr.lengths)

    def backprop(dYr: Ragged) -> Ragged:
        dK, dX = backprop_weighted(shaped(rows(dYr), X.shape))
        return Ragged(dX + backprop_transform(dK), dYr.lengths)

    return Ragged(Y, Xr.lengths), backprop


def init(model: Model[InT, OutT], X: Ragged | None = None, Y: Ragged | None = None) -> None:
    """Width from the examples, for the key transform too, which maps rows to rows of that width."""
    transform = model.get_ref(KEY_TRANSFORM_REF)
    example = X if X is not None else Y
    set_width(model, "nO", example)
    for name in ("nO", "nI"):
        known = transform.has_dim(name)
        if known is None or (known and name == "nO"):
            transform.set_dim(name, model.get_dim("nO"))
    model.set_param("Q", random_query(model))
    # The transform's output has the width of its input, which so serves as an example of it.
    output = Y if Y is not None else X
    transform.initialize(
        X=rows(X) if X is not None else None,
        Y=rows(output) if output is not None else None,
    )

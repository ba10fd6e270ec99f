"""What both versions of parametric attention share: one learned query, rows weighted by it."""

from collections.abc import Callable
from typing import Any

from ..model import Model
from ..types import Floats1d, Floats2d, Ints1d


def weighted(
    model: Model, K: Floats2d, X: Floats2d, lengths: Ints1d
) -> tuple[Floats2d, Callable[[Floats2d], tuple[Floats2d, Floats2d]]]:
    """`Y = X a`, `a = softmax(K Q)` over each sequence; backprop gives (dK, dX) and adds dQ."""
    ops = model.ops
    Q = model.get_param("Q").reshape((-1, 1))
    attention = ops.softmax_sequences(ops.gemm(K, Q), lengths)

    def backprop(dY: Floats2d) -> tuple[Floats2d, Floats2d]:
        d_attention = (X * dY).sum(axis=1, keepdims=True)
        d_logits = ops.backprop_softmax_sequences(d_attention, attention, lengths)
        if not model.is_frozen:
            model.inc_grad("Q", ops.gemm(K, d_logits, trans1=True).reshape((-1,)))
        return d_logits * Q.T, dY * attention

    return X * attention, backprop


def random_query(model: Model) -> Floats1d:
    """Draw Q (nO,) from uniform(-0.1, 0.1) of the array module's own generator."""
    nO = model.get_dim("nO")
    draw: Any = model.ops.xp.random.uniform(-0.1, 0.1, (nO,))
    return model.ops.asarray1f(draw)

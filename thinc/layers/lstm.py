"""The long short-term memory of Hochreiter and Schmidhuber (1997), on the backend's own kernels."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..config import registry
from ..initializers import glorot_uniform_init, zero_init
from ..model import Model
from ..types import Padded
from ._recurrent import backprop_weights, init_weights, packed, refuse_backprop, weight_mask
from ._width import set_width
from .dropout import check_rate
from .pytorchlstm import PyTorchLSTM  # noqa: F401

__all__ = ["LSTM", "forward", "init"]


@registry.layers("LSTM.v1")
def LSTM(
    nO: int | None = None,
    nI: int | None = None,
    *,
    bi: bool = False,
    depth: int = 1,
    dropout: float = 0.0,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
) -> Model[Padded, Padded]:
    """`h[t] = o tanh(c[t])`, `c[t] = f c[t-1] + i g`, gates from `x[t] Wx^T + bx + h[t-1] Wh^T + bh`.

    All weights lie in the flat parameter LSTM: per layer and direction Wx (4, nH, in), bx (4, nH),
    Wh (4, nH, nH), bh (4, nH), gates in the order f, i, o, g. HC0 holds the initial cells, then the
    initial hidden states: zeros at first, but trained.

    Args:
        nO, nI: output (of both directions together) and input width; from Y and X if not given.
        bi: whether a second direction runs from each sequence's end to its start.
        depth: number of layers, >= 1.
        dropout: rate at which weights are dropped in training, one mask per call.
        init_W, init_b: as in `Linear`, called for each gate's matrix or vector.
    Raises:
        ValueError: depth is 0 or less.
    """
    if depth < 1:
        raise ValueError(f"LSTM depth must be at least 1; got {depth}")
    check_rate("LSTM", dropout)
    return Model(
        "lstm",
        forward,
        dims={"nO": nO, "nI": nI, "depth": depth, "dirs": 1 + int(bi)},
        attrs={"registry_name": "LSTM.v1", "dropout_rate": dropout},
        params={"LSTM": None, "HC0": None},
        init=partial(init, init_W or glorot_uniform_init, init_b or zero_init),
    )


def forward(model: Model[Padded, Padded], Xp: Padded, is_train: bool) -> tuple[Padded, Callable]:
    ops, weights = model.ops, model.get_param("LSTM")
    cells, hidden = model.get_param("HC0")
    X, restored = packed(model, Xp, model.get_dim("nI"))
    if not is_train:
        return restored(ops.lstm_forward_inference(weights, cells, hidden, X, Xp.size_at_t)), refuse_backprop
    mask = weight_mask(model)
    weights = weights if mask is None else weights * mask
    Y, state = ops.lstm_forward_training(weights, cells, hidden, X, Xp.size_at_t)

    def backprop(dYp: Padded) -> Padded:
        dY, _ = packed(model, dYp, Y.shape[1], "dY")
        return restored(backprop_weights(model, dY, Xp.size_at_t, weights, state, mask))

    return restored(Y), backprop


def init(init_W: Callable, init_b: Callable, model: Model, X: Any = None, Y: Any = None) -> None:
    set_width(model, "nI", X)
    set_width(model, "nO", Y)
    init_weights(model, init_W, init_b)

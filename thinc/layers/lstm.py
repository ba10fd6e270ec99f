"""The long short-term memory layer, on the backend's own kernels."""

from collections.abc import Callable
from functools import partial

from ..config import registry
from ..errors import InvalidValueError
from ..initializers import glorot_uniform_init, zero_init
from ..model import Model
from ..types import Floats1d, Padded
from ._padded import packed
from ._width import set_width
from .dropout import check_rate

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

    All weights lie in one vector, the parameter LSTM: per layer and direction Wx (4, nH, in), bx (4, nH),
    Wh (4, nH, nH), bh (4, nH), gates in the order f, i, o, g. The parameter HC0 holds the initial
    states, first the cells, then the hidden states; it gets no gradient.

    Args:
        nO: output width, of both directions together; from Y if not given.
        nI: input width; from X if not given.
        bi: whether a second direction runs from each sequence's end to its start.
        depth: number of layers, >= 1.
        dropout: rate at which weights are dropped in training, one mask per call.
        init_W: `(ops, shape) -> array` for each gate's matrices; default `glorot_uniform_init`.
        init_b: the same for the bias vectors; default `zero_init`.
    Raises:
        ValueError: depth is 0 or less.
    Source: Hochreiter and Schmidhuber (1997), Long Short-Term Memory.
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
    ops = model.ops
    X, restored = packed(model, Xp, model.get_dim("nI"))
    weights = model.get_param("LSTM")
    cells, hidden = model.get_param("HC0")
    if not is_train:
        return restored(ops.lstm_forward_inference(weights, cells, hidden, X, Xp.size_at_t)), _refuse
    mask = _weight_mask(model)
    if mask is not None:
        weights = weights * mask
    Y, state = ops.lstm_forward_training(weights, cells, hidden, X, Xp.size_at_t)

    def backprop(dYp: Padded) -> Padded:
        dY, _ = packed(model, dYp, Y.shape[1])
        dX, d_weights = ops.backprop_lstm(dY, Xp.size_at_t, weights, state)
        model.inc_grad("LSTM", d_weights if mask is None else d_weights * mask)
        return restored(dX)

    return restored(Y), backprop


def init(
    init_W: Callable,
    init_b: Callable,
    model: Model[Padded, Padded],
    X: Padded | None = None,
    Y: Padded | None = None,
) -> None:
    set_width(model, "nI", X)
    set_width(model, "nO", Y)
    ops, dirs, depth = model.ops, model.get_dim("dirs"), model.get_dim("depth")
    nH = model.get_dim("nO") // dirs
    parts = []
    for i in range(depth):
        nI = nH * dirs if i else model.get_dim("nI")
        for width in (nI, nH) * dirs:
            parts.extend(init_W(ops, (nH, width)) for _ in range(4))
            parts.extend(init_b(ops, (nH,)) for _ in range(4))
    model.set_param("LSTM", ops.xp.concatenate([part.reshape((-1,)) for part in parts]))
    model.set_param("HC0", ops.alloc4f(2, depth, dirs, nH))


def _weight_mask(model: Model) -> Floats1d | None:
    rate = model.attrs["dropout_rate"]
    check_rate(model.name, rate)
    return model.ops.get_dropout_mask(model.get_param("LSTM").shape, rate) if rate else None


def _refuse(dY: Padded) -> Padded:
    raise InvalidValueError("lstm: backprop needs a forward pass in training; this one was for prediction")

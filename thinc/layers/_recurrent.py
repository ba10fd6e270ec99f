"""Parts of the LSTM layer: packed steps, initial weights, weight dropout."""

from collections.abc import Callable
from typing import Any

from ..errors import InvalidValueError
from ..model import Model
from ..types import Floats1d, Floats2d, Padded
from ._checks import check_kind
from .dropout import check_rate


def packed(
    model: Model, Xp: Padded, width: int | None, what: str = "X"
) -> tuple[Any, Callable[[Any], Padded]]:
    """Rows (sum of size_at_t, width) without padding, and the function that makes such rows a Padded.

    Nothing is copied if there is no padding.

    Args:
        width: of the rows if there are none and the data is too empty to tell.
        what: the batch is, for the text of the error.
    Raises:
        TypeError: it is no Padded.
    """
    check_kind(model.name, what, Padded, Xp)
    xp = model.ops.xp
    nT, nB, nI = Xp.data.shape
    flat = Xp.data.reshape((nT * nB, nI))
    (places,) = (xp.arange(nB) < Xp.size_at_t[:, None]).reshape((-1,)).nonzero()

    def restored(rows: Any) -> Padded:
        if len(places) < len(flat):
            padded = model.ops.alloc((nT * nB, rows.shape[1]), dtype=rows.dtype)
            padded[places] = rows
            rows = padded
        data = rows.reshape((nT, nB, rows.shape[1]))
        return Padded(data, Xp.size_at_t, Xp.lengths, Xp.indices)

    if not flat.size and width is not None:
        return model.ops.alloc((len(places), width), dtype=flat.dtype), restored
    return (flat[places] if len(places) < len(flat) else flat), restored


def init_weights(model: Model, init_W: Callable, init_b: Callable) -> None:
    """All weights in one vector: per layer and direction Wx, bx, Wh, bh of the four gates. Zero states."""
    ops, depth, dirs = model.ops, model.get_dim("depth"), model.get_dim("dirs")
    nI, nH = model.get_dim("nI"), model.get_dim("nO") // dirs
    parts: list = []
    for i in range(depth):
        for width in (nH * dirs if i else nI, nH) * dirs:
            parts.extend(init_W(ops, (nH, width)) for _ in range(4))
            parts.extend(init_b(ops, (nH,)) for _ in range(4))
    model.set_param("LSTM", ops.xp.concatenate([part.reshape((-1,)) for part in parts]))
    model.set_param("HC0", ops.alloc4f(2, depth, dirs, nH))


def weight_mask(model: Model) -> Floats1d | None:
    """A dropout mask over all weights, or None if there is nothing to drop."""
    rate = model.attrs["dropout_rate"]
    check_rate(model.name, rate)
    return model.ops.get_dropout_mask(model.get_param("LSTM").shape, rate) if rate else None


def backprop_weights(
    model: Model, dY: Floats2d, size_at_t: Any, weights: Floats1d, state: Any, mask: Floats1d | None
) -> Floats2d:
    """The gradient of X. Those of weights, seen through the mask, and of states are added, unless frozen."""
    if hasattr(state, "inputs_only"):
        state.inputs_only = model.is_frozen
    gradients = model.ops.backprop_lstm(dY, size_at_t, weights, state)
    dX, d_weights = gradients
    if not model.is_frozen:
        model.inc_grad("LSTM", d_weights if mask is None else d_weights * mask)
        model.inc_grad("HC0", model.ops.xp.stack((gradients.d_H0, gradients.d_C0)))
    return dX


def refuse_backprop(dY: Any) -> Any:
    """The callback of a prediction."""
    raise InvalidValueError("lstm: backprop needs a forward pass in training; this one was for prediction")

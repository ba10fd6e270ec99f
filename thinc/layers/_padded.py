"""The real steps of a Padded as packed rows, step by step, and rows put back in their places."""

from collections.abc import Callable
from typing import Any

from ..model import Model
from ..types import Padded


def packed(model: Model, Xp: Padded, width: int | None) -> tuple[Any, Callable[[Any], Padded]]:
    """Rows (sum of size_at_t, width) without padding, and the function that makes such rows a Padded.

    Nothing is copied if there is no padding.

    Args:
        width: of the rows if there are none and the data is too empty to tell.
    """
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

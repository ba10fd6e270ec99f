"""What the reductions share: the rows of a Ragged in, and the way back to a Ragged."""

from collections.abc import Callable
from typing import Any

from ..model import Model
from ..types import Floats2d, Ints1d, Ragged
from ._checks import check_gradient, check_ragged
from ._ragged import rows


def unpacked(model: Model, Xr: Ragged) -> tuple[Floats2d, Ints1d]:
    """Rows, in two dimensions, and lengths of a Ragged."""
    check_ragged(model.name, Xr)
    return rows(Xr), Xr.lengths


def repacked(model: Model, Xr: Ragged, Y: Floats2d, backprop_rows: Callable) -> Callable:
    """The backprop that checks dY against Y and gives a Ragged shaped as X."""
    shape, dtype = Y.shape, Y.dtype
    lengths, trailing = Xr.lengths, Xr.data_shape[1:]

    def backprop(dY: Floats2d) -> Ragged:
        check_gradient(model.name, shape, dtype, dY)
        dX: Any = backprop_rows(dY)
        return Ragged(dX.reshape((len(dX), *trailing)), lengths)

    return backprop

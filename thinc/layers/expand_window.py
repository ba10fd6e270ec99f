"""Each row together with its neighbours."""

from collections.abc import Callable
from typing import TypeVar, cast

from .._validation import describe
from ..config import registry
from ..model import Model
from ..types import Floats2d, Ragged
from ._ragged import rows, shaped

__all__ = ["expand_window", "forward"]

# Where nothing else decides, type checkers take the first.
InT = TypeVar("InT", Floats2d, Ragged)


@registry.layers("expand_window.v1")
def expand_window(window_size: int = 1) -> Model[InT, InT]:
    """Each row between its neighbours: `Y[t] = [X[t - w] | ... | X[t] | ... | X[t + w]]`.

    Rows beyond a sequence's ends count as zeros. An array is one sequence, a Ragged several.

    Args:
        window_size: w >= 0, neighbours on either side.
    """
    return Model("expand_window", forward, attrs={"window_size": window_size})


def forward(model: Model[InT, InT], X: InT, is_train: bool) -> tuple[InT, Callable]:
    if isinstance(X, Ragged):
        return cast(tuple[InT, Callable], _expand_ragged(model, X))
    if not hasattr(X, "dtype"):
        raise TypeError(f"{model.name}: X must be a float array or a Ragged; got {describe(X)}")
    return cast(tuple[InT, Callable], _expand(model, X, None))


def _expand(model: Model, X: Floats2d, lengths) -> tuple[Floats2d, Callable]:
    nW = model.attrs["window_size"]
    Y = model.ops.seq2col(X, nW, lengths=lengths)

    def backprop(dY: Floats2d) -> Floats2d:
        return model.ops.backprop_seq2col(dY, nW, lengths=lengths)

    return Y, backprop


def _expand_ragged(model: Model, Xr: Ragged) -> tuple[Ragged, Callable]:
    Y, backprop_rows = _expand(model, rows(Xr), Xr.lengths)
    shape = Y.shape

    def backprop(dYr: Ragged) -> Ragged:
        return Ragged(backprop_rows(shaped(rows(dYr), shape)), Xr.lengths)

    return Ragged(Y, Xr.lengths), backprop

"""Two layers over a Padded batch, the second from the end of each sequence to its start."""

from collections.abc import Callable

from ..model import Model
from ..types import Padded
from ._checks import check_kind
from ._sums import plus
from .bidirectional import columns, side_by_side

__all__ = ["bidirectional_v2", "forward", "init"]


def bidirectional_v2(
    l2r: Model[Padded, Padded], r2l: Model[Padded, Padded] | None = None
) -> Model[Padded, Padded]:
    """Outputs of two layers side by side: `Y = [f(X) | reversed(g(reversed(X)))]`.

    Each sequence is reversed within its own length, so that padding makes no difference.

    Args:
        l2r: f.
        r2l: g; by default a copy of l2r.
    """
    return Model(f"bi{l2r.name}", forward, layers=[l2r, r2l if r2l is not None else l2r.copy()], init=init)


def forward(model: Model[Padded, Padded], X: Padded, is_train: bool) -> tuple[Padded, Callable]:
    check_kind(model.name, "X", Padded, X)
    l2r, r2l = model.layers
    Y1, backprop1 = l2r(X, is_train)
    Y2, backprop2 = r2l(_reversed(model, X), is_train)
    width = Y1.data.shape[2]

    def backprop(dY: Padded) -> Padded:
        check_kind(model.name, "dY", Padded, dY)
        dX1 = backprop1(columns(model, dY, 0, width))
        dX2 = backprop2(_reversed(model, columns(model, dY, width, None)))
        return plus(model.name, dX1, _reversed(model, dX2))

    return side_by_side(model, Y1, _reversed(model, Y2)), backprop


def init(model: Model[Padded, Padded], X: Padded | None = None, Y: Padded | None = None) -> None:
    """Initialize both layers, each with X and its own half of Y's columns."""
    if Y is not None:
        check_kind(model.name, "Y", Padded, Y)
    half = Y.data.shape[2] // 2 if Y is not None else 0
    for layer, start, end in zip(model.layers, (0, half), (half, None), strict=True):
        layer.initialize(X=X, Y=columns(model, Y, start, end) if Y is not None else None)
        X = _reversed(model, X) if X is not None else None


def _reversed(model: Model, Xp: Padded) -> Padded:
    """Each sequence from its last step to its first; padding stays where it is."""
    xp = model.ops.xp
    steps = xp.arange(Xp.data.shape[0])[:, None]
    mirrored = xp.where(steps < Xp.lengths, Xp.lengths - 1 - steps, steps)
    data = Xp.data[mirrored, xp.arange(Xp.data.shape[1])]
    return Padded(data, Xp.size_at_t, Xp.lengths, Xp.indices)

"""Two layers over a Padded batch, side by side."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import Padded
from ._checks import check_kind
from ._sums import plus

__all__ = ["bidirectional", "forward", "init"]


@registry.layers("bidirectional.v1")
def bidirectional(
    l2r: Model[Padded, Padded], r2l: Model[Padded, Padded] | None = None
) -> Model[Padded, Padded]:
    """Outputs of two layers side by side: `Y = [f(X) | g(X)]`.

    Both layers see the steps in the order in which they come. Time is not reversed for the second: stored
    models depend on that. `thinc.layers.bidirectional_v2` has a version that reverses it.

    Args:
        l2r: f.
        r2l: g; by default a copy of l2r.
    """
    return Model(f"bi{l2r.name}", forward, layers=[l2r, r2l if r2l is not None else l2r.copy()], init=init)


def forward(model: Model[Padded, Padded], X: Padded, is_train: bool) -> tuple[Padded, Callable]:
    check_kind(model.name, "X", Padded, X)
    l2r, r2l = model.layers
    Y1, backprop1 = l2r(X, is_train)
    Y2, backprop2 = r2l(X, is_train)
    width = Y1.data.shape[2]

    def backprop(dY: Padded) -> Padded:
        check_kind(model.name, "dY", Padded, dY)
        dX1 = backprop1(columns(model, dY, 0, width))
        return plus(model.name, dX1, backprop2(columns(model, dY, width, None)))

    return side_by_side(model, Y1, Y2), backprop


def init(model: Model[Padded, Padded], X: Padded | None = None, Y: Padded | None = None) -> None:
    """Initialize both layers, each with X and its own half of Y's columns."""
    if Y is not None:
        check_kind(model.name, "Y", Padded, Y)
    half = Y.data.shape[2] // 2 if Y is not None else 0
    for layer, start, end in zip(model.layers, (0, half), (half, None), strict=True):
        layer.initialize(X=X, Y=columns(model, Y, start, end) if Y is not None else None)


def side_by_side(model: Model, Y1: Padded, Y2: Padded) -> Padded:
    """The columns of two batches of the same sequences."""
    data = model.ops.xp.concatenate((Y1.data, Y2.data), axis=2)
    return Padded(data, Y1.size_at_t, Y1.lengths, Y1.indices)


def columns(model: Model, Xp: Padded, start: int, end: int | None) -> Padded:
    """The same sequences with some of their columns."""
    data = model.ops.as_contig(Xp.data[:, :, start:end])
    return Padded(data, Xp.size_at_t, Xp.lengths, Xp.indices)

"""A layer for flat lists, applied to nested ones. The first version returns arrays."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from ..types import ListXd
from ._checks import check_count

__all__ = ["forward", "init", "with_flatten"]

InT = Sequence[Sequence[Any]]
OutT = TypeVar("OutT", bound=ListXd)


@registry.layers("with_flatten.v1")
def with_flatten(layer: Model) -> Model[InT, list[Any]]:
    """Apply a layer to the items of all inner sequences, and split its output, an array, between them.

    Args:
        layer: from a list of items to an array with one row for each.
    """
    return Model(f"with_flatten({layer.name})", forward, layers=[layer], init=init)


def forward(model: Model[InT, OutT], Xnest: InT, is_train: bool) -> tuple[OutT, Callable]:
    ops = model.ops
    lengths = [len(Xs) for Xs in Xnest]
    Y, backprop_layer = model.layers[0](flattened(Xnest), is_train)

    def backprop(dYs: OutT) -> InT:
        check_count(model.name, "dY", max(1, len(lengths)), dYs)
        dX = backprop_layer(ops.flatten(dYs))
        return nested(dX, lengths) if isinstance(dX, (list, tuple)) else ops.unflatten(dX, lengths)

    Ys = ops.unflatten(Y, lengths) if len(lengths) else [Y]
    return cast(OutT, Ys), backprop


def flattened(nested: Sequence[Sequence[Any]]) -> list:
    """The items of all inner sequences in one list."""
    return [item for inner in nested for item in inner]


def nested(flat: Sequence[Any], lengths: Sequence[int]) -> list[list]:
    """The items of one list in lists of the given lengths."""
    check_count("with_flatten", "the layer's list", sum(lengths), flat)
    items = iter(flat)
    return [list(islice(items, length)) for length in lengths]


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    model.layers[0].initialize(
        X=flattened(X) if X is not None else None,
        Y=model.ops.xp.hstack(Y) if Y is not None else None,
    )

"""A layer for Ragged, applied to sequences in any container."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..config import registry
from ..model import Model
from ..types import Array2d, Ints1d, ListXd, Padded, Ragged
from ._ragged import joined, lengths_of, split

__all__ = ["forward", "init", "with_ragged"]

RaggedData = tuple[Array2d, Ints1d]
SeqT = TypeVar("SeqT", bound=Padded | Ragged | ListXd | RaggedData)


@registry.layers("with_ragged.v1")
def with_ragged(layer: Model[Ragged, Ragged]) -> Model[SeqT, SeqT]:
    """Apply a layer to the sequences of a Padded, a list or a tuple `(data, lengths)` as one Ragged.

    A tuple of two is always taken as data and lengths. The result comes in the kind of container that
    came in.
    """
    return Model(f"with_ragged({layer.name})", forward, init=init, layers=[layer])


def forward(model: Model[SeqT, SeqT], Xseq: SeqT, is_train: bool) -> tuple[SeqT, Callable]:
    layer = model.layers[0]
    if isinstance(Xseq, Ragged):
        return layer(Xseq, is_train)
    to_ragged, from_ragged = _conversions(model, Xseq)
    Y, backprop_layer = layer(to_ragged(Xseq), is_train)

    def backprop(dYseq: SeqT) -> SeqT:
        return from_ragged(backprop_layer(to_ragged(dYseq)))

    return from_ragged(Y), backprop


def _conversions(model: Model, Xseq: Any) -> tuple[Callable, Callable]:
    """How containers of the kind of X become Ragged, and how a Ragged becomes one of them."""
    ops = model.ops

    def list2ragged(Xs: Any) -> Ragged:
        return Ragged(joined(ops, Xs), lengths_of(ops, Xs))

    def ragged2list(Xr: Ragged) -> list:
        return split(ops, model.name, Xr.dataXd, Xr.lengths)

    if isinstance(Xseq, Padded):
        return (lambda Xp: list2ragged(ops.padded2list(Xp))), (lambda Xr: ops.list2padded(ragged2list(Xr)))
    if isinstance(Xseq, tuple) and len(Xseq) == 2:
        return (lambda data_lengths: Ragged(*data_lengths)), (lambda Xr: (Xr.dataXd, Xr.lengths))
    return list2ragged, ragged2list


def init(model: Model[SeqT, SeqT], X: SeqT | None = None, Y: SeqT | None = None) -> None:
    model.layers[0].initialize(X=_as_ragged(model, X), Y=_as_ragged(model, Y))


def _as_ragged(model: Model, X: Any) -> Ragged | None:
    if X is None or isinstance(X, Ragged):
        return X
    return _conversions(model, X)[0](X)

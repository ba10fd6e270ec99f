"""A layer for lists, applied to sequences in any container."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..types import List2d, ListXd, Padded, Ragged
from ._checks import check_kind
from ._ragged import joined, shaped
from ._typevar import TypeVar
from ._width import copy_dims, snapshot_dims

__all__ = ["forward", "init", "with_list"]

ListT = TypeVar("ListT", bound=ListXd, default=Any)
SeqT = TypeVar("SeqT", bound=Padded | Ragged | List2d, default=Any)


@registry.layers("with_list.v1")
def with_list(layer: Model[ListT, ListXd]) -> Model[SeqT, SeqT]:
    """Apply a layer to the list of sequences in a Ragged or Padded; a list is passed on as it is.

    The result comes in the kind of container that came in.
    """
    return Model(f"with_list({layer.name})", forward, init=init, layers=[layer], dims=snapshot_dims(layer))


def forward(model: Model[SeqT, SeqT], Xseq: SeqT, is_train: bool) -> tuple[SeqT, Callable]:
    if isinstance(Xseq, Ragged):
        return _ragged_forward(model, Xseq, is_train)
    if isinstance(Xseq, Padded):
        return _padded_forward(model, Xseq, is_train)
    return model.layers[0](Xseq, is_train)


def _ragged_forward(model: Model, Xr: Ragged, is_train: bool) -> tuple[Any, Callable]:
    ops, lengths = model.ops, Xr.lengths
    Ys, backprop_layer = model.layers[0](ops.unflatten(Xr.dataXd, lengths), is_train)

    Y = joined(ops, Ys)
    shape = Y.shape

    def backprop(dYr: Ragged) -> Ragged:
        check_kind(model.name, "dY", Ragged, dYr)
        dYs = ops.unflatten(shaped(dYr.dataXd, shape), lengths)
        return Ragged(joined(ops, backprop_layer(dYs)), lengths)

    return Ragged(Y, lengths), backprop


def _padded_forward(model: Model, Xp: Padded, is_train: bool) -> tuple[Any, Callable]:
    ops = model.ops
    Ys, backprop_layer = model.layers[0](ops.padded2list(Xp), is_train)

    def backprop(dYp: Padded) -> Padded:
        check_kind(model.name, "dY", Padded, dYp)
        return ops.list2padded(backprop_layer(ops.padded2list(dYp)))

    return ops.list2padded(Ys), backprop


def init(model: Model[SeqT, SeqT], X: SeqT | None = None, Y: SeqT | None = None) -> None:
    layer = model.layers[0]
    layer.initialize(X=_as_list(model, X), Y=_as_list(model, Y))
    copy_dims(model, layer, layer.dim_names)


def _as_list(model: Model, X):
    if isinstance(X, Ragged):
        return model.ops.unflatten(X.dataXd, X.lengths)
    if isinstance(X, Padded):
        return model.ops.padded2list(X)
    return X

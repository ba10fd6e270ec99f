"""A layer for Padded batches, applied to sequences in any container."""

from collections.abc import Callable
from typing import Any

from .._validation import describe
from ..config import registry
from ..model import Model
from ..types import Floats3d, Ints1d, List2d, Padded, Ragged
from ._checks import KindError
from ._ragged import joined, shaped
from ._typevar import TypeVar
from ._width import copy_dims, snapshot_dims

__all__ = ["forward", "init", "with_padded"]

PaddedData = tuple[Floats3d, Ints1d, Ints1d, Ints1d]
SeqT = TypeVar("SeqT", bound=Padded | Ragged | List2d | Floats3d | PaddedData, default=Any)


@registry.layers("with_padded.v1")
def with_padded(layer: Model[Padded, Padded]) -> Model[SeqT, SeqT]:
    """Apply a layer for Padded to sequences in another container.

    That may be a Ragged, a list or tuple of 2-d arrays, a tuple of the four fields of a Padded, or an array
    (time, batch, width) without padding. The result comes in the kind of container that came in.
    """
    return Model(f"with_padded({layer.name})", forward, init=init, layers=[layer], dims=snapshot_dims(layer))


def forward(model: Model[SeqT, SeqT], Xseq: SeqT, is_train: bool) -> tuple[SeqT, Callable]:
    layer = model.layers[0]
    if isinstance(Xseq, Padded):
        return layer(Xseq, is_train)
    to_padded, from_padded = _conversions(model, Xseq)
    Y, backprop_layer = layer(to_padded(Xseq), is_train)
    Yseq = from_padded(Y)
    shape = Yseq.dataXd.shape if isinstance(Yseq, Ragged) else None

    def backprop(dYseq: Any) -> SeqT:
        if shape is not None:
            dYseq = Ragged(shaped(dYseq.dataXd, shape), dYseq.lengths)
        return from_padded(backprop_layer(to_padded(dYseq)))

    return Yseq, backprop


def _conversions(model: Model, Xseq: Any) -> tuple[Callable, Callable]:
    """How containers of the kind of X become Padded, and how a Padded becomes one of them."""
    ops, lengths = model.ops, getattr(Xseq, "lengths", None)
    if isinstance(Xseq, Ragged):
        return (
            lambda Xr: ops.list2padded(ops.unflatten(Xr.dataXd, lengths)),
            lambda Xp: Ragged(joined(ops, ops.padded2list(Xp)), lengths),
        )
    if isinstance(Xseq, tuple) and len(Xseq) == 4 and all(x.ndim == 1 for x in Xseq[1:]):
        return (lambda fields: Padded(*fields)), (lambda Xp: (Xp.data, Xp.size_at_t, Xp.lengths, Xp.indices))
    if isinstance(Xseq, (list, tuple)):
        return ops.list2padded, ops.padded2list
    if not hasattr(Xseq, "ndim"):
        raise KindError(f"{model.name}: X must hold sequences; got {describe(Xseq)}")
    return (lambda X: _unpadded(ops, X)), (lambda Xp: Xp.data)


def _unpadded(ops: Any, X: Floats3d) -> Padded:
    """A Padded of sequences that all have the full length."""
    nT, nB = X.shape[:2]
    size_at_t = ops.alloc1i(nT) + nB
    return Padded(X, size_at_t, ops.alloc1i(nB) + nT, ops.xp.arange(nB, dtype="int32"))


def init(model: Model[SeqT, SeqT], X: SeqT | None = None, Y: SeqT | None = None) -> None:
    layer = model.layers[0]
    layer.initialize(X=_as_padded(model, X), Y=_as_padded(model, Y))
    copy_dims(model, layer, layer.dim_names)


def _as_padded(model: Model, X: Any) -> Padded | None:
    return X if X is None or isinstance(X, Padded) else _conversions(model, X)[0](X)

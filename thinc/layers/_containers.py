"""A layer for arrays applied to a list, Ragged or Padded: unpack, call, pack again the same way.

Each function takes the wrapper, whose first child is the layer, and returns `(Y, backprop)`. `flat` asks
for rows, that is for two axes, whatever the container holds.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .._validation import describe
from ..model import Model
from ..types import Padded, Ragged
from ._checks import KindError, check_kind
from ._ragged import joined, lengths_of, rows, shaped
from ._width import copy_dims


def through_list(model: Model, Xs: Sequence, is_train: bool, flat: bool) -> tuple[Sequence, Callable]:
    """The layer on the concatenation of a list of arrays, padded as attribute `pad` says."""
    layer, ops, pad = model.layers[0], model.ops, model.attrs["pad"]
    lengths = lengths_of(ops, Xs)
    Y, backprop_layer = layer(joined(ops, Xs, pad, layer.maybe_get_dim("nI")), is_train)
    _check_output(model, Y)
    shape = Y.shape

    def backprop(dYs: Sequence) -> Sequence:
        dX = backprop_layer(shaped(joined(ops, dYs, pad), shape))
        return ops.unflatten(dX, lengths, pad=pad)

    return ops.unflatten(Y, lengths, pad=pad), backprop


def through_ragged(model: Model, Xr: Ragged, is_train: bool, flat: bool) -> tuple[Ragged, Callable]:
    """The layer on the data of a Ragged."""
    X = Xr.dataXd
    Y, backprop_layer = model.layers[0](rows(Xr) if flat else X, is_train)
    _check_output(model, Y)
    shape = Y.shape

    def backprop(dYr: Ragged) -> Ragged:
        check_kind(model.name, "dY", Ragged, dYr)
        if not flat:
            return Ragged(backprop_layer(shaped(dYr.dataXd, shape)), dYr.lengths)
        return Ragged(backprop_layer(shaped(rows(dYr), shape)).reshape(X.shape), dYr.lengths)

    if flat and Y.shape == rows(Xr).shape:
        Y = Y.reshape(X.shape)
    return Ragged(Y, Xr.lengths), backprop


def through_padded(model: Model, Xp: Padded, is_train: bool, flat: bool) -> tuple[Padded, Callable]:
    """The layer on the data of a Padded, padding included."""

    def unpacked(Zp: Padded) -> Any:
        Z = Zp.data
        return Z.reshape((Z.shape[0] * Z.shape[1], Z.shape[2])) if flat else Z

    def repacked(Z: Any) -> Padded:
        if flat:
            Z = Z.reshape((*Xp.data.shape[:2], Z.shape[1]))
        return Padded(Z, Xp.size_at_t, Xp.lengths, Xp.indices)

    Y, backprop_layer = model.layers[0](unpacked(Xp), is_train)
    if flat:
        _check_output(model, Y)

    def backprop(dYp: Padded) -> Padded:
        check_kind(model.name, "dY", Padded, dYp)
        return repacked(backprop_layer(unpacked(dYp)))

    return repacked(Y), backprop


def init_through(model: Model, X: Any, Y: Any, flat: bool) -> None:
    """Initialize the layer with unpacked examples and take over its dimensions."""
    layer = model.layers[0]
    layer.initialize(
        X=_array_of(model, X, layer.maybe_get_dim("nI"), flat),
        Y=_array_of(model, Y, layer.maybe_get_dim("nO"), flat),
    )
    copy_dims(model, layer, layer.dim_names)


def _check_output(model: Model, Y: Any) -> None:
    if not hasattr(Y, "shape"):
        layer = model.layers[0].name
        raise KindError(f"{model.name}: the output of '{layer}' must be an array; got {describe(Y)}")


def _array_of(model: Model, X: Any, width: int | None, flat: bool) -> Any:
    if isinstance(X, Ragged):
        return rows(X) if flat else X.dataXd
    if isinstance(X, Padded):
        return X.data.reshape((-1, X.data.shape[2])) if flat and X.data.size else X.data
    if isinstance(X, (list, tuple)):
        return joined(model.ops, X, width=width)
    return X

"""Dropout, as a node of its own."""

from collections.abc import Callable, Sequence
from typing import Any

from .._validation import unchanged
from ..config import registry
from ..model import Model
from ..types import ArrayXd, Padded, Ragged
from ._checks import check_count
from ._ragged import shaped
from ._typevar import TypeVar

__all__ = ["Dropout", "forward"]

InT = TypeVar("InT", bound=ArrayXd | Sequence[ArrayXd] | Ragged | Padded, default=Any)


@registry.layers("Dropout.v1")
def Dropout(rate: float = 0.0) -> Model[InT, InT]:
    """In training, zero each element with probability `rate` and divide the others by `1 - rate`.

    Otherwise (predicting, rate 0, or attribute `is_enabled` False) the input object itself is
    returned. Masks are drawn from the array module's global generator, one per array.

    Args:
        rate: 0 <= rate <= 1; kept as attribute `dropout_rate`, which `set_dropout_rate` changes.
    Raises:
        ValueError: the rate is out of range, here or when first used.
    """
    check_rate("dropout", rate)
    return Model("dropout", forward, attrs={"dropout_rate": rate, "is_enabled": True})


def forward(model: Model[InT, InT], X: InT, is_train: bool) -> tuple[InT, Callable]:
    rate = model.attrs["dropout_rate"]
    if not (rate and is_train and model.attrs["is_enabled"]):
        return X, unchanged
    check_rate(model.name, rate)
    return _masked(model, X, lambda shape: model.ops.get_dropout_mask(shape, rate))


def check_rate(name: str, rate: Any) -> None:
    """Raise ValueError unless the rate is None or within 0 and 1 (NaN is not)."""
    if rate is not None and not 0.0 <= rate <= 1.0:
        raise ValueError(f"{name}: dropout rate must be between 0 and 1; got {rate}")


def _masked(model: Model, X: Any, draw: Callable) -> tuple[Any, Callable]:
    if isinstance(X, Ragged):
        return _masked_ragged(X, draw(X.dataXd.shape))
    if isinstance(X, Padded):
        return _masked_padded(X, draw(X.data.shape))
    if isinstance(X, (list, tuple)):
        return _masked_list(model, X, [draw(x.shape) for x in X])
    mask = draw(X.shape)
    return X * mask, lambda dY: dY * mask


def _masked_ragged(Xr: Ragged, mask: Any) -> tuple[Ragged, Callable]:
    def backprop(dYr: Ragged) -> Ragged:
        return Ragged(shaped(dYr.dataXd, mask.shape) * mask, dYr.lengths)

    return Ragged(Xr.dataXd * mask, Xr.lengths), backprop


def _masked_padded(Xp: Padded, mask: Any) -> tuple[Padded, Callable]:
    def scaled(Zp: Padded) -> Padded:
        return Padded(Zp.data * mask, Xp.size_at_t, Xp.lengths, Xp.indices)

    return scaled(Xp), scaled


def _masked_list(model: Model, Xs: Sequence, masks: list) -> tuple[list, Callable]:
    def backprop(dYs: Sequence) -> list:
        check_count(model.name, "dY", len(masks), dYs)
        return [dY * mask for dY, mask in zip(dYs, masks, strict=True)]

    return [X * mask for X, mask in zip(Xs, masks, strict=True)], backprop

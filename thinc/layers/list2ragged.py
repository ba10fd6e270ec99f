"""A list of arrays as a Ragged."""

from collections.abc import Callable
from typing import TypeVar, cast

from ..config import registry
from ..model import Model
from ..types import ListXd, Ragged
from ._ragged import joined, lengths_of, shaped

__all__ = ["forward", "list2ragged"]

InT = TypeVar("InT", bound=ListXd)
OutT = Ragged


@registry.layers("list2ragged.v1")
def list2ragged() -> Model[ListXd, Ragged]:
    """Concatenate a list of arrays and remember their lengths; backprop splits the gradient again."""
    return Model("list2ragged", forward)


def forward(model: Model[InT, Ragged], Xs: InT, is_train: bool) -> tuple[Ragged, Callable]:
    if isinstance(Xs, Ragged):
        raise TypeError("list2ragged: X must be a list of arrays; got a Ragged")
    Y, lengths = joined(model.ops, Xs), lengths_of(model.ops, Xs)
    shape = Y.shape

    def backprop(dYr: Ragged) -> InT:
        return cast(InT, model.ops.unflatten(shaped(dYr.dataXd, shape), lengths))

    return Ragged(Y, lengths), backprop

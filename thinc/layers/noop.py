"""The layer that does nothing."""

from collections.abc import Callable
from typing import Any

from .._validation import unchanged
from ..config import registry
from ..model import Model
from ._typevar import TypeVar

__all__ = ["forward", "noop"]

InOutT = TypeVar("InOutT", default=Any)


@registry.layers("noop.v1")
def noop(*layers: Model) -> Model[InOutT, InOutT]:
    """Identity: returns its very input, and the very gradient.

    Args:
        layers: stored, so that they are part of the model, but never called or initialized.
    """
    return Model("noop", forward, layers=list(layers))


def forward(model: Model[InOutT, InOutT], X: InOutT, is_train: bool) -> tuple[InOutT, Callable]:
    return X, unchanged

"""A chain of copies of one layer."""

from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from .chain import chain
from .noop import noop

__all__ = ["clone"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@registry.layers("clone.v1")
def clone(orig: Model[InT, OutT], n: int) -> Model[InT, OutT]:
    """Chain of the layer and `n - 1` copies of it, with parameters of their own.

    Args:
        orig: the layer; copies are made now, so usually before it is initialized.
        n: 0 gives a no-op, 1 the layer itself.
    Raises:
        TypeError: n is negative.
    """
    if n < 0:
        raise TypeError(f"clone: n must be 0 or more; got {n} (copies of '{orig.name}')")
    if n == 0:
        return cast(Model[InT, OutT], noop())
    if n == 1:
        return orig
    layers: list[Any] = [orig, *(orig.copy() for _ in range(n - 1))]
    return chain(*layers)

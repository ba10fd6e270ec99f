"""Strings as arrays of their hashes."""

from collections.abc import Callable, Sequence
from typing import Any

from murmurhash import hash_unicode

from .._validation import describe
from ..config import registry
from ..model import Model
from ..types import Ints2d

__all__ = ["forward", "strings2arrays"]

InT = Sequence[Sequence[str]]
OutT = list[Ints2d]


@registry.layers("strings2arrays.v1")
def strings2arrays() -> Model[InT, OutT]:
    """One uint64 array (n, 1) per sequence of n strings, holding their hashes.

    The hash is MurmurHash3 of the UTF-8 bytes, 32 bits with sign, extended to 64 bits.

    Raises:
        TypeError: an item is not a string.
    """
    return Model("strings2arrays", forward)


def forward(model: Model[InT, OutT], Xs: InT, is_train: bool) -> tuple[OutT, Callable]:
    arrays = [[_hashed(x) for x in X] for X in Xs]
    return [model.ops.asarray(array, dtype="uint64").reshape((-1, 1)) for array in arrays], _no_gradients


def _hashed(text: Any) -> int:
    if not isinstance(text, str):
        raise TypeError(f"strings2arrays: items must be strings; got {describe(text)}")
    return hash_unicode(text) % 2**64


def _no_gradients(dYs: OutT) -> list:
    return []

"""Checks that layers share, with their words. The model adds where in the tree they failed."""

from typing import Any

from .._validation import describe
from ..errors import RankError
from ..types import Ragged


class KindError(TypeError, AttributeError, AssertionError):
    """A value is of the wrong kind; earlier releases failed an assertion or missed an attribute."""


def check_gradient(name: str, shape: tuple, dtype: Any, dY: Any) -> None:
    """Raise ValueError unless dY has the shape and dtype (None: any) of the output."""
    if dY.shape != shape:
        raise ValueError(f"{name}: Shape mismatch in backprop. Y: {shape}, dY: {tuple(dY.shape)}")
    if dtype is not None and dY.dtype != dtype:
        raise ValueError(f"{name}: Type mismatch in backprop. Y: {dtype}, dY: {dY.dtype}")


def check_count(name: str, what: str, expected: int, found: Any) -> None:
    """Raise ValueError unless `found` has the expected number of items."""
    if len(found) != expected:
        raise ValueError(f"{name}: {what} must have {expected} items; got {len(found)}")


def check_kind(name: str, what: str, kind: type, found: Any) -> None:
    """Raise TypeError unless `found` is of the given class."""
    if not isinstance(found, kind):
        raise KindError(f"{name}: {what} must be a {kind.__name__}; got {describe(found)}")


def check_integer(name: str, what: str, found: Any, least: int) -> None:
    """Raise TypeError unless `found` is an integer, ValueError if it is less than that."""
    if not hasattr(found, "__index__"):
        raise TypeError(f"{name}: {what} must be an integer; got {found!r}")
    if found < least:
        raise ValueError(f"{name}: {what} must be at least {least}; got {found}")


def check_axes(name: str, what: str, found: Any, least: int, most: float = float("inf")) -> None:
    """Raise unless `found` is an array with as many axes as given.

    Raises:
        TypeError: it is no array.
        RankError: it has fewer axes, or more.
    """
    if not hasattr(found, "ndim"):
        raise KindError(f"{name}: {what} must be an array; got {describe(found)}")
    if not least <= found.ndim <= most:
        axes = f"{least} axes" if least == most else f"at least {least} axes"
        raise RankError(f"{name}: {what} must have {axes}; got {describe(found)}")


def check_ragged(name: str, X: Any) -> None:
    """Raise TypeError unless X is a Ragged."""
    if not isinstance(X, Ragged):
        raise KindError(f"{name}: X must be a Ragged (it has no attribute 'lengths'); got {describe(X)}")


def validate_temperature(temperature: float) -> None:
    """Raise ValueError unless the temperature is positive (NaN is not)."""
    if not temperature > 0.0:
        raise ValueError(f"softmax temperature must not be zero or negative; got {temperature}")

"""Configuration files and the registries of functions that they refer to.

Both come from confection; this module adds the registries of this library.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import catalogue
import confection
from confection import VARIABLE_RE, Config, ConfigValidationError, Promise

FunctionT = TypeVar("FunctionT", bound=Callable)


class FunctionRegistry(Protocol):
    """What a registry of `catalogue` does, for type checkers: decorators keep the type of the function."""

    def __call__(self, name: str, func: Any = None) -> Callable[[FunctionT], FunctionT]: ...
    def register(self, name: str, *, func: Any = None) -> Callable[[FunctionT], FunctionT]: ...
    def get(self, name: str) -> Any: ...
    def get_all(self) -> dict[str, Any]: ...
    def get_entry_point(self, name: str, default: Any = None) -> Any: ...
    def get_entry_points(self) -> dict[str, Any]: ...
    def find(self, name: str) -> dict[str, Any]: ...
    def __contains__(self, name: str) -> bool: ...


class registry(confection.registry):
    """The functions that a config can name, by kind. Used as a class, never instantiated."""

    optimizers: FunctionRegistry = catalogue.create("thinc", "optimizers", entry_points=True)
    schedules: FunctionRegistry = catalogue.create("thinc", "schedules", entry_points=True)
    layers: FunctionRegistry = catalogue.create("thinc", "layers", entry_points=True)
    losses: FunctionRegistry = catalogue.create("thinc", "losses", entry_points=True)
    initializers: FunctionRegistry = catalogue.create("thinc", "initializers", entry_points=True)
    datasets: FunctionRegistry = catalogue.create("thinc", "datasets", entry_points=True)
    readers: FunctionRegistry = catalogue.create("thinc", "readers", entry_points=True)
    ops: FunctionRegistry = catalogue.create("thinc", "ops", entry_points=True)

    @classmethod
    def create(cls, registry_name: str, entry_points: bool = False) -> None:
        """Add a registry as a class attribute.

        Args:
            registry_name: the attribute, and the last part of the namespace.
            entry_points: whether other packages may add to it through entry points.
        Raises:
            ValueError: there is an attribute of that name.
        """
        if hasattr(cls, registry_name):
            raise ValueError(f"Registry '{registry_name}' already exists")
        setattr(cls, registry_name, catalogue.create("thinc", registry_name, entry_points=entry_points))


__all__ = ["Config", "ConfigValidationError", "Promise", "VARIABLE_RE", "registry"]

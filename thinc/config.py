"""Configuration files and the registries of functions that they refer to.

Both come from confection; this module adds the registries of this library.
"""

from typing import Any

import catalogue
import confection
from confection import VARIABLE_RE, Config, ConfigValidationError, Promise


class registry(confection.registry):
    """The functions that a config can name, by kind. Used as a class, never instantiated."""

    optimizers: Any = catalogue.create("thinc", "optimizers", entry_points=True)
    schedules: Any = catalogue.create("thinc", "schedules", entry_points=True)
    layers: Any = catalogue.create("thinc", "layers", entry_points=True)
    losses: Any = catalogue.create("thinc", "losses", entry_points=True)
    initializers: Any = catalogue.create("thinc", "initializers", entry_points=True)
    datasets: Any = catalogue.create("thinc", "datasets", entry_points=True)
    ops: Any = catalogue.create("thinc", "ops", entry_points=True)

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

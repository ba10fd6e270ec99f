"""Shims: models of other frameworks, wrapped so that a `Model` can train and store them."""

from .shim import Shim

__all__ = ["Shim"]

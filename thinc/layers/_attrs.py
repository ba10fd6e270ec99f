"""Attributes that must come back as they were: tuples as tuples, a column as the very column.

Saved bytes hold a plain list or int. The type of the attribute on the receiving model decides how they
are read, so these are subclasses of tuple and int with a reader each.
"""

from typing import Any

from ..model import deserialize_attr


class Index(tuple):
    """A tuple used as an index. A list would mean another selection."""


class Column(int):
    """The column a layer was built to read. Loading can't change it."""


def as_attr(index: Any) -> Any:
    """The index as it is kept in `attrs`."""
    return Index(index) if isinstance(index, tuple) else index


def as_column(column: Any) -> Any:
    """The column as it is kept in `attrs`; None stays None."""
    return None if column is None else Column(column)


@deserialize_attr.register(Index)
def _read_index(_: Any, value: bytes, name: str, model: Any) -> Index:
    return Index(deserialize_attr(None, value, name, model))


@deserialize_attr.register(Column)
def _read_column(current: Column, value: bytes, name: str, model: Any) -> Column:
    column = deserialize_attr(None, value, name, model)
    if column != current:
        raise ValueError(f"{model.name}: the stored column must be {int(current)}, as built; got {column}")
    return current

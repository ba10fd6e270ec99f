"""A fixed map from 64-bit ids to integers, looked up for whole arrays at once."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy

from .._validation import describe
from ._checks import KindError


class IdMap:
    """Ids and their values, like a preshed `PreshMap`: an id that is missing has the value None.

    Arrays are looked up in a table of the ops that first ask. Saving a model leaves the map out.
    """

    def __init__(self, table: Mapping[int, int]) -> None:
        if not hasattr(table, "items"):
            raise KindError(f"premap_ids: mapping_table must be a mapping; got {describe(table)}")
        self._values = dict(table)
        numbers = [*self._values, *self._values.values()]
        if numbers and (set(map(type, numbers)) != {int} or min(numbers) < 0 or max(numbers) >= 2**64):
            for key, value in self._values.items():
                _check_entry(key, value)
        self._table: Any = None

    def __deepcopy__(self, memo: dict) -> "IdMap":
        copied = IdMap({})
        copied._values, copied._table = dict(self._values), self._table
        return copied

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    def __contains__(self, key: int) -> bool:
        return key in self._values

    def __getitem__(self, key: int) -> int | None:
        return self._values.get(key)

    def __setitem__(self, key: int, value: int) -> None:
        _check_entry(key, value)
        self._values[key] = value
        self._table = None

    def __delitem__(self, key: int) -> None:
        self.pop(key)

    def pop(self, key: int, default: int | None = None) -> int | None:
        """Remove an id; its value, or the default if it is missing."""
        self._table = None
        return self._values.pop(key, default)

    def keys(self) -> Iterator[int]:
        return iter(self._values)

    def values(self) -> Iterator[int]:
        return iter(self._values.values())

    def items(self) -> Iterator[tuple[int, int]]:
        return iter(self._values.items())

    def lookup(self, ops: Any, ids: Any, default: int) -> Any:
        """Values of the ids, int32 of their shape; `default` where an id is missing or negative."""
        if not isinstance(self._table, ops.xp.ndarray):
            keys, values = (
                numpy.fromiter(part, "uint64", len(self._values))
                for part in (self._values, self._values.values())
            )
            self._table = ops.id_table(ops.asarray(keys), ops.asarray(values))
        return ops.premap_ids(ids, self._table, default)


def _check_entry(key: Any, value: Any) -> None:
    if not isinstance(key, int) or not isinstance(value, int):
        raise ValueError(
            f"mapping_table has to be of type Mapping[int, int], but found {key}, {type(key)} "
            f"and {value}, {type(value)}"
        )
    if not (0 <= key < 2**64 and 0 <= value < 2**64):
        raise OverflowError(
            f"premap_ids: keys and values must be 64-bit and not negative; got {key}: {value}"
        )

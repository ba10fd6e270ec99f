"""A fixed map from 64-bit ids to integers, looked up for whole arrays at once."""

from collections.abc import Mapping
from typing import Any

import numpy


class IdMap:
    """Ids and their values; a table of the ops that first ask. Saving a model leaves it out."""

    def __init__(self, table: Mapping[int, int]) -> None:
        for key, value in table.items():
            if not isinstance(key, int) or not isinstance(value, int):
                raise ValueError(
                    f"mapping_table has to be of type Mapping[int, int], but found {key}, {type(key)} "
                    f"and {value}, {type(value)}"
                )
            if not (0 <= key < 2**64 and 0 <= value < 2**64):
                raise OverflowError(
                    f"premap_ids: keys and values must be 64-bit and not negative; got {key}: {value}"
                )
        self._keys = numpy.array(list(table), dtype="uint64")
        self._values = numpy.array(list(table.values()), dtype="uint64")
        self._table: Any = None

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, ops: Any, ids: Any, default: int) -> Any:
        """Values of the ids, int32 of their shape; `default` where an id is missing or negative."""
        if not isinstance(self._table, ops.xp.ndarray):
            self._table = ops.id_table(ops.asarray(self._keys), ops.asarray(self._values))
        return ops.premap_ids(ids, self._table, default)

"""A fixed map from 64-bit ids to integers, looked up for whole arrays at once."""

from collections.abc import Mapping
from typing import Any

import numpy


class IdMap:
    """Ids and their values, sorted by id. Saving a model leaves it out."""

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
        keys = sorted(table)
        self._keys = numpy.array(keys, dtype="uint64")
        self._values = numpy.array([table[key] for key in keys], dtype="uint64").astype("int32")

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, ids: Any, default: int) -> Any:
        """Values of the ids, int32 of their shape; `default` where an id is missing or negative."""
        found = numpy.full(ids.shape, default, dtype="int32")
        if len(self) and ids.size:
            keys = ids.astype("uint64")
            places = numpy.minimum(numpy.searchsorted(self._keys, keys), len(self) - 1)
            known = (self._keys[places] == keys) & (ids >= 0)
            found[known] = self._values[places[known]]
        return found

"""Ids of any kind replaced by those of a table."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Union

import numpy

from ..config import registry
from ..model import Model
from ..types import DTypes, Ints1d, Ints2d

__all__ = ["forward", "forward_v2", "remap_ids", "remap_ids_v2"]

InT = Sequence[Any]
OutT = Ints2d
InT_v2 = Union[Sequence[Hashable], Ints1d, Ints2d]


@registry.layers("remap_ids.v1")
def remap_ids(mapping_table: dict[Any, int] = {}, default: int = 0, dtype: DTypes = "i") -> Model[InT, OutT]:
    """Value of each key in a table, as a column: `Y[i, 0] = table.get(X[i], default)`.

    Args:
        mapping_table: from keys to ints; copied.
        default: for keys that are not in the table.
        dtype: of the output.
    """
    attrs = {"mapping_table": dict(mapping_table), "dtype": dtype, "default": default}
    return Model("remap_ids", forward, attrs=attrs)


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    return _column(model, X, model.attrs["dtype"]), _no_gradients


@registry.layers("remap_ids.v2")
def remap_ids_v2(
    mapping_table: dict[int, int] | dict[str, int] | None = None,
    default: int = 0,
    *,
    column: int | None = None,
) -> Model[InT_v2, OutT]:
    """As `remap_ids`, for arrays too; the output is int32.

    Args:
        mapping_table: from keys to ints; may also be set later, as attribute of that name.
        default: for keys that are not in the table.
        column: take ids from this column of 2-d input.
    """
    attrs = {"mapping_table": mapping_table, "default": default, "column": column}
    return Model("remap_ids", forward_v2, attrs=attrs)


def forward_v2(model: Model[InT_v2, OutT], X: InT_v2, is_train: bool) -> tuple[OutT, Callable]:
    if model.attrs["mapping_table"] is None:
        raise ValueError("remap_ids: 'mapping table' not set")
    if not hasattr(X, "dtype"):
        return _column(model, X, "int32"), _no_gradients
    ids: Any = X
    column = model.attrs["column"]
    keys = ids if column is None else ids[:, column]

    def backprop(dY: OutT) -> Ints2d:
        return model.ops.alloc_i(ids.shape)

    return _column(model, keys.tolist(), "int32"), backprop


def _column(model: Model, keys: Sequence, dtype: Any) -> Ints2d:
    table, default = model.attrs["mapping_table"], model.attrs["default"]
    values = numpy.fromiter([table.get(key, default) for key in keys], dtype, len(keys))
    return model.ops.asarray2i(values, dtype=dtype).reshape((-1, 1))


def _no_gradients(dY: OutT) -> list:
    return []

"""Integer ids replaced by those of a table that is fixed in advance."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

import numpy

from .._validation import describe
from ..config import registry
from ..errors import DTypeError
from ..model import Model
from ..types import Ints1d, Ints2d
from ._checks import KindError
from ._id_map import IdMap

__all__ = ["forward", "premap_ids"]

InT = Union[Ints1d, Ints2d]
OutT = Ints2d


@registry.layers("premap_ids.v1")
def premap_ids(
    mapping_table: Mapping[int, int], default: int = 0, *, column: int | None = None
) -> Model[InT, OutT]:
    """Value of each id in a table, as a column: `Y[i, 0] = table.get(X[i], default)`.

    Args:
        mapping_table: from ids to ints, both Python ints and not negative. It is not saved with the model.
        default: for ids that are not in the table; negative ids never are.
        column: take ids from this column of 2-d input.
    Raises:
        TypeError: the table is no mapping.
        ValueError: a key or value is no int.
        OverflowError: a key or value is negative.
    """
    attrs = {"mapping_table": IdMap(mapping_table), "default": default, "column": column}
    return Model("premap_ids", forward, attrs=attrs)


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    ops = model.ops
    column = model.attrs["column"]
    array: Any = _array(ops, X) if isinstance(X, (list, tuple, range)) and column is None else X
    ids = array if column is None else _column(model, array, column)
    if not hasattr(ids, "dtype") or ids.dtype.kind not in "iu" or ids.ndim != 1:
        raise DTypeError(f"{model.name}: ids must be an integer array with one axis; got {describe(ids)}")
    values = model.attrs["mapping_table"].lookup(ops, ids, model.attrs["default"])

    def backprop(dY: OutT) -> InT:
        return ops.alloc_i(array.shape)

    return values.reshape((len(values), 1)), backprop


def _column(model: Model, X: Any, column: int) -> Any:
    if not hasattr(X, "dtype"):
        raise KindError(f"{model.name}: X must be an array to take a column of; got {describe(X)}")
    return X[:, column]


def _array(ops: Any, X: Sequence) -> Any:
    """Ids in a list, tuple or range as an array; where there are none, as integers."""
    return ops.asarray(numpy.asarray(X, dtype=None if len(X) else "int64"))

"""A table of vectors, looked up by id."""

from collections.abc import Callable
from functools import partial

from ..config import registry
from ..initializers import uniform_init
from ..model import Model
from ..types import Floats2d, Ints1d, Ints2d
from ._attrs import as_column
from ._checks import check_gradient
from ._embedding import dropout_mask, one_axis, table_attrs, take_rows
from ._width import set_width
from .array_getitem import ints_getitem
from .chain import chain

__all__ = ["Embed", "forward", "init"]


@registry.layers("Embed.v1")
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: int | None = None,
    initializer: Callable | None = None,
    dropout: float | None = None,
) -> Model[Ints1d | Ints2d, Floats2d]:
    """Row of a table for each id: `Y = E[ids]`.

    In training with dropout one mask over the columns serves the whole batch.

    Args:
        nO: width of the vectors; from Y if not given.
        nV: number of vectors; needed before initialization.
        column: take ids from this column of 2-d input.
        initializer: `(ops, shape) -> array` for E (nV, nO); default `uniform_init`.
        dropout: rate, kept as attribute `dropout_rate`; None for no such attribute.
    """
    attrs = {**table_attrs({}, dropout), **({"column": column} if column is None else {})}
    model: Model = Model(
        "embed",
        forward,
        init=partial(init, initializer or uniform_init),
        attrs=attrs,
        dims={"nO": nO, "nV": nV},
        params={"E": None},
    )
    if column is not None:
        model = chain(ints_getitem((slice(0, None), column)), model)
        model.attrs["column"] = as_column(column)
    return model


def forward(model: Model[Ints1d, Floats2d], ids: Ints1d, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    E, ids = model.get_param("E"), one_axis(ids)
    Y, rows = take_rows(model, E, ids)
    mask = dropout_mask(model, is_train)
    if mask is not None:
        Y *= mask
    rows_shape, shape = Y.shape, (*ids.shape, E.shape[1])

    def backprop(dY: Floats2d) -> Ints1d:
        check_gradient(model.name, shape, None, dY)
        if not model.is_frozen:
            dY = dY if mask is None else dY * mask
            model.inc_grad_rows("E", (rows.astype("int32", copy=False),), dY.reshape(rows_shape))
        return ops.alloc1i(ids.shape[0])

    return Y if ids.ndim == 1 else Y.reshape(shape), backprop


def init(initializer: Callable, model: Model, X: Ints1d | None = None, Y: Floats2d | None = None) -> None:
    set_width(model, "nO", Y)
    model.set_param("E", initializer(model.ops, (model.get_dim("nV"), model.get_dim("nO"))))

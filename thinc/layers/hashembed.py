"""A table of vectors shared by unboundedly many ids, each of which has four rows."""

from collections.abc import Callable
from functools import partial
from typing import cast

from ..config import registry
from ..initializers import uniform_init
from ..model import Model
from ..types import Floats2d, Ints1d, Ints2d
from ._attrs import as_column
from ._checks import check_gradient
from ._embedding import check_ids, dropout_mask, table_attrs, table_gradient
from .array_getitem import ints_getitem
from .chain import chain

__all__ = ["HashEmbed", "forward", "init"]


@registry.layers("HashEmbed.v1")
def HashEmbed(
    nO: int,
    nV: int,
    *,
    seed: int | None = None,
    column: int | None = None,
    initializer: Callable | None = None,
    dropout: float | None = None,
) -> Model[Ints1d, Floats2d]:
    """Sum of four rows per id, chosen by its hash: `Y[i] = sum over k of E[hash(ids[i])[k] mod nV]`.

    Two ids rarely share all four rows, so a table far smaller than the vocabulary will do, and there
    are no unknown ids. In training with dropout one mask over the columns serves the whole batch.

    Args:
        nO: width of the vectors.
        nV: number of rows in the table, > 0.
        seed: of the hash, 32 bits. None takes the id of the new node, which depends on what was
            built before; it is stored with the model.
        column: take ids from this column of 2-d input.
        initializer: `(ops, shape) -> array` for E (nV, nO); default `uniform_init`.
        dropout: rate, kept as attribute `dropout_rate`; None for no such attribute.
    Source: Svenstrup et al. (2017), Hash Embeddings for Efficient Word Representations.
    """
    model: Model = Model(
        "hashembed",
        forward,
        init=partial(init, initializer or uniform_init),
        params={"E": None},
        dims={"nO": nO, "nV": nV, "nI": None},
        attrs=table_attrs({"column": column, "seed": seed}, dropout),
    )
    if seed is None:
        model.attrs["seed"] = model.id
    if column is not None:
        model = chain(ints_getitem((slice(0, None), column)), model)
        model.attrs["column"] = as_column(column)
    return cast(Model[Ints1d, Floats2d], model)


def forward(model: Model[Ints1d, Floats2d], ids: Ints1d, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    E = model.get_param("E")
    nV, nO = E.shape
    rows = _rows_of(model, ids, nV)
    Y = ops.gather_add(E, rows)
    mask = dropout_mask(model, nO, is_train)
    if mask is not None:
        Y *= mask

    def backprop(dY: Floats2d) -> Ints1d:
        check_gradient(model.name, (len(rows), nO), None, dY)
        if mask is not None:
            dY = dY * mask

        def add_rows(dE: Floats2d) -> None:
            for column in ops.as_contig(rows.T):
                ops.scatter_add(dE, column, dY)

        table_gradient(model, add_rows)
        return ops.alloc1i(len(rows))

    return Y, backprop


def _rows_of(model: Model, ids: Ints1d, nV: int) -> Ints2d:
    """The four rows of each id, int32 (N, 4)."""
    check_ids(model.name, ids)
    if ids.ndim != 1:
        raise ValueError(
            f"{model.name}: ids must have one axis; got {ids.shape} "
            f"(Buffer has wrong number of dimensions (expected 1, got {ids.ndim}))"
        )
    if nV < 1:
        raise IndexError(f"{model.name}: a table needs rows to look up ids; got nV={nV}")
    keys = model.ops.hash(model.ops.as_contig(ids, dtype="uint64"), model.attrs["seed"])
    return (keys % nV).view("int32")


def init(
    initializer: Callable,
    model: Model[Ints1d, Floats2d],
    X: Ints1d | None = None,
    Y: Floats2d | None = None,
) -> None:
    model.set_param("E", initializer(model.ops, (model.get_dim("nV"), model.get_dim("nO"))))

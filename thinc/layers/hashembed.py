"""A table of vectors shared by unboundedly many ids, each of which has four rows."""

from collections.abc import Callable
from functools import partial

from ..config import registry
from ..initializers import uniform_init
from ..model import Model
from ..types import Floats2d, Ints1d, Ints2d
from ._attrs import as_column
from ._checks import check_gradient
from ._embedding import dropout_mask, rows_of_hashes, table_attrs
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
) -> Model[Ints1d | Ints2d, Floats2d]:
    """Sum of four rows per id, chosen by its hash: `Y[i] = sum over k of E[hash(ids[i])[k] mod nV]`.

    Two ids rarely share all four rows: a table far smaller than the vocabulary will do. No id is unknown.
    In training with dropout one mask over the columns serves the whole batch.

    Args:
        nO: width of the vectors.
        nV: number of rows in the table, > 0.
        seed: of the hash, 32 bits. None takes the new node's id, which depends on what was built before.
        column, initializer, dropout: as in `Embed`.
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
    model.attrs["seed"] = model.id if seed is None else seed
    if column is not None:
        model = chain(ints_getitem((slice(0, None), column)), model)
        model.attrs["column"] = as_column(column)
    return model


def forward(model: Model[Ints1d, Floats2d], ids: Ints1d, is_train: bool) -> tuple[Floats2d, Callable]:
    ops, E = model.ops, model.get_param("E")
    rows = rows_of_hashes(model, ids, len(E))
    Y = ops.gather_add(E, rows)
    mask = dropout_mask(model, is_train)
    if mask is not None:
        Y *= mask
    shape = Y.shape

    def backprop(dY: Floats2d) -> Ints1d:
        check_gradient(model.name, shape, None, dY)
        if not model.is_frozen:
            dY = dY if mask is None else dY * mask
            model.inc_grad_rows("E", ops.as_contig(rows.T), dY)
        return ops.alloc1i(len(rows))

    return Y, backprop


def init(initializer: Callable, model: Model, X: Ints1d | None = None, Y: Floats2d | None = None) -> None:
    model.set_param("E", initializer(model.ops, (model.get_dim("nV"), model.get_dim("nO"))))

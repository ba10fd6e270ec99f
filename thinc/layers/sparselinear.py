"""A linear model over sparse features that have ids instead of columns."""

from collections.abc import Callable

from ..config import registry
from ..model import Model
from ..types import ArrayXd
from ._width import set_width

__all__ = ["SparseLinear", "SparseLinear_v2", "forward", "init"]

InT = tuple[ArrayXd, ArrayXd, ArrayXd]
OutT = ArrayXd


@registry.layers("SparseLinear.v1")
def SparseLinear(nO: int | None = None, length: int = 2**18) -> Model[InT, OutT]:
    """As `SparseLinear_v2`, but the weights of the classes overlap: for stored models only.

    Class c of a feature with hash h has weight `W[(h mod length) + c]`, so hardly more than `length` of the
    weights are ever used.

    Args:
        nO: number of classes; from Y if not given.
        length: of the table; a power of two.
    """
    return _sparse_linear(nO, length, v1_indexing=True)


@registry.layers("SparseLinear.v2")
def SparseLinear_v2(nO: int | None = None, length: int = 2**18) -> Model[InT, OutT]:
    """Scores from weighted features: `Y[i, c] = b[c] + sum of value (W[c, h0] + W[c, h1])`.

    The input is a tuple: uint64 ids of all rows' features, float32 values of the same number, and the
    int32 number of features of each row. Every id is hashed to two positions h0, h1 in the table.
    Backprop returns the input arrays themselves: sparse features have no gradient.

    Args:
        nO: number of classes; from Y if not given.
        length: weights per class, > 0.
    """
    return _sparse_linear(nO, length, v1_indexing=False)


def _sparse_linear(nO: int | None, length: int, *, v1_indexing: bool) -> Model[InT, OutT]:
    if length < 1:
        raise ValueError(f"SparseLinear: length must be at least 1; got {length}")
    return Model(
        "sparse_linear",
        forward,
        init=init,
        params={"W": None, "b": None},
        dims={"nO": nO, "length": length},
        attrs={"v1_indexing": v1_indexing},
    )


def forward(model: Model[InT, OutT], keys_values_lengths: InT, is_train: bool) -> tuple[OutT, Callable]:
    ops = model.ops
    keys, values, lengths = keys_values_lengths
    W, v1_indexing = model.get_param("W"), model.attrs["v1_indexing"]
    Y = ops.sparse_linear(keys, values, lengths, W, model.get_param("b"), v1_indexing=v1_indexing)

    def backprop(dY: OutT) -> InT:
        if not model.is_frozen:
            length = model.get_dim("length")
            dW, db = ops.backprop_sparse_linear(dY, keys, values, lengths, length, v1_indexing=v1_indexing)
            model.inc_grad("W", dW)
            model.inc_grad("b", db)
        return keys, values, lengths

    return Y, backprop


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    set_width(model, "nO", Y)
    nO = model.get_dim("nO")
    model.set_param("W", model.ops.alloc1f(nO * model.get_dim("length")))
    model.set_param("b", model.ops.alloc1f(nO))

"""A linear model over sparse features that have ids instead of columns."""

from ..config import registry
from ..model import Model
from ..types import Floats2d
from ._sparse_linear import (  # noqa: F401
    InT,
    OutT,
    _begin_cpu_update,
    _begin_gpu_update,
    _finish_linear_update,
    forward,
    init,
    sparse_linear,
)

__all__ = ["SparseLinear", "SparseLinear_v2", "forward", "init"]


@registry.layers("SparseLinear.v1")
def SparseLinear(nO: int | None = None, length: int = 2**18) -> Model[InT, Floats2d]:
    """As `SparseLinear_v2`, but the weights of the classes overlap: for stored models only.

    Class c of a feature with hash h has weight `W[(h mod length) + c]`, so hardly more than `length` of the
    weights are ever used.

    Args:
        nO: number of classes; from Y if not given.
        length: of the table; a power of two.
    """
    return sparse_linear(nO, length, v1_indexing=True)


@registry.layers("SparseLinear.v2")
def SparseLinear_v2(nO: int | None = None, length: int = 2**18) -> Model[InT, Floats2d]:
    """Scores from weighted features: `Y[i, c] = b[c] + sum of value (W[c, h0] + W[c, h1])`.

    The input is a tuple: uint64 ids of all rows' features, float32 values of the same number, and the
    int32 number of features of each row. Every id is hashed to two positions h0, h1 in the table.
    Backprop returns the input arrays themselves: sparse features have no gradient.

    Args:
        nO: number of classes; from Y if not given.
        length: weights per class, > 0.
    """
    return sparse_linear(nO, length, v1_indexing=False)

"""`Ops`: the reference themes joined, on NumPy.

This is the specification of every op, and what the other backends inherit: they override what they
have a kernel for. `xp` is the array module that the reference bodies are written in. The functions
below the class are single formulas that other packages import from here.
"""

import math
from typing import Any, TypeVar

import numpy

from ..types import FloatsXd
from . import checks
from .reference._formulas import normal_cdf, normal_pdf
from .reference.activations import Activations
from .reference.batching import Batching
from .reference.embedding import Embedding
from .reference.gemm import Gemm
from .reference.normalization import Normalization
from .reference.recurrent import Recurrent
from .reference.sequence import Sequence
from .reference.training import Training

ArrayT = TypeVar("ArrayT")
FloatsT = TypeVar("FloatsT", bound=FloatsXd)
SQRT2PI = math.sqrt(2.0 / math.pi)
INV_SQRT2 = 1.0 / math.sqrt(2.0)
INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)


class Ops(Recurrent, Embedding, Normalization, Training, Sequence, Gemm, Activations, Batching):
    """Operations on arrays of one kind, on one device."""

    name: str = "base"
    xp: Any = numpy
    # The device type that PyTorch should use next to these ops.
    torch_device: str = "cpu"

    def __init__(self, device_type: str = "cpu", device_id: int = -1, **kwargs: Any) -> None:
        self.device_type = device_type
        self.device_id = device_id

    def cblas(self) -> Any:
        """The table of C functions (gemm, axpy, scal) that compiled code of other packages calls.

        Raises:
            NotImplementedError: these ops have none.
        """
        raise NotImplementedError(f"{type(self).__name__} does not provide C BLAS functions")


def sigmoid(X: Any, out: Any = None) -> Any:
    """`Ops.sigmoid` of a NumPy array. `out` is ignored."""
    return Ops().sigmoid(X)


def dsigmoid(Y: Any) -> Any:
    """`Ops.dsigmoid` of a NumPy array."""
    return Ops().dsigmoid(Y)


def dtanh(Y: Any) -> Any:
    """`Ops.dtanh` of a NumPy array."""
    return Ops().dtanh(Y)


def gaussian_cdf(ops: Ops, X: Any) -> Any:
    """The distribution function of the standard normal distribution."""
    return normal_cdf(ops.xp, X)


def gaussian_pdf(ops: Ops, X: Any) -> Any:
    """The density of the standard normal distribution."""
    return normal_pdf(ops.xp, X)


def _check_compatible_shape(u: Any, v: Any) -> None:
    """ValueError unless the shapes are equal."""
    checks.matching("_check_compatible_shape", u=u, v=v)


__all__ = ["ArrayT", "FloatsT", "INV_SQRT2", "INV_SQRT_2PI", "Ops", "SQRT2PI"]

"""`Ops`: the reference themes joined, on NumPy.

This is the specification of every op, and what the other backends inherit: they override what they
have a kernel for. `xp` is the array module that the reference bodies are written in. The functions
below the class are single formulas that other packages import from here.
"""

import math
from typing import Any, TypeVar

import numpy

from ..types import ArrayXd as ArrayXd
from ..types import FloatsXd
from . import checks
from .reference import _packed
from .reference._formulas import normal_cdf, normal_pdf
from .reference.activations import Activations
from .reference.batching import Batching
from .reference.distances import Distances
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


class Ops(Recurrent, Embedding, Normalization, Training, Distances, Sequence, Gemm, Activations, Batching):
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


def lstm_forward_training(params: Any, c_init: Any, h_init: Any, X: Any, lengths: Any) -> Any:
    """`Ops.lstm_forward_training` of NumPy arrays, whose `H0` are the initial cells."""
    return Ops().lstm_forward_training(params, c_init, h_init, X, lengths)


def backprop_lstm(dY: Any, lengths: Any, params: Any, fwd_state: Any) -> Any:
    """`Ops.backprop_lstm` of NumPy arrays."""
    return Ops().backprop_lstm(dY, lengths, params, fwd_state)


def backprop_lstm_gates(dYt3: Any, dCt3: Any, Gt3: Any, Ct3: Any, Ct2: Any) -> tuple[Any, Any]:
    """Gradients of one step of an LSTM with respect to its gates' inputs and the cells before it.

    With `Y3 = tanh(C3) o` and `C3 = f C2 + i g`, where f, i, o are logistic and g is a tanh.

    Args:
        dYt3: float (B, O), gradient of the outputs.
        dCt3: (B, O), gradient of the cells from the step after.
        Gt3: (B, 4 O), the gates: f, i, o, g, in blocks of O.
        Ct3: (B, O), the cells.
        Ct2: (B, O), the cells before.
    Returns:
        (B, 4 O) and (B, O).
    """
    f, i, o, g = numpy.split(Gt3, 4, axis=-1)
    tanh_C = numpy.tanh(Ct3)
    dC = dCt3 + dYt3 * o * dtanh(tanh_C)
    d_gates = (
        dC * Ct2 * dsigmoid(f),
        dC * g * dsigmoid(i),
        dYt3 * tanh_C * dsigmoid(o),
        dC * i * dtanh(g),
    )
    return numpy.concatenate(d_gates, axis=-1), dC * f


def _split_weights(params: Any, i: int, nO: int, nI: int, params_i: int) -> Any:
    """`((Wx, bx), (Wh, bh))` of a direction of layer i from the flat vector, and the next offset."""
    return _packed.split_weights(params, i, nO, nI, params_i)


def _transpose_weights(params: Any) -> tuple[Any, Any, Any]:
    """`(Wx, Wh, bx + bh)` of what `_split_weights` gives, the gate as the fastest index of a row."""
    (Wx, bx), (Wh, bh) = params
    return _packed.interleave(Wx), _packed.interleave(Wh), _packed.interleave(bx + bh)


def _untranspose_unsplit_weights(params: Any) -> Any:
    """The inverse of `_transpose_weights` and `_split_weights`; the second bias is zero."""
    Wx, Wh, b = (_packed.separate(W) for W in params)
    return numpy.concatenate([Wx.ravel(), b, Wh.ravel(), numpy.zeros_like(b)])


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

"""`Ops`: the reference themes joined, on NumPy.

This is the specification of every op, and what the other backends inherit: they override what they
have a kernel for. `xp` is the array module that the reference bodies are written in.
"""

import math
from typing import Any, TypeVar

import numpy

from ..types import FloatsXd
from .reference.batching import Batching

ArrayT = TypeVar("ArrayT")
FloatsT = TypeVar("FloatsT", bound=FloatsXd)
SQRT2PI = math.sqrt(2.0 / math.pi)
INV_SQRT2 = 1.0 / math.sqrt(2.0)
INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)


class Ops(Batching):
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


__all__ = ["ArrayT", "FloatsT", "INV_SQRT2", "INV_SQRT_2PI", "Ops", "SQRT2PI"]

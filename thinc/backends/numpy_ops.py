"""`NumpyOps`: the compiled themes joined over the reference, and the reference alone where nothing is compiled."""

import warnings

import numpy

from .ops import Ops

try:
    from .cpu.activations import Activations

    COMPILED = True
except ModuleNotFoundError:
    from .reference.activations import Activations

    COMPILED = False
    warnings.warn(
        "thinc has no compiled kernels in this installation: NumpyOps uses the NumPy reference, which is slower",
        RuntimeWarning,
        stacklevel=2,
    )

__all__ = ["NumpyOps"]


class NumpyOps(Activations, Ops):
    """Ops for the CPU. `use_blis` chooses blis for matrix products where `THINC_GEMM=blis` would."""

    name = "numpy"
    xp = numpy

    def __init__(self, device_type="cpu", device_id=-1, *, use_blis=True):
        self.device_type = device_type
        self.device_id = device_id
        self.use_blis = use_blis

"""`NumpyOps`: the compiled themes joined over the reference, or that alone where nothing is compiled."""

import pkgutil
import warnings

import numpy

from . import cpu
from ._layouts import below
from .ops import Ops

try:
    from .cblas import CBlas
    from .cpu.activations import Activations
    from .cpu.arrays import Arrays
    from .cpu.embedding import Embedding
    from .cpu.gemm import Gemm
    from .cpu.normalization import Normalization
    from .cpu.optimizers import Optimizers
    from .cpu.recurrent import Recurrent
    from .cpu.reductions import Reductions
    from .cpu.sequence import Sequence

    COMPILED: tuple[type, ...] = (
        *(Recurrent, Normalization, Sequence, Embedding, Optimizers),
        *(Gemm, Activations, Reductions, Arrays),
    )
except ModuleNotFoundError as error:
    if present := [module.name for module in pkgutil.iter_modules(cpu.__path__)]:
        raise ImportError(
            "thinc: an installation must have all compiled modules or none; "
            f"got {', '.join(present)}, but not {error.name}: reinstall thinc",
            name=error.name,
        ) from error
    COMPILED = ()
    warnings.warn(
        "thinc has no compiled kernels in this installation: "
        "NumpyOps uses the NumPy reference, which is slower",
        RuntimeWarning,
        stacklevel=2,
    )

__all__ = ["NumpyOps"]


class NumpyOps(*COMPILED, below(COMPILED, Ops)):  # type: ignore[misc]
    """Ops for the CPU. `use_blis` is accepted as in earlier versions; `THINC_GEMM=blis` selects blis."""

    name = "numpy"
    xp = numpy

    def __init__(self, device_type="cpu", device_id=-1, *, use_blis=True):
        self.device_type = device_type
        self.device_id = device_id
        self.use_blis = use_blis

    def cblas(self):
        """The table of C functions (gemm, axpy, scal) that compiled code of other packages calls."""
        return CBlas() if COMPILED else super().cblas()

"""`NumpyOps`: the compiled themes joined over the reference, or that alone where nothing is compiled."""

import pkgutil
import warnings

import numpy

from ..compat import has_blis as has_blis
from . import checks, cpu
from .ops import Ops, backprop_lstm, lstm_forward_training
from .ops import _check_compatible_shape as _check_compatible_shape
from .ops import _split_weights as _split_weights
from .ops import _transpose_weights as _transpose_weights
from .ops import _untranspose_unsplit_weights as _untranspose_unsplit_weights

try:
    from .cblas import CBlas
    from .cpu._layouts import below
    from .cpu.activations import Activations
    from .cpu.arrays import Arrays
    from .cpu.distances import Distances
    from .cpu.embedding import Embedding
    from .cpu.gemm import Gemm
    from .cpu.normalization import Normalization
    from .cpu.optimizers import Optimizers
    from .cpu.recurrent import Recurrent
    from .cpu.reductions import Reductions
    from .cpu.sequence import Sequence

    COMPILED: tuple[type, ...] = (
        *(Recurrent, Normalization, Sequence, Embedding, Optimizers),
        *(Distances, Gemm, Activations, Reductions, Arrays),
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

__all__ = [
    "NumpyOps",
    "add_gradient_noise",
    "backprop_lstm",
    "check_seq2col_lengths",
    "cpu_clip_gradient",
    "lstm_forward_training",
]


class NumpyOps(*COMPILED, below(COMPILED, Ops) if COMPILED else Ops):  # type: ignore[misc]
    """Ops for the CPU. `THINC_GEMM=blis` selects blis for products.

    With `use_blis=False`, products take all dtypes that NumPy multiplies; float32 and float64 go to the
    kernels as ever. A subclass that overrides `gemm` has `affine` and its gradient made of that.
    """

    name = "numpy"
    xp = numpy

    def __init__(self, device_type="cpu", device_id=-1, *, use_blis=True):
        self.device_type = device_type
        self.device_id = device_id
        self.use_blis = use_blis

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # Whoever brings another product means it for what is made of products too.
        if cls.gemm is not NumpyOps.gemm:
            for name in ("affine", "backprop_affine"):
                if getattr(cls, name) is getattr(NumpyOps, name):
                    setattr(cls, name, getattr(Ops, name))

    def cblas(self):
        """The table of C functions (gemm, axpy, scal) that compiled code of other packages calls."""
        return CBlas() if COMPILED else super().cblas()


def check_seq2col_lengths(ops, lengths, B):
    """Lengths (int32) that sum to B rows; None means one sequence of all rows.

    Raises:
        ValueError: a length is negative. The exception is an AssertionError too.
        IndexError: they do not sum to B. The exception is a ValueError and an AssertionError too.
    """
    return ops.asarray1i([B]) if lengths is None else checks.lengths("seq2col", lengths, B)


def cpu_clip_gradient(gradient, threshold):
    """`NumpyOps.clip_gradient`, in place, returning nothing."""
    NumpyOps().clip_gradient(gradient, threshold)


def add_gradient_noise(gradient, noise_level, timestep):
    """Add normal noise of scale `noise_level / (1 + timestep)^0.55` in place, from 1e-6 on."""
    scale = noise_level / (1 + timestep) ** 0.55
    if scale >= 1e-6:
        gradient += numpy.random.normal(0.0, scale, gradient.shape)


def _split_directions(X, dirs):
    """The columns of X in `dirs` equal groups."""
    return numpy.split(X, dirs, axis=1)

"""`CudaOps`: the CUDA themes joined over the reference."""

from ..ops import Ops
from .activations import Activations
from .batching import Batching
from .embedding import Embedding
from .gemm import Gemm
from .normalization import Normalization
from .optimizers import Optimizers
from .recurrent import Recurrent
from .sequence import Sequence


class CudaOps(Recurrent, Normalization, Sequence, Embedding, Optimizers, Gemm, Activations, Batching, Ops):
    """Every op that has a CUDA kernel, for whatever array module and loader a subclass names."""

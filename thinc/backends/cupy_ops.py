"""`CupyOps`: ops on CUDA devices through CuPy."""

from ..config import registry
from .ops import Ops


@registry.ops("CupyOps")
class CupyOps(Ops):
    name = "cupy"
    torch_device = "cuda"

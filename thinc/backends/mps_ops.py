"""`MPSOps`: the CPU's ops, and PyTorch on the GPU of an Apple machine."""

from .apple_ops import AppleOps
from .numpy_ops import NumpyOps


class MPSOps(AppleOps or NumpyOps):  # type: ignore[misc, valid-type]
    """The ops of the CPU. All they add is that PyTorch layers run on the `mps` device."""

    name = "mps"
    torch_device = "mps"


__all__ = ["MPSOps"]

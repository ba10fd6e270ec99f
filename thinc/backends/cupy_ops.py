"""`CupyOps`: ops on CUDA devices, by kernels of our own over CuPy's arrays.

The class can be made where CuPy is not installed, since configs and stored models name it; its ops then
raise an ImportError. CuPy is imported when `xp` is first asked for.
"""

from types import MethodType
from typing import Any, NoReturn

import numpy

from .. import compat
from .convert import (
    is_mxnet_gpu_array,
    is_tensorflow_gpu_array,
    is_torch_cuda_array,
    mxnet2xp,
    tensorflow2xp,
    torch2xp,
)
from .cuda.ops import CudaOps


class _Module:
    """A class attribute that is an optional module, imported at the first access."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        return getattr(compat, self.name)


class CupyOps(CudaOps):
    """Ops for CUDA devices. `xp` is CuPy, or None where it is not installed.

    `scatter_add` gives the same bits every time. `CupyOps(deterministic=False)` adds atomically instead, in
    any order, which is quicker where few rows are named often.
    """

    name = "cupy"
    xp: Any = _Module("cupy")
    _xp2: Any = _Module("cupyx")
    torch_device = "cuda"

    def __new__(cls, device_type: str = "gpu", device_id: int = 0, **kwargs: Any) -> "CupyOps":
        if cls is CupyOps and not compat.has_cupy:
            return super().__new__(_WithoutCupy)
        return super().__new__(cls)

    def __init__(
        self, device_type: str = "gpu", device_id: int = 0, *, deterministic: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(device_type, device_id, **kwargs)
        self._deterministic = deterministic

    def asarray(self, data: Any, dtype: Any = None) -> Any:
        if isinstance(data, self.xp.ndarray):
            array = data
        elif is_torch_cuda_array(data):
            array = torch2xp(data)
        elif is_tensorflow_gpu_array(data):
            array = tensorflow2xp(data)
        elif is_mxnet_gpu_array(data):
            array = mxnet2xp(data)
        else:
            return self.xp.array(data, dtype=dtype)
        return array if dtype is None else array.astype(dtype, copy=False)

    def to_numpy(self, data: Any, *, byte_order: str | None = None) -> Any:
        if not isinstance(data, numpy.ndarray):
            data = data.get()
        return super().to_numpy(data, byte_order=byte_order)

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        if isinstance(x, numpy.ndarray) or isinstance(y, numpy.ndarray):
            raise ValueError(
                "Encountered a numpy array when processing with cupy. "
                "Did you call model.ops.asarray on your data?"
            )
        return super().gemm(x, y, out=out, trans1=trans1, trans2=trans2)


# What needs no device.
_HOST = ("cblas", "minibatch", "multibatch", "to_numpy")


class _WithoutCupy(CupyOps):
    """What `CupyOps()` gives where CuPy is missing: has the attributes, refuses the ops."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if isinstance(value, MethodType) and not name.startswith("_") and name not in _HOST:

            def refuse(*args: Any, **kwargs: Any) -> NoReturn:
                raise ImportError(f"{name}: CupyOps requires CuPy, which is not installed")

            return refuse
        return value

    def cblas(self) -> NoReturn:
        raise NotImplementedError("CupyOps does not provide C BLAS functions")

    def __reduce__(self) -> tuple:
        # Where the pickle is loaded, CuPy may be installed.
        return _cupy_ops, (self.device_type, self.device_id, self._deterministic)


def _cupy_ops(device_type: str, device_id: int, deterministic: bool) -> CupyOps:
    return CupyOps(device_type, device_id, deterministic=deterministic)


__all__ = ["CupyOps"]

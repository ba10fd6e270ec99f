"""CuPy memory from the pools of PyTorch or TensorFlow, so that two frameworks share one GPU."""

from typing import Any

from .. import compat
from ._context import context_pools
from .convert import assert_pytorch_installed, assert_tensorflow_installed, get_torch_default_device

# Small requests are rounded up to this many bytes.
_MIN_BYTES = 1024


def cupy_pytorch_allocator(size_in_bytes: int) -> Any:
    """A CuPy memory pointer into a new PyTorch tensor of at least that many bytes."""
    device = get_torch_default_device()
    torch, cupy = compat.torch, compat.cupy
    size = max(_MIN_BYTES, size_in_bytes)
    tensor = torch.zeros((-(-size // 4),), dtype=torch.float32, device=device)
    return _pointer(cupy, tensor.data_ptr(), size, tensor)


def cupy_tensorflow_allocator(size_in_bytes: int) -> Any:
    """A CuPy memory pointer into a new TensorFlow tensor of at least that many bytes."""
    tensorflow, cupy = compat.tensorflow, compat.cupy
    size = max(_MIN_BYTES, size_in_bytes)
    tensor = tensorflow.zeros((-(-size // 4),), dtype=tensorflow.dtypes.float32)
    array = compat.cupy_from_dlpack(tensorflow.experimental.dlpack.to_dlpack(tensor))
    return _pointer(cupy, array.data.ptr, size, array)


def _pointer(cupy: Any, address: int, size: int, owner: Any) -> Any:
    memory = cupy.cuda.memory.UnownedMemory(address, size, owner)
    return cupy.cuda.memory.MemoryPointer(memory, 0)


def set_gpu_allocator(allocator: str) -> None:
    """Take CuPy's memory from "pytorch" or "tensorflow".

    Raises:
        ValueError: any other name.
        ImportError: the framework is not there.
    """
    if allocator == "pytorch":
        use_pytorch_for_gpu_memory()
    elif allocator == "tensorflow":
        use_tensorflow_for_gpu_memory()
    else:
        raise ValueError(
            f"Invalid 'gpu_allocator' argument: '{allocator}'. "
            "Available allocators are: 'pytorch', 'tensorflow'"
        )


def use_pytorch_for_gpu_memory() -> None:
    """Take CuPy's memory from PyTorch. Does nothing unless the current ops are on a CUDA device."""
    assert_pytorch_installed()
    if get_torch_default_device().type == "cuda":
        _use_pool("pytorch", cupy_pytorch_allocator)


def use_tensorflow_for_gpu_memory() -> None:
    """Take CuPy's memory from TensorFlow."""
    assert_tensorflow_installed()
    _use_pool("tensorflow", cupy_tensorflow_allocator)


def _use_pool(name: str, allocate: Any) -> None:
    cupy = compat.cupy
    pools = context_pools.get()
    if name not in pools:
        pools[name] = cupy.cuda.MemoryPool(allocator=allocate)
    cupy.cuda.set_allocator(pools[name].malloc)


__all__ = [
    "cupy_pytorch_allocator",
    "cupy_tensorflow_allocator",
    "set_gpu_allocator",
    "use_pytorch_for_gpu_memory",
    "use_tensorflow_for_gpu_memory",
]

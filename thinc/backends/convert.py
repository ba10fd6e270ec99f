"""Arrays to and from other frameworks, and which framework an array belongs to.

Where both sides can share memory, they do. A framework that nothing has imported is never imported
to look at an array.
"""

from typing import Any

import numpy

from .. import compat
from ..errors import MissingPackageError
from ..types import get_array_module as _get_array_module
from ..types import is_xp_array
from ._context import context_ops


def get_array_module(arr: Any) -> Any:
    """The module of an array: numpy or cupy.

    Raises:
        ValueError: it is an array of neither.
    """
    if type(arr) is numpy.ndarray:
        return numpy
    if is_xp_array(arr):
        return _get_array_module(arr)
    raise ValueError(
        f"Only numpy and cupy arrays are supported, but found {type(arr)} instead. If get_array_module "
        "module wasn't called directly, this might indicate a bug in Thinc."
    )


def is_numpy_array(obj: Any) -> bool:
    """Whether it is a NumPy array."""
    return isinstance(obj, numpy.ndarray)


def is_cupy_array(obj: Any) -> bool:
    """Whether it is a CuPy array."""
    return type(obj) is not numpy.ndarray and _get_array_module(obj) is not numpy


def is_torch_array(obj: Any) -> bool:
    """Whether it is a PyTorch tensor."""
    if type(obj) is numpy.ndarray:
        return False
    return isinstance(obj, getattr(compat.imported("torch"), "Tensor", ()))


def is_torch_cuda_array(obj: Any) -> bool:
    """Whether it is a PyTorch tensor on a CUDA device."""
    return is_torch_array(obj) and obj.is_cuda


def is_torch_mps_array(obj: Any) -> bool:
    """Whether it is a PyTorch tensor on Apple's `mps` device."""
    return is_torch_array(obj) and obj.device.type == "mps"


def is_torch_gpu_array(obj: Any) -> bool:
    """Whether it is a PyTorch tensor on a GPU of either kind."""
    return is_torch_array(obj) and (obj.is_cuda or obj.device.type == "mps")


def is_tensorflow_array(obj: Any) -> bool:
    """Whether it is a TensorFlow tensor. False unless TensorFlow is enabled."""
    return compat.has_tensorflow and isinstance(obj, compat.tensorflow.Tensor)


def is_tensorflow_gpu_array(obj: Any) -> bool:
    """Whether it is a TensorFlow tensor on a GPU."""
    return is_tensorflow_array(obj) and "GPU:" in obj.device


def is_mxnet_array(obj: Any) -> bool:
    """Whether it is an MXNet array. False unless MXNet is enabled."""
    return compat.has_mxnet and isinstance(obj, compat.mxnet.nd.NDArray)


def is_mxnet_gpu_array(obj: Any) -> bool:
    """Whether it is an MXNet array on a GPU."""
    return is_mxnet_array(obj) and obj.context.device_type != "cpu"


def is_jax_array(obj: Any) -> bool:
    """Whether it is a JAX array."""
    return isinstance(obj, getattr(compat.imported("jax"), "Array", ()))


def to_numpy(data: Any) -> Any:
    """As a NumPy array: itself, the copy on the CPU of a CuPy array, or `numpy.array(data)`."""
    if is_numpy_array(data):
        return data
    if is_cupy_array(data):
        return data.get()
    return numpy.array(data)


def assert_pytorch_installed() -> None:
    """Raise an ImportError that names the extra, unless PyTorch can be imported."""
    if not compat.has_torch or compat.torch is None:
        raise MissingPackageError("PyTorch support requires torch: pip install thinc[torch]")


def assert_tensorflow_installed() -> None:
    """Raise an ImportError that names the extra, unless TensorFlow is enabled."""
    if not compat.has_tensorflow:
        raise MissingPackageError(
            "TensorFlow support requires tensorflow>=2.0.0 (tested with 2.21): pip install thinc[tensorflow]"
            "\n\n"
            "Enable TensorFlow support with thinc.api.enable_tensorflow()"
        )


def assert_mxnet_installed() -> None:
    """Raise an ImportError that names the extra, unless MXNet is enabled."""
    if not compat.has_mxnet:
        raise MissingPackageError(
            "MXNet support requires mxnet: pip install thinc[mxnet]\n\n"
            "Enable MXNet support with thinc.api.enable_mxnet()"
        )


def assert_jax_installed() -> None:
    """Raise an ImportError that names the extra, unless JAX can be imported."""
    if not compat.has_jax or compat.jax is None:
        raise MissingPackageError("JAX support requires jax: pip install thinc[jax]")


def get_torch_default_device() -> Any:
    """The PyTorch device that goes with the current ops.

    Raises:
        MissingPackageError: PyTorch is not there.
    """
    torch = compat.torch
    if torch is None:
        raise MissingPackageError(
            "Cannot get default Torch device when Torch is not available. "
            "Install it with: pip install thinc[torch]"
        )
    device = getattr(context_ops.get(), "torch_device", "cpu")
    if device == "cuda":
        return torch.device(f"cuda:{torch.cuda.current_device()}")
    return torch.device(device)


def xp2torch(xp_tensor: Any, requires_grad: bool = False, device: Any = None) -> Any:
    """A NumPy or CuPy array as a PyTorch tensor, sharing memory where that is safe.

    A NumPy array is copied first if it is read-only (a tensor can't be), or has a foreign byte order, a
    negative stride or one of a fraction of its elements (a tensor has none of them).

    Args:
        xp_tensor: the array.
        requires_grad: whether the tensor records gradients.
        device: the device to move to; None means that of the current ops.
    Raises:
        ImportError: PyTorch is not there.
    """
    assert_pytorch_installed()
    torch = compat.torch
    if device is None:
        device = get_torch_default_device()
    if is_cupy_array(xp_tensor):
        tensor = torch.from_dlpack(xp_tensor)
    else:
        tensor = torch.from_numpy(_shareable(xp_tensor))
    tensor = tensor.to(device)
    if requires_grad:
        tensor.requires_grad_()
    return tensor


def _shareable(array: Any) -> Any:
    """A NumPy array that a tensor can share: itself, or a copy."""
    native = array.dtype.isnative
    # Steps along a field of records need not be whole elements.
    whole = array.flags.c_contiguous or not any(stride % array.itemsize for stride in array.strides)
    if native and array.flags.writeable and whole and min(array.strides, default=0) >= 0:
        return array
    return numpy.array(array, dtype=array.dtype if native else array.dtype.newbyteorder("="), order="C")


def torch2xp(torch_tensor: Any, *, ops: Any = None) -> Any:
    """A PyTorch tensor as an array, sharing memory where both are on one device.

    NumPy and CuPy have no bfloat16: such numbers come as float32.

    Args:
        torch_tensor: the tensor.
        ops: whose arrays to return; None keeps the device (a tensor on `mps` goes to the CPU).
    Raises:
        ImportError: PyTorch is not there.
    """
    assert_pytorch_installed()
    on_cpu = _on_cpu(ops)
    if torch_tensor.dtype is compat.torch.bfloat16:
        torch_tensor = torch_tensor.float()
    if is_torch_cuda_array(torch_tensor) and not on_cpu:
        return compat.cupy_from_dlpack(torch_tensor.detach())
    array = torch_tensor.numpy(force=True)
    return array if ops is None or on_cpu else compat.cupy.asarray(array)


def _on_cpu(ops: Any) -> bool:
    return ops is not None and ops.xp is numpy


def xp2tensorflow(xp_tensor: Any, requires_grad: bool = False, as_variable: bool = False) -> Any:
    """A NumPy or CuPy array as a TensorFlow tensor.

    Args:
        xp_tensor: the array.
        requires_grad: False stops gradients at the tensor; for a variable, whether it is trainable.
        as_variable: make it a variable.
    Raises:
        ImportError: TensorFlow is not enabled.
    """
    assert_tensorflow_installed()
    tensorflow = compat.tensorflow
    if is_cupy_array(xp_tensor):
        tensor = tensorflow.experimental.dlpack.from_dlpack(xp_tensor.__dlpack__())
    else:
        tensor = tensorflow.convert_to_tensor(xp_tensor)
    if as_variable:
        # A variable has to be made on the device of the tensor.
        with tensorflow.device(tensor.device):
            tensor = tensorflow.Variable(tensor, trainable=requires_grad)
    if requires_grad is False:
        tensor = tensorflow.stop_gradient(tensor)
    return tensor


def tensorflow2xp(tf_tensor: Any, *, ops: Any = None) -> Any:
    """A TensorFlow tensor as an array.

    Args:
        tf_tensor: the tensor.
        ops: whose arrays to return; None keeps the device.
    Raises:
        ImportError: TensorFlow is not enabled.
    """
    assert_tensorflow_installed()
    on_cpu = _on_cpu(ops)
    if is_tensorflow_gpu_array(tf_tensor) and not on_cpu:
        return compat.cupy_from_dlpack(compat.tensorflow.experimental.dlpack.to_dlpack(tf_tensor))
    array = tf_tensor.numpy()
    return array if ops is None or on_cpu else compat.cupy.asarray(array)


def xp2mxnet(xp_tensor: Any, requires_grad: bool = False) -> Any:
    """A NumPy or CuPy array as an MXNet array, sharing memory where that is safe (as in `xp2torch`).

    Args:
        xp_tensor: the array.
        requires_grad: whether gradients are recorded for it.
    Raises:
        ImportError: MXNet is not enabled.
    """
    assert_mxnet_installed()
    mxnet = compat.mxnet
    if is_cupy_array(xp_tensor):
        tensor = mxnet.nd.from_dlpack(xp_tensor.__dlpack__())
    else:
        # Of a view, since MXNet makes the array that it is given read-only.
        tensor = mxnet.nd.from_numpy(numpy.ascontiguousarray(_shareable(xp_tensor))[...])
    if requires_grad:
        tensor.attach_grad()
    return tensor


def mxnet2xp(mx_tensor: Any, *, ops: Any = None) -> Any:
    """An MXNet array as an array.

    Args:
        mx_tensor: the array.
        ops: whose arrays to return; None keeps the device.
    Raises:
        ImportError: MXNet is not enabled.
    """
    assert_mxnet_installed()
    on_cpu = _on_cpu(ops)
    if is_mxnet_gpu_array(mx_tensor) and not on_cpu:
        return compat.cupy_from_dlpack(mx_tensor.to_dlpack_for_write())
    array = mx_tensor.detach().asnumpy()
    return array if ops is None or on_cpu else compat.cupy.asarray(array)


def xp2jax(xp_tensor: Any) -> Any:
    """A NumPy or CuPy array as a JAX array.

    JAX has no 64-bit numbers unless it is told to: such arrays come as 32-bit ones.

    Raises:
        ImportError: JAX is not there.
    """
    assert_jax_installed()
    if is_cupy_array(xp_tensor):
        return compat.jax.numpy.from_dlpack(xp_tensor)
    return compat.jax.numpy.asarray(_shareable(xp_tensor))


def jax2xp(jax_tensor: Any, *, ops: Any = None) -> Any:
    """A JAX array as an array: a copy, since JAX arrays never change. NumPy has no bfloat16: see `torch2xp`.

    Args:
        jax_tensor: the array.
        ops: whose arrays to return; None means NumPy's.
    Raises:
        ImportError: JAX is not there.
    """
    assert_jax_installed()
    if jax_tensor.dtype == compat.jax.numpy.bfloat16:
        jax_tensor = jax_tensor.astype("float32")
    array = numpy.array(jax_tensor)
    return array if ops is None or _on_cpu(ops) else compat.cupy.asarray(array)


__all__ = [
    "assert_jax_installed",
    "assert_mxnet_installed",
    "assert_pytorch_installed",
    "assert_tensorflow_installed",
    "get_array_module",
    "get_torch_default_device",
    "is_cupy_array",
    "is_jax_array",
    "is_mxnet_array",
    "is_mxnet_gpu_array",
    "is_numpy_array",
    "is_tensorflow_array",
    "is_tensorflow_gpu_array",
    "is_torch_array",
    "is_torch_cuda_array",
    "is_torch_gpu_array",
    "is_torch_mps_array",
    "is_xp_array",
    "jax2xp",
    "mxnet2xp",
    "tensorflow2xp",
    "to_numpy",
    "torch2xp",
    "xp2jax",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
]

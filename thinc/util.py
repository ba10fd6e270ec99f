"""Helpers around arrays, devices and calls, gathered under one import path.

Conversion between frameworks lives in `backends.convert`, data validation in `_data_validation`; this
module re-exports them. The flags (`has_torch` and so on) are read through `compat` at each access.
"""

import contextlib
import copy
import functools
import os
import platform
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy

from . import compat
from ._data_validation import (  # noqa: F401
    DATA_VALIDATION,
    DataValidationError,
    data_validation,
    validate_fwd_input_output,
)
from .backends import get_ops, set_current_ops
from .backends.convert import (  # noqa: F401
    assert_jax_installed,
    assert_mxnet_installed,
    assert_pytorch_installed,
    assert_tensorflow_installed,
    get_array_module,
    get_torch_default_device,
    is_cupy_array,
    is_jax_array,
    is_mxnet_array,
    is_mxnet_gpu_array,
    is_numpy_array,
    is_tensorflow_array,
    is_tensorflow_gpu_array,
    is_torch_array,
    is_torch_cuda_array,
    is_torch_gpu_array,
    is_torch_mps_array,
    is_xp_array,
    jax2xp,
    mxnet2xp,
    tensorflow2xp,
    to_numpy,
    torch2xp,
    xp2jax,
    xp2mxnet,
    xp2tensorflow,
    xp2torch,
)
from .errors import OutOfRangeError
from .types import ArgsKwargs, Padded, Ragged

# Read through `compat` at each access, since `enable_tensorflow` and `enable_mxnet` change them.
_FLAGS = (
    "has_cupy",
    "has_cupy_gpu",
    "has_gpu",
    "has_mxnet",
    "has_tensorflow",
    "has_torch",
    "has_torch_cuda_gpu",
    "has_torch_mps",
)


def __getattr__(name: str) -> Any:
    if name in _FLAGS:
        return getattr(compat, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# -- devices --------------------------------------------------------------------------------------


def gpu_is_available() -> bool:
    """Whether there is a GPU that the library can use."""
    return compat.has_gpu


def fix_random_seed(seed: int = 0) -> None:
    """Seed every random generator in use: Python's, NumPy's, and those of PyTorch and CuPy.

    Imports PyTorch where it is installed: a framework imported later would start unseeded.

    Args:
        seed: any integer; reduced to the range of each generator.
    """
    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    if compat.has_torch and compat.torch is not None:
        compat.torch.manual_seed(seed % 0xFFFFFFFFFFFFFFFF)
    if compat.has_cupy_gpu:
        compat.cupy.random.seed(seed % 2**32)
    if compat.has_torch_cuda_gpu:
        compat.torch.cuda.manual_seed_all(seed % 0xFFFFFFFFFFFFFFFF)
        compat.torch.backends.cudnn.deterministic = True
        compat.torch.backends.cudnn.benchmark = False


def set_active_gpu(gpu_id: int) -> Any:
    """Make a CUDA device the current one of CuPy and PyTorch, and return it (CuPy's object).

    Raises:
        ValueError: there is no CUDA device.
    """
    if not compat.has_cupy_gpu:
        raise ValueError("No CUDA GPU devices detected")
    device = compat.cupy.cuda.device.Device(gpu_id)
    device.use()
    if compat.has_torch_cuda_gpu:
        compat.torch.cuda.set_device(gpu_id)
    return device


def require_cpu() -> bool:
    """Make the best CPU backend current. Returns True."""
    set_current_ops(get_ops("cpu"))
    return True


def prefer_gpu(gpu_id: int = 0) -> bool:
    """`require_gpu` if there is a GPU. Returns whether there is one."""
    if compat.has_gpu:
        require_gpu(gpu_id)
    return compat.has_gpu


def require_gpu(gpu_id: int = 0) -> bool:
    """Make a GPU backend current: CUDA, or Apple's MPS for PyTorch layers. Returns True.

    Raises:
        ValueError: there is no GPU, or a package that it takes is missing.
    """
    if platform.system() == "Darwin":
        if not compat.has_torch:
            raise ValueError("Cannot use GPU, PyTorch is not installed")
        if not compat.has_torch_mps:
            raise ValueError("Cannot use GPU, installed PyTorch does not support MPS")
    elif not compat.has_cupy:
        raise ValueError("Cannot use GPU, CuPy is not installed")
    if not compat.has_gpu:
        raise ValueError("No GPU devices detected")
    if compat.has_cupy_gpu:
        set_current_ops(get_ops("cupy"))
        set_active_gpu(gpu_id)
    else:
        set_current_ops(get_ops("mps"))
    return True


@contextlib.contextmanager
def use_nvtx_range(message: str, id_color: int = -1) -> Iterator[None]:
    """Mark a `with` block as a range in NVIDIA's profiler. Does nothing without CuPy."""
    nvtx = compat.cupy.cuda.nvtx if compat.has_cupy and compat.cupy is not None else None
    if nvtx is None:
        yield
        return
    nvtx.RangePush(message, id_color)
    try:
        yield
    finally:
        nvtx.RangePop()


# -- arrays ---------------------------------------------------------------------------------------


def copy_array(dst: Any, src: Any) -> None:
    """Copy into an array in place, broadcasting, from the same or another device."""
    if is_numpy_array(dst):
        dst[...] = to_numpy(src)
    else:
        dst[...] = compat.cupy.asarray(src)


def get_width(X: Any, *, dim: int = -1) -> int:
    """How wide the data is: `X.shape[dim]`; for a 1-d array of ids, the number of ids.

    Of Ragged and Padded it is that of their data, of a list or tuple that of the first item. Scalars
    and empty lists have width 0.

    Raises:
        ValueError: it is, or begins with, something that has no width.
    """
    if isinstance(X, (Ragged, Padded)):
        return get_width(X.data, dim=dim)
    if hasattr(X, "shape"):
        if len(X.shape) == 0:
            return 0
        if len(X.shape) == 1:
            return int(X.max()) + 1 if X.shape[0] else 0
        return X.shape[dim]
    if isinstance(X, (list, tuple)):
        if len(X) == 0:
            return 0
        if not isinstance(X[0], (list, tuple, Ragged, Padded)) and not hasattr(X[0], "shape"):
            raise ValueError(
                f"Cannot get width of object: a {type(X).__name__} must hold arrays, got one that begins "
                f"with {type(X[0]).__name__}, which has neither shape nor __getitem__"
            )
        return get_width(X[0], dim=dim)
    raise ValueError(
        f"Cannot get width of object: has neither shape nor __getitem__ (got {type(X).__name__})"
    )


def to_categorical(Y: Any, n_classes: int | None = None, *, label_smoothing: float = 0.0) -> Any:
    """One-hot rows: `Z[..., c] = 1 - s` where `c == Y`, `s / (n_classes - 1)` elsewhere.

    Args:
        Y: integers of any shape, each in 0 to n_classes - 1.
        n_classes: number of columns; None means the largest label + 1.
        label_smoothing: s, how much of the probability goes to the other labels.
    Returns:
        float32 (Y.shape, n_classes).
    Raises:
        ValueError: no integers; a label out of range; too few classes, or too much smoothing.
    """
    xp = get_array_module(Y)
    if Y.dtype.kind not in "iu":
        raise ValueError(f"to_categorical: Y must be an array of integers; got dtype {Y.dtype}")
    if n_classes is None:
        if not Y.size:
            raise ValueError("to_categorical: n_classes is required where Y is empty; got None")
        n_classes = int(Y.max()) + 1
    if label_smoothing < 0.0:
        raise ValueError("Label-smoothing parameter has to be greater than or equal to 0")
    if label_smoothing == 0.0 and n_classes == 0:
        raise ValueError("n_classes should be at least 1")
    if label_smoothing > 0.0 and n_classes < 2:
        raise ValueError(
            "n_classes should be greater than 1 when label smoothing is enabled,"
            f"but {n_classes} was provided."
        )
    max_smooth = (n_classes - 1) / n_classes if n_classes > 1 else float("inf")
    if label_smoothing >= max_smooth:
        raise ValueError(
            f"For {n_classes} classes label_smoothing parameter has to be less than {max_smooth}, "
            f"but found {label_smoothing}."
        )
    labels = Y.ravel()
    # Read without sign, negative numbers are large.
    if labels.size and int(labels.view(labels.dtype.str.replace("i", "u")).max()) >= n_classes:
        raise OutOfRangeError(
            f"to_categorical: labels must be between 0 and {n_classes - 1}; "
            f"got {int(labels.min())} to {int(labels.max())}"
        )
    others = label_smoothing / (n_classes - 1) if label_smoothing else 0.0
    rows = xp.full((labels.size, n_classes), others, dtype="float32")
    rows[xp.arange(labels.size), labels] = 1.0 - label_smoothing
    return rows.reshape((*Y.shape, n_classes))


@dataclass
class ArrayInfo:
    """Shape and dtype of an array, to compare its gradient with when the array is gone."""

    shape: tuple[int, ...]
    dtype: Any

    @classmethod
    def from_array(cls, arr: Any) -> "ArrayInfo":
        """The shape and dtype of `arr`."""
        return cls(shape=arr.shape, dtype=arr.dtype)

    def check_consistency(self, arr: Any) -> None:
        """Raise a ValueError unless the gradient `arr` has this shape and dtype."""
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch in backprop. Y: {self.shape}, dY: {arr.shape}")
        if arr.dtype != self.dtype:
            raise ValueError(f"Type mismatch in backprop. Y: {self.dtype}, dY: {arr.dtype}")


# -- calls ----------------------------------------------------------------------------------------


def partial(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """`functools.partial` with the docstring of the function."""
    result = functools.partial(func, *args, **kwargs)
    result.__doc__ = func.__doc__
    return result


@contextlib.contextmanager
def make_tempfile(mode: str = "r") -> Iterator[Any]:
    """A named temporary file within a `with` block; it may be opened again by its name."""
    with tempfile.NamedTemporaryFile(mode=mode, delete=False) as file:
        try:
            yield file
        finally:
            file.close()
            os.remove(file.name)


def convert_recursive(is_match: Callable[[Any], bool], convert_item: Callable[[Any], Any], obj: Any) -> Any:
    """`obj` with everything that matches converted, in lists, tuples, dicts and ArgsKwargs at any depth.

    Containers are rebuilt in their own type. Keys of dicts and names of ArgsKwargs are looked at as
    well, positions are not. What matches is converted whole, sets and other objects are left alone.
    """
    if is_match(obj):
        return convert_item(obj)
    if not isinstance(obj, (list, tuple, dict, ArgsKwargs)):
        return obj
    visit = functools.partial(convert_recursive, is_match, convert_item)
    if isinstance(obj, list):
        values = [visit(value) for value in obj]
        return values if type(obj) is list else _refilled(obj, values, list.append)
    if isinstance(obj, tuple):
        return tuple.__new__(type(obj), map(visit, obj))
    if isinstance(obj, dict):
        items = {visit(key): visit(value) for key, value in obj.items()}
        return items if type(obj) is dict else _refilled(obj, items.items(), _set_item)
    kwargs = {visit(name): visit(value) for name, value in obj.kwargs.items()}
    return type(obj)(args=tuple(map(visit, obj.args)), kwargs=kwargs)


def _set_item(mapping: dict, item: tuple[Any, Any]) -> None:
    """Not by `update`, which dicts of model outputs refuse."""
    mapping[item[0]] = item[1]


def _refilled(container: Any, content: Iterable[Any], add: Callable[[Any, Any], None]) -> Any:
    """A shallow copy of a container, emptied and filled: keeps type and attributes."""
    result = copy.copy(container)
    result.clear()
    for item in content:
        add(result, item)
    return result


def iterate_recursive(is_match: Callable[[Any], bool], obj: Any) -> Iterator[Any]:
    """Everything that matches, in the order in which `convert_recursive` finds it."""
    if is_match(obj):
        yield obj
        return
    if isinstance(obj, ArgsKwargs):
        parts = [obj.args, obj.kwargs]
    elif isinstance(obj, dict):
        parts = [part for item in obj.items() for part in item]
    elif isinstance(obj, (list, tuple)):
        parts = list(obj)
    else:
        return
    for part in parts:
        yield from iterate_recursive(is_match, part)


__all__ = [
    "ArrayInfo",
    "DataValidationError",
    "copy_array",
    "data_validation",
    "fix_random_seed",
    "get_array_module",
    "get_torch_default_device",
    "get_width",
    "has_cupy",  # noqa: F822
    "has_torch",  # noqa: F822
    "is_cupy_array",
    "is_numpy_array",
    "jax2xp",
    "make_tempfile",
    "mxnet2xp",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "tensorflow2xp",
    "to_categorical",
    "to_numpy",
    "torch2xp",
    "use_nvtx_range",
    "validate_fwd_input_output",
    "xp2jax",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
]

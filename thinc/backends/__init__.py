"""Choosing the current backend.

A backend is an `Ops` class, registered in `registry.ops`, and looked up by its `name`. The current ops
belong to a context (see `_context`): a new thread starts on the CPU.
"""

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

from .. import compat
from ..config import registry
from ..types import get_array_module
from ._context import (  # noqa: F401
    _GLOBAL_STATE,
    _create_thread_local,
    _get_thread_state,
    context_ops,
    context_pools,
    contextvars_eq_thread_ops,
    set_current_ops,
)
from ._cupy_allocators import (  # noqa: F401
    cupy_pytorch_allocator,
    cupy_tensorflow_allocator,
    set_gpu_allocator,
    use_pytorch_for_gpu_memory,
    use_tensorflow_for_gpu_memory,
)
from ._param_server import ParamServer
from .apple_ops import AppleOps
from .cupy_ops import CupyOps
from .mps_ops import MPSOps
from .numpy_ops import NumpyOps
from .ops import Ops

# In rising order of preference for the name "cpu".
_CPU_BACKENDS = ("numpy", "apple", "bigendian")
# Packages that register an ops class when they are imported.
_EXTRA_CPU_BACKENDS = ("thinc_apple_ops", "thinc_bigendian_ops")

for _ops_class in (NumpyOps, CupyOps, MPSOps):
    registry.ops.register(_ops_class.__name__, func=_ops_class)
if AppleOps is not None:
    registry.ops.register("AppleOps", func=AppleOps)


def _import_extra_cpu_backends() -> None:
    """Import the add-on packages that are there; they register themselves."""
    for name in _EXTRA_CPU_BACKENDS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def get_ops(name: str, **kwargs: Any) -> Ops:
    """New ops of the backend with that name; "cpu" picks the best for the CPU.

    Args:
        name: the attribute `name` of a registered ops class, or "cpu".
        **kwargs: for the constructor of the class.
    Raises:
        ValueError: there is no such backend.
    """
    if name == "cpu":
        _import_extra_cpu_backends()
    by_name = {cls.name: cls for cls in registry.ops.get_all().values()}
    if name == "cpu":
        name = [backend for backend in _CPU_BACKENDS if backend in by_name][-1]
    try:
        cls = by_name[name]
    except (KeyError, TypeError):
        available = ", ".join(["cpu", *sorted(by_name)])
        raise ValueError(f"Invalid backend: {name} (available: {available})") from None
    return cls(**kwargs)


def get_array_ops(arr: Any) -> Ops:
    """New ops for the device of an array: `CupyOps` for CuPy arrays, `NumpyOps` for all else."""
    if get_array_module(arr) is NumpyOps.xp:
        return NumpyOps()
    return CupyOps()


def get_current_ops() -> Ops:
    """The current ops of this context: the same object until they are set anew."""
    ops = context_ops.get()
    if ops is None:
        ops = get_ops("cpu")
        set_current_ops(ops)
    return ops


@contextlib.contextmanager
def use_ops(name: str, **kwargs: Any) -> Iterator[None]:
    """Make new ops of the named backend current within a `with` block."""
    previous = get_current_ops()
    set_current_ops(get_ops(name, **kwargs))
    try:
        yield
    finally:
        set_current_ops(previous)


def __getattr__(name: str) -> Any:
    if name == "has_cupy":
        return compat.has_cupy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AppleOps",
    "CupyOps",
    "MPSOps",
    "NumpyOps",
    "Ops",
    "ParamServer",
    "get_current_ops",
    "has_cupy",  # noqa: F822
    "set_current_ops",
    "use_ops",
]

"""What lies between the compiled ops and the reference: arrays that a kernel can't read are copied.

Kernels take aligned C-contiguous arrays, and int32 lengths and indices. A binding hands any other call on
to the class below it. That is the class made here, which lays the arguments out anew and asks the binding
once more, so that how an array lies in memory has no influence on the bits of a result. Whatever a kernel
refuses even then (another dtype, a mistake) is the reference's, and so are the ops that always overwrite
their arguments.
"""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy

__all__ = ["below"]

OVERWRITE = {"adam", "adam_update", "clip_gradient", "scatter_add", "sgd_update", "update_averages"}
# Parameters that kernels take as int32.
INDICES = ("lengths", "size_at_t", "indices", "which")
INT32 = numpy.iinfo("int32")


def below(kernels: Iterable[type], reference: type) -> type:
    """A subclass of the reference to join below compiled themes; the themes inherit its docstrings."""
    members: dict[str, Any] = {"__doc__": reference.__doc__}
    for theme in kernels:
        for name, kernel in vars(theme).items():
            if not name.startswith("_") and callable(kernel):
                specification = getattr(reference, name)
                kernel.__doc__ = specification.__doc__
                if name not in OVERWRITE:
                    members[name] = _relay(kernel, specification)
    return type("Relay", (reference,), members)


def _relay(kernel: Callable, specification: Callable) -> Callable:
    """The op as the reference has it, but by the kernel if that takes the arguments laid out anew."""
    names = list(inspect.signature(specification).parameters)[1:]

    @functools.wraps(specification)
    def relayed(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(names, args, strict=False)) | kwargs
        writes = given.get("inplace") or given.get("out") is not None
        if not (writes and any(_readonly(value) for value in given.values())):
            laid_out = {name: _laid_out(name, value) for name, value in given.items()}
            if any(laid_out[name] is not value for name, value in given.items()):
                return _back(kernel(self, **laid_out), laid_out, given)
        return specification(self, *args, **kwargs)

    return relayed


def _readonly(value: Any) -> bool:
    return isinstance(value, numpy.ndarray) and not value.flags.writeable


def _laid_out(name: str, value: Any) -> Any:
    """The value as a kernel takes it: itself, or a copy of an array."""
    if not isinstance(value, (numpy.ndarray, list)):
        return value
    if name in INDICES:
        return _int32(value)
    if type(value) is numpy.memmap:
        value = value.view(numpy.ndarray)
    if type(value) is not numpy.ndarray or value.dtype.kind not in "fiu" or not value.dtype.isnative:
        return value
    return value if value.flags.c_contiguous and value.flags.aligned else value.copy("C")


def _int32(value: Any) -> Any:
    """Integers of any kind as contiguous int32; the value itself where that is not possible."""
    array = numpy.asarray(value)
    if type(array) is not numpy.ndarray or array.dtype.kind not in "iu":
        return value
    if array.size and not INT32.min <= int(array.min()) <= int(array.max()) <= INT32.max:
        return value
    return value if _is_int32(value) else array.astype("int32", order="C")


def _is_int32(value: Any) -> bool:
    return isinstance(value, numpy.ndarray) and value.dtype == "int32" and value.flags.carray


def _back(result: Any, laid_out: dict[str, Any], given: dict[str, Any]) -> Any:
    """The result; if that is the copy of an argument, it is written back there."""
    for name, value in laid_out.items():
        if value is result and value is not given[name]:
            given[name][...] = result
            return given[name]
    return result

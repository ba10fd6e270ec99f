"""What lies between the compiled ops and the reference: arrays that a kernel can't read are copied.

Kernels take aligned C-contiguous arrays, and int32 lengths and indices. A binding hands any other call on
to the class below it. That is the class made here, which lays the arguments out anew and asks the binding
once more, so that how an array lies in memory has no influence on the bits of a result. Whatever a kernel
refuses even then (another dtype, a mistake) is the reference's, and so are the ops that always overwrite
their arguments.

Functions of integers, or of floats of both sizes, are those of the same numbers in float64.
"""

cimport numpy as np

from ._indices cimport as_int32
from ._memory cimport new_array, new_like

import functools
import inspect

import numpy

np.import_array()

__all__ = ["OVERWRITE", "below"]

OVERWRITE = {"adam", "adam_update", "clip_gradient", "scatter_add", "sgd_update", "update_averages"}
# Ops that are the reference's if the binding refuses them: those, and others for which the layout is no matter.
DIRECT = OVERWRITE | {"alloc", "asarray", "get_dropout_mask"}
# Ops with a result in float64 if one argument is, beside most activations. (The result of `backprop_relu` has the
# dtype of its gradient.)
PROMOTED = {"softmax", "backprop_softmax"}
NOT_PROMOTED = {"relu", "maxout", "backprop_maxout"}
# Parameters that kernels take as int32.
INDICES = {"lengths", "size_at_t", "indices", "which"}


def below(kernels, reference):
    """A subclass of the reference to join below compiled themes; the themes inherit its docstrings."""
    members = {"__doc__": reference.__doc__}
    for theme in kernels:
        for name, kernel in vars(theme).items():
            if not name.startswith("_") and callable(kernel):
                specification = getattr(reference, name)
                kernel.__doc__ = specification.__doc__
                if name not in DIRECT:
                    members[name] = relay(name, kernel, specification)
    return type("Relay", (reference,), members)


def relay(str name, kernel, specification):
    """The op as the reference has it, but by the kernel if that takes the arguments laid out anew."""
    cdef tuple names = tuple(inspect.signature(specification).parameters)[1:]
    cdef tuple indices = tuple([parameter in INDICES for parameter in names])
    cdef Py_ssize_t inplace = names.index("inplace") if "inplace" in names else -1
    cdef Py_ssize_t out = names.index("out") if "out" in names else -1
    cdef bint promoted = name in PROMOTED or kernel.__module__.endswith("activations") and name not in NOT_PROMOTED
    cdef bint as_first = name == "backprop_relu"

    @functools.wraps(specification)
    def relayed(self, *args, **kwargs):
        cdef Py_ssize_t i, n = len(args)
        cdef list values
        if n > len(indices):
            return specification(self, *args, **kwargs)
        if promoted and mixed(args, as_first) and not given("inplace", inplace, args, kwargs):
            return kernel(self, *[in_float64(value) for value in args], **kwargs)
        values = [laid_out(args[i], <bint>indices[i]) for i in range(n)]
        cdef dict keywords = kwargs and {key: laid_out(value, key in INDICES) for key, value in kwargs.items()}
        if same(args, values) and (not kwargs or same(kwargs.values(), keywords.values())):
            return specification(self, *args, **kwargs)
        cdef bint writes = given("inplace", inplace, args, kwargs)
        if not writes and given("out", out, args, kwargs) is None:
            return kernel(self, *values, **keywords)
        args += tuple(kwargs.values())
        if any([isinstance(value, np.ndarray) and not np.PyArray_ISWRITEABLE(value) for value in args]):
            return specification(self, *args[:n], **kwargs)
        return back(kernel(self, *values, **keywords), (*values, *keywords.values()), args)

    return relayed


cdef object given(str name, Py_ssize_t place, tuple args, dict kwargs):
    """An argument that is passed by place or by name, if at all."""
    return args[place] if 0 <= place < len(args) else kwargs.get(name)


cdef bint same(values, others):
    for value, other in zip(values, others):
        if value is not other:
            return False
    return True


cdef object back(result, tuple laid_out_, tuple args):
    """The result; if that is the copy of an argument, it is written back there."""
    for value, argument in zip(laid_out_, args):
        if value is result and value is not argument:
            if np.PyArray_DATA(value) != np.PyArray_DATA(argument):
                np.PyArray_CopyInto(argument, value)
            return argument
    return result


cdef bint mixed(tuple args, bint as_first):
    """Are the arrays of one shape, of integers or floats of both sizes, so that the result is float64?"""
    cdef np.ndarray first = None, X
    cdef bint differ = False
    for value in args:
        if np.PyArray_CheckExact(value):
            X = value
            if first is None:
                first = X
            if not np.PyArray_ISBEHAVED_RO(X) or not np.PyArray_SAMESHAPE(X, first):
                return False
            if np.PyArray_TYPE(X) > np.NPY_FLOAT64 or (as_first and np.PyArray_TYPE(first) == np.NPY_FLOAT32):
                return False
            differ |= np.PyArray_TYPE(X) != np.PyArray_TYPE(first) or np.PyArray_TYPE(X) < np.NPY_FLOAT32
        elif not isinstance(value, (float, int)):
            return False
    return differ


cdef object in_float64(value):
    if not np.PyArray_CheckExact(value):
        return value
    cdef np.ndarray X = new_array(np.PyArray_NDIM(value), np.PyArray_DIMS(value), np.NPY_FLOAT64)
    np.PyArray_CopyInto(X, value)
    return X


cdef object laid_out(value, bint is_index):
    """The value as a kernel takes it: itself, or a copy of an array."""
    if is_index:
        return as_int32(value) if isinstance(value, (np.ndarray, list)) else value
    if type(value) is numpy.memmap:
        value = value.view(numpy.ndarray)
    if not np.PyArray_CheckExact(value) or np.PyArray_ISCARRAY_RO(value) or not is_number(value):
        return value
    cdef np.ndarray X = new_like(value)
    np.PyArray_CopyInto(X, value)
    return X


cdef bint is_number(np.ndarray X):
    """Does X hold native floats or integers?"""
    return (np.PyArray_ISFLOAT(X) or np.PyArray_ISINTEGER(X)) and np.PyArray_ISNOTSWAPPED(X)

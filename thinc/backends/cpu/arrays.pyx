"""Dropout masks and storage for results on the CPU."""

cimport numpy as np
from libc.math cimport ceil
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from ._isa cimport Isa, chosen
from ._memory cimport fill_zeros, new_array

import numpy

from ..reference.arrays import SMALL_MASK
from ..reference.arrays import Arrays as Reference

np.import_array()

__all__ = ["Arrays"]

cdef extern from "thinc/kernels/arrays.h" namespace "thinc":
    cdef struct ArraysTable:
        void (*dropout_mask)(float*, size_t, size_t, uint64_t, uint32_t, float) noexcept nogil
    const ArraysTable* table "thinc::table_at<thinc::ArraysTable>"(Isa)

cdef const ArraysTable* K = table(chosen())
cdef size_t SMALL_SIZE = SMALL_MASK

cdef enum:
    MOST_AXES = 32
    # An array is filled with copies of its first elements, so many of which stay in the cache.
    FIRST = 1024
    # Zeros of so many bytes come from the system, which clears their pages when they are first touched.
    LAZY = 1 << 26


cdef int axes(object shape, np.npy_intp* dims):
    """How many axes a shape has, and their sizes in `dims`; -1 for what is neither a size nor a sequence of sizes."""
    cdef tuple sizes
    cdef int i, n
    if type(shape) is tuple:
        sizes = shape
    elif type(shape) is list:
        sizes = tuple(shape)
    else:
        sizes = (shape,)
    n = min(len(sizes), MOST_AXES + 1)
    for i in range(n):
        size = sizes[i]
        if not (type(size) is int or isinstance(size, numpy.integer)) or not 0 <= size <= 0x7fffffffffff:
            return -1
        dims[i] = size
    return n if n <= MOST_AXES else -1


# What the dtypes of most arrays go by. A look-up costs less than making a dtype of a name.
cdef dict TYPENUMS = {
    key: numpy.dtype(name).num
    for name in ("float32", "float64", "int32", "int64", "uint32", "uint64", "bool")
    for key in (name, numpy.dtype(name).type)
}
TYPENUMS["f"] = np.NPY_FLOAT32


cdef inline int typenum_of(object dtype):
    """The number of a native dtype of numbers; -1 for what is none, or is seldom asked for."""
    if isinstance(dtype, np.dtype):
        if (<np.dtype>dtype).isnative and (<np.dtype>dtype).type_num <= np.NPY_FLOAT64:
            return (<np.dtype>dtype).type_num
        return -1
    if type(dtype) is not str and type(dtype) is not type:
        return -1
    found = TYPENUMS.get(dtype)
    return -1 if found is None else <int>found


cdef inline np.ndarray filled(int ndim, np.npy_intp* dims, float value):
    """A new float32 array, the same number everywhere."""
    cdef np.ndarray Y = new_array(ndim, dims, np.NPY_FLOAT32)
    cdef float* y = <float*>np.PyArray_DATA(Y)
    cdef np.npy_intp i, size = np.PyArray_SIZE(Y)
    for i in range(min(size, FIRST)):
        y[i] = value
    for i in range(FIRST, size, FIRST):
        memcpy(y + i, y, min(size - i, FIRST) * sizeof(float))
    return Y


cdef np.ndarray kept(np.ndarray U, double drop, float scale):
    """The mask for these numbers (contiguous float64)."""
    cdef np.ndarray mask = new_array(np.PyArray_NDIM(U), np.PyArray_DIMS(U), np.NPY_FLOAT32)
    cdef float* y = <float*>np.PyArray_DATA(mask)
    cdef const double* u = <const double*>np.PyArray_DATA(U)
    cdef np.npy_intp i
    for i in range(np.PyArray_SIZE(mask)):
        y[i] = scale if u[i] >= drop else 0.0
    return mask


class Arrays(Reference):
    def alloc(self, shape, *, dtype="float32", zeros=True):
        cdef np.npy_intp[MOST_AXES + 1] dims
        cdef int i, n = -1, typenum = typenum_of(dtype)
        if typenum >= 0:
            n = axes(shape, dims)
        if n < 0:
            return super().alloc(shape, dtype=dtype, zeros=zeros)
        if not zeros:
            return new_array(n, dims, typenum)
        cdef double size = sizeof(float)
        for i in range(n):
            size *= dims[i]
        if typenum != np.NPY_FLOAT32 or size >= LAZY:
            return np.PyArray_ZEROS(n, dims, typenum, 0)
        cdef np.ndarray Y = new_array(n, dims, np.NPY_FLOAT32)
        fill_zeros(Y)
        return Y

    def asarray(self, data, dtype=None):
        if type(data) is list or type(data) is float or type(data) is int:
            return numpy.array(data, dtype=dtype)
        if not np.PyArray_CheckExact(data):
            return super().asarray(data, dtype)
        if dtype is None:
            return data
        cdef np.ndarray X = data
        cdef int typenum = typenum_of(dtype)
        if typenum < 0:
            return super().asarray(data, dtype)
        if np.PyArray_EquivTypenums(typenum, np.PyArray_TYPE(X)) and np.PyArray_ISNOTSWAPPED(X):
            return data
        if not np.PyArray_IS_C_CONTIGUOUS(X):
            return data.astype(dtype)
        cdef np.ndarray Y = new_array(np.PyArray_NDIM(X), np.PyArray_DIMS(X), typenum)
        np.PyArray_CopyInto(Y, X)
        return Y

    def get_dropout_mask(self, shape, drop):
        cdef np.npy_intp[MOST_AXES + 1] dims
        cdef int i, n = axes(shape, dims)
        if n < 0 or not (drop is None or type(drop) is int or isinstance(drop, float)) or drop != drop:
            return super().get_dropout_mask(shape, drop)
        if drop is None or drop <= 0:
            return filled(n, dims, 1.0)
        if drop >= 1:
            return self.alloc(shape)
        cdef double size = 1.0
        for i in range(n):
            size *= dims[i]
        cdef float scale = <float>(1.0 / (1.0 - <double>drop))
        if size <= SMALL_SIZE:
            return kept(numpy.asarray(numpy.random.uniform(0.0, 1.0, shape)), drop, scale)
        cdef np.ndarray mask = new_array(n, dims, np.NPY_FLOAT32)
        cdef uint64_t seed = numpy.random.randint(0, 2**63, dtype=numpy.int64)
        cdef size_t count = np.PyArray_SIZE(mask)
        cdef float* y = <float*>np.PyArray_DATA(mask)
        cdef uint32_t limit = <uint32_t>ceil(<double>drop * (1 << 24))
        with nogil:
            K.dropout_mask(y, 0, count, seed, limit, scale)
        return mask

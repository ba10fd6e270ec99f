"""Dropout masks and storage for results on the CPU."""

cimport numpy as np
from libc.math cimport ceil
from libc.stdint cimport uint32_t, uint64_t

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
    # Zeros of so many bytes come from the system, which clears their pages when they are first touched.
    LAZY = 1 << 26


cdef int axes(object shape, np.npy_intp* dims):
    """How many axes a shape has, and their sizes in `dims`; -1 for what is no tuple of sizes."""
    if type(shape) is not tuple or len(<tuple>shape) > MOST_AXES:
        return -1
    cdef int i, n = len(<tuple>shape)
    for i in range(n):
        if type((<tuple>shape)[i]) is not int or not 0 <= (<tuple>shape)[i] <= 0x7fffffffffff:
            return -1
        dims[i] = (<tuple>shape)[i]
    return n


cdef inline bint means_float32(object dtype):
    if type(dtype) is str:
        return dtype == "float32"
    if isinstance(dtype, np.dtype):  # a comparison with the name would make a dtype of that
        return (<np.dtype>dtype).type_num == np.NPY_FLOAT32 and (<np.dtype>dtype).isnative
    return False


class Arrays(Reference):
    def alloc(self, shape, *, dtype="float32", zeros=True):
        cdef np.npy_intp[MOST_AXES] dims
        cdef int i, n = -1
        if means_float32(dtype):
            n = axes((shape,) if type(shape) is int else shape, dims)
        if n < 0:
            return super().alloc(shape, dtype=dtype, zeros=zeros)
        cdef double size = sizeof(float)
        for i in range(n):
            size *= dims[i]
        if zeros and size >= LAZY:
            return super().alloc(shape, dtype=dtype, zeros=zeros)
        cdef np.ndarray Y = new_array(n, dims, np.NPY_FLOAT32)
        if zeros:
            fill_zeros(Y)
        return Y

    def get_dropout_mask(self, shape, drop):
        cdef np.npy_intp[MOST_AXES] dims
        cdef int i, n = axes((shape,) if type(shape) is int else shape, dims)
        if n < 0 or not isinstance(drop, float) or not 0.0 < drop < 1.0:
            return super().get_dropout_mask(shape, drop)
        cdef double size = 1.0
        for i in range(n):
            size *= dims[i]
        if size <= SMALL_SIZE:
            return super().get_dropout_mask(shape, drop)
        cdef np.ndarray mask = new_array(n, dims, np.NPY_FLOAT32)
        cdef uint64_t seed = numpy.random.randint(0, 2**63, dtype=numpy.int64)
        cdef size_t count = np.PyArray_SIZE(mask)
        cdef float* y = <float*>np.PyArray_DATA(mask)
        cdef uint32_t limit = <uint32_t>ceil(<double>drop * (1 << 24))
        cdef float scale = <float>(1.0 / (1.0 - <double>drop))
        with nogil:
            K.dropout_mask(y, 0, count, seed, limit, scale)
        return mask

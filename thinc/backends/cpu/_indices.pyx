"""Indices as kernels take them, contiguous int32, and the table rows that they name."""

cimport numpy as np
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from ._arrays cimport ints, is_float, is_ints, is_matrix, is_writable, same_dtype
from ._memory cimport new_array

import numpy

np.import_array()

__all__: list[str] = []

ctypedef fused wide:
    int64_t
    uint64_t
    uint32_t


cdef object as_int32(object value):
    cdef object array = numpy.asarray(value)
    if not np.PyArray_CheckExact(array) or not np.PyArray_ISINTEGER(array):
        return value
    cdef np.ndarray X = array
    if np.PyArray_ISCARRAY_RO(X) and np.PyArray_TYPE(X) == np.NPY_INT32:
        return X
    if not np.PyArray_ISCARRAY_RO(X):
        X = X.astype(X.dtype.newbyteorder("="), order="C")
    cdef np.ndarray Y = new_array(np.PyArray_NDIM(X), np.PyArray_DIMS(X), np.NPY_INT32)
    cdef bint is_signed = np.PyArray_ISSIGNED(X)
    cdef bint fits = True
    if np.PyArray_ITEMSIZE(X) == 8:
        if is_signed:
            fits = narrow(<const int64_t*>np.PyArray_DATA(X), Y)
        else:
            fits = narrow(<const uint64_t*>np.PyArray_DATA(X), Y)
    elif np.PyArray_ITEMSIZE(X) == 4 and not is_signed:
        fits = narrow(<const uint32_t*>np.PyArray_DATA(X), Y)
    else:
        np.PyArray_CopyInto(Y, X)
    return Y if fits else value


cdef bint narrow(const wide* x, np.ndarray Y) noexcept:
    """Convert as many numbers as Y has; False if one is no int32."""
    cdef int32_t* y = <int32_t*>np.PyArray_DATA(Y)
    cdef np.npy_intp i
    cdef bint bad = False
    for i in range(np.PyArray_SIZE(Y)):
        y[i] = <int32_t>x[i]
        bad |= <wide>y[i] != x[i] or (wide is not int64_t and y[i] < 0)
    return not bad


cdef inline np.npy_intp width(np.ndarray X) noexcept:
    return np.PyArray_DIM(X, 1)


cdef inline bint apart(np.ndarray X, np.ndarray Y) noexcept:
    """Do these contiguous arrays share no memory?"""
    cdef const char* x = <const char*>np.PyArray_DATA(X)
    cdef const char* y = <const char*>np.PyArray_DATA(Y)
    return x + np.PyArray_NBYTES(X) <= y or y + np.PyArray_NBYTES(Y) <= x


cdef bint scatters(object table, object indices, object values) noexcept:
    """May the kernel add values (B, O) to these rows of the table?"""
    if not is_matrix(table) or not is_writable(<np.ndarray>table) or not is_matrix(values):
        return False
    if not is_ints(indices) or np.PyArray_NDIM(<np.ndarray>indices) != 1 or not same_dtype(<np.ndarray>table, values):
        return False
    if width(table) != width(values) or not apart(table, values):
        return False
    cdef np.npy_intp B = np.PyArray_DIM(<np.ndarray>indices, 0), V = np.PyArray_DIM(<np.ndarray>table, 0), b
    cdef const int32_t* i = ints(indices)
    for b in range(B):
        if i[b] >= V:
            return False
    return B == np.PyArray_DIM(<np.ndarray>values, 0)


cdef tuple as_rows(object table, object indices, object values):
    if scatters(table, indices, values):
        return table, indices, values
    if not is_float(table) or not is_writable(<np.ndarray>table) or np.PyArray_NDIM(<np.ndarray>table) == 0:
        return None
    if not np.PyArray_CheckExact(indices) or not np.PyArray_CheckExact(values):
        return None
    cdef np.ndarray E = table, I, V = values
    rows = as_int32(indices)
    if np.PyArray_TYPE(<np.ndarray>rows) != np.NPY_INT32 or np.PyArray_TYPE(V) != np.PyArray_TYPE(E):
        return None
    I = rows
    cdef tuple shape = (<object>I).shape + (<object>E).shape[1:]
    cdef np.npy_intp O = 1
    for size in shape[np.PyArray_NDIM(I):]:
        O *= size
    if (<object>V).shape != shape:
        try:
            V = numpy.broadcast_to(V, shape)
        except ValueError:
            return None
    V = numpy.ascontiguousarray(V)
    E, I, V = E.reshape(len(E), O), I.reshape(-1), V.reshape(np.PyArray_SIZE(I), O)
    return (E, I, V) if scatters(E, I, V) else None

"""Drivers of the elementwise loops: they choose the dtype, make the output, and release the GIL for large arrays.

A kernel goes through memory in order, so arrays that are all stored by columns are as good as those stored by rows;
the result is then stored by columns too. Other arrays are copied.
"""

cimport numpy as np

from ._arrays cimport SMALL, is_writable
from ._memory cimport in_rows, new_in_order, written

cdef extern from "thinc/kernels/activations.h" namespace "thinc":
    cdef struct MapOp:
        void (*f32)(float*, const float*, size_t, const double*) noexcept nogil
        void (*f64)(double*, const double*, size_t, const double*) noexcept nogil
    cdef struct Map2Op:
        void (*f32)(float*, const float*, const float*, size_t, const double*) noexcept nogil
        void (*f64)(double*, const double*, const double*, size_t, const double*) noexcept nogil
    cdef struct Map3Op:
        void (*f32)(float*, const float*, const float*, const float*, size_t, const double*) noexcept nogil
        void (*f64)(double*, const double*, const double*, const double*, size_t, const double*) noexcept nogil


cdef inline bint native(object X, bint inplace) noexcept:
    """Is X a plain, aligned, native float32 or float64 array, however it lies in memory? In place: and writable?"""
    if not np.PyArray_CheckExact(X) or not np.PyArray_ISBEHAVED_RO(<np.ndarray>X):
        return False
    cdef int typenum = np.PyArray_TYPE(<np.ndarray>X)
    return (typenum == np.NPY_FLOAT32 or typenum == np.NPY_FLOAT64) and (not inplace or is_writable(<np.ndarray>X))


cdef inline bint one_order(np.ndarray X, np.ndarray Y) noexcept:
    """Are both contiguous, with their elements in the same order?"""
    return (np.PyArray_IS_C_CONTIGUOUS(X) and np.PyArray_IS_C_CONTIGUOUS(Y)) or (
        np.PyArray_IS_F_CONTIGUOUS(X) and np.PyArray_IS_F_CONTIGUOUS(Y)
    )


cdef inline bint like(object Y, object X, bint inplace) noexcept:
    """Is Y of the dtype and shape of X (known to be native)? In place: does it not overlap with X in part?"""
    if not native(Y, False) or np.PyArray_TYPE(<np.ndarray>Y) != np.PyArray_TYPE(<np.ndarray>X):
        return False
    if not np.PyArray_SAMESHAPE(<np.ndarray>Y, <np.ndarray>X):
        return False
    if not inplace or not one_order(X, Y):  # then the kernel works on copies
        return True
    cdef const char* x = <const char*>np.PyArray_DATA(<np.ndarray>X)
    cdef const char* y = <const char*>np.PyArray_DATA(<np.ndarray>Y)
    cdef np.npy_intp size = np.PyArray_NBYTES(<np.ndarray>X)
    return x == y or x + size <= y or y + size <= x


cdef inline bint single(np.ndarray X) noexcept:
    return np.PyArray_TYPE(X) == np.NPY_FLOAT32


cdef inline void call(const MapOp* op, bint f32, void* Y, void* X, size_t n, const double* p) noexcept nogil:
    if f32:
        op.f32(<float*>Y, <float*>X, n, p)
    else:
        op.f64(<double*>Y, <double*>X, n, p)


cdef inline void call2(
    const Map2Op* op, bint f32, void* out, void* dY, void* X, size_t n, const double* p
) noexcept nogil:
    if f32:
        op.f32(<float*>out, <float*>dY, <float*>X, n, p)
    else:
        op.f64(<double*>out, <double*>dY, <double*>X, n, p)


cdef inline np.ndarray map_(const MapOp* op, np.ndarray X, bint inplace, const double* p=NULL):
    """A function of X, into X or a new array."""
    if not one_order(X, X):
        Z = map_(op, in_rows(X), True, p)
        return written(Z, X) if inplace else Z
    cdef np.ndarray Y = X if inplace else new_in_order(X)
    cdef size_t n = np.PyArray_SIZE(X)
    cdef bint f32 = single(X)
    cdef void* y = np.PyArray_DATA(Y)
    cdef void* x = np.PyArray_DATA(X)
    if n <= SMALL:
        call(op, f32, y, x, n, p)
    else:
        with nogil:
            call(op, f32, y, x, n, p)
    return Y


cdef inline np.ndarray map2_(const Map2Op* op, np.ndarray dY, np.ndarray X, np.ndarray out, const double* p=NULL):
    """A function of dY and X, into `out` (one of the two) or, if that is None, a new array."""
    if not one_order(dY, X):
        Z = map2_(op, in_rows(dY), in_rows(X), None, p)
        return Z if out is None else written(Z, out)
    cdef np.ndarray dX = new_in_order(dY) if out is None else out
    cdef size_t n = np.PyArray_SIZE(X)
    cdef bint f32 = single(X)
    cdef void* dx = np.PyArray_DATA(dX)
    cdef void* dy = np.PyArray_DATA(dY)
    cdef void* x = np.PyArray_DATA(X)
    if n <= SMALL:
        call2(op, f32, dx, dy, x, n, p)
    else:
        with nogil:
            call2(op, f32, dx, dy, x, n, p)
    return dX


cdef inline np.ndarray map3_(const Map3Op* op, np.ndarray dY, np.ndarray X, np.ndarray Y, np.ndarray out):
    """A function of dY, X and Y, into `out` (one of them) or, if that is None, a new array."""
    if not one_order(dY, X) or not one_order(dY, Y):
        Z = map3_(op, in_rows(dY), in_rows(X), in_rows(Y), None)
        return Z if out is None else written(Z, out)
    cdef np.ndarray dX = new_in_order(dY) if out is None else out
    cdef size_t n = np.PyArray_SIZE(X)
    cdef bint f32 = single(X)
    cdef void* dx = np.PyArray_DATA(dX)
    cdef void* dy = np.PyArray_DATA(dY)
    cdef void* x = np.PyArray_DATA(X)
    cdef void* y = np.PyArray_DATA(Y)
    with nogil:
        if f32:
            op.f32(<float*>dx, <float*>dy, <float*>x, <float*>y, n, NULL)
        else:
            op.f64(<double*>dx, <double*>dy, <double*>x, <double*>y, n, NULL)
    return dX

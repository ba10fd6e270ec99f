"""Reductions over ragged sequences on the CPU. What is no contiguous float array with sound lengths, or has no
kernel, goes to the reference, which also words the errors."""

cimport numpy as np
from libc.stdint cimport int32_t

from ._arrays cimport ints, is_ints, is_matrix, is_single, total
from ._isa cimport Isa, chosen
from ._memory cimport new2

from ..reference.reductions import Reductions as Reference

np.import_array()

__all__ = ["Reductions"]

cdef extern from "thinc/kernels/reductions.h" namespace "thinc":
    cdef struct SegmentOp:
        void (*f32)(float*, const float*, const int32_t*, size_t, size_t) noexcept nogil
        void (*f64)(double*, const double*, const int32_t*, size_t, size_t) noexcept nogil
    cdef struct SegmentMaxOp:
        void (*f32)(float*, int32_t*, const float*, const int32_t*, size_t, size_t) noexcept nogil
        void (*f64)(double*, int32_t*, const double*, const int32_t*, size_t, size_t) noexcept nogil
    cdef struct SegmentPlaceOp:
        void (*f32)(float*, const float*, const int32_t*, const int32_t*, size_t, size_t) noexcept nogil
        void (*f64)(double*, const double*, const int32_t*, const int32_t*, size_t, size_t) noexcept nogil
    cdef struct ReductionsTable:
        SegmentOp sum
        SegmentOp mean
        SegmentMaxOp max
        SegmentOp backprop_sum
        SegmentOp backprop_mean
        SegmentPlaceOp backprop_max
    const ReductionsTable* table "thinc::table_at<thinc::ReductionsTable>"(Isa)

cdef const ReductionsTable* K = table(chosen())


cdef bint segmented(object X, object lengths, int32_t least) noexcept:
    return is_matrix(X) and total(lengths, least) == np.PyArray_DIM(<np.ndarray>X, 0)


cdef bint per_segment(object dY, object lengths) noexcept:
    return (
        is_matrix(dY)
        and 0 <= total(lengths, 0) < 2**31
        and np.PyArray_DIM(<np.ndarray>lengths, 0) == np.PyArray_DIM(<np.ndarray>dY, 0)
    )


cdef bint rows_within(object which, np.ndarray dY, object lengths) noexcept:
    """Does which (B, O) of int32 name a row of its own segment everywhere?"""
    if not is_ints(which) or not np.PyArray_SAMESHAPE(<np.ndarray>which, dY):
        return False
    cdef const int32_t* n = ints(lengths)
    cdef const int32_t* w = ints(which)
    cdef size_t B = np.PyArray_DIM(dY, 0), O = np.PyArray_DIM(dY, 1), b, o
    cdef bint bad = False
    for b in range(B):
        for o in range(O):
            bad |= w[b * O + o] < 0 or w[b * O + o] >= n[b]
    return not bad


cdef inline np.npy_intp count(object lengths) noexcept:
    return np.PyArray_DIM(<np.ndarray>lengths, 0)


cdef np.ndarray segments_(const SegmentOp* op, np.npy_intp rows, np.ndarray X, object lengths):
    """A new (rows, O) array, filled by a kernel that goes over the segments of X or of the result."""
    cdef size_t O = np.PyArray_DIM(X, 1), B = count(lengths)
    cdef np.ndarray Y = new2(rows, O, np.PyArray_TYPE(X))
    cdef const int32_t* n = ints(lengths)
    cdef void* y = np.PyArray_DATA(Y)
    cdef void* x = np.PyArray_DATA(X)
    cdef bint single = is_single(X)
    with nogil:
        if single:
            op.f32(<float*>y, <float*>x, n, B, O)
        else:
            op.f64(<double*>y, <double*>x, n, B, O)
    return Y


cdef tuple segments_max_(np.ndarray X, object lengths):
    cdef size_t O = np.PyArray_DIM(X, 1), B = count(lengths)
    cdef np.ndarray Y = new2(B, O, np.PyArray_TYPE(X)), which = new2(B, O, np.NPY_INT32)
    cdef const int32_t* n = ints(lengths)
    cdef int32_t* w = <int32_t*>np.PyArray_DATA(which)
    cdef void* y = np.PyArray_DATA(Y)
    cdef void* x = np.PyArray_DATA(X)
    cdef bint single = is_single(X)
    with nogil:
        if single:
            K.max.f32(<float*>y, w, <float*>x, n, B, O)
        else:
            K.max.f64(<double*>y, w, <double*>x, n, B, O)
    return Y, which


cdef np.ndarray segments_place_(np.npy_intp rows, np.ndarray dY, object which, object lengths):
    cdef size_t O = np.PyArray_DIM(dY, 1), B = count(lengths)
    cdef np.ndarray dX = new2(rows, O, np.PyArray_TYPE(dY))
    cdef const int32_t* n = ints(lengths)
    cdef const int32_t* w = ints(which)
    cdef void* dx = np.PyArray_DATA(dX)
    cdef void* dy = np.PyArray_DATA(dY)
    cdef bint single = is_single(dY)
    with nogil:
        if single:
            K.backprop_max.f32(<float*>dx, <float*>dy, w, n, B, O)
        else:
            K.backprop_max.f64(<double*>dx, <double*>dy, w, n, B, O)
    return dX


class Reductions(Reference):
    def reduce_sum(self, X, lengths):
        if not segmented(X, lengths, 0):
            return super().reduce_sum(X, lengths)
        return segments_(&K.sum, count(lengths), X, lengths)

    def backprop_reduce_sum(self, d_sums, lengths):
        if not per_segment(d_sums, lengths):
            return super().backprop_reduce_sum(d_sums, lengths)
        return segments_(&K.backprop_sum, total(lengths, 0), d_sums, lengths)

    def reduce_mean(self, X, lengths):
        if not segmented(X, lengths, 0):
            return super().reduce_mean(X, lengths)
        return segments_(&K.mean, count(lengths), X, lengths)

    def backprop_reduce_mean(self, d_means, lengths):
        if not per_segment(d_means, lengths):
            return super().backprop_reduce_mean(d_means, lengths)
        return segments_(&K.backprop_mean, total(lengths, 0), d_means, lengths)

    def reduce_max(self, X, lengths):
        if not segmented(X, lengths, 1):
            return super().reduce_max(X, lengths)
        return segments_max_(X, lengths)

    def backprop_reduce_max(self, d_maxes, which, lengths):
        if not per_segment(d_maxes, lengths) or total(lengths, 1) < 0 or not rows_within(which, d_maxes, lengths):
            return super().backprop_reduce_max(d_maxes, which, lengths)
        return segments_place_(total(lengths, 1), d_maxes, which, lengths)

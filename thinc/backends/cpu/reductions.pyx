"""Reductions over ragged sequences on the CPU. What is no contiguous float array with sound lengths, or has no
kernel, goes to the reference, which also words the errors."""

cimport numpy as np
from libc.stdint cimport int32_t
from libc.string cimport memcpy, memset

from ._arrays cimport ints, is_ints, is_matrix, is_single, total
from ._isa cimport Isa, chosen
from ._memory cimport new1, new2

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


cdef bint increasing(object rows, np.npy_intp least_size) noexcept:
    """Is `rows` int32 (N,), N at least that, each >= 0 and above the one before?"""
    if not is_ints(rows) or np.PyArray_NDIM(<np.ndarray>rows) != 1 or count(rows) < least_size:
        return False
    cdef const int32_t* r = ints(rows)
    cdef np.npy_intp i
    for i in range(1, count(rows)):
        if r[i] <= r[i - 1]:
            return False
    return r[0] >= 0


cdef size_t row_bytes(np.ndarray X) noexcept:
    """Size of a row. The stride tells that only where there are two rows."""
    return np.PyArray_DIM(X, 1) * np.PyArray_ITEMSIZE(X)


cdef bint rowed(object X, object lengths) noexcept:
    """Is X a matrix of native numbers of any kind and layout, whose rows belong to sequences that have some?"""
    if not np.PyArray_CheckExact(X) or np.PyArray_NDIM(<np.ndarray>X) != 2:
        return False
    if np.PyArray_TYPE(<np.ndarray>X) > np.NPY_CLONGDOUBLE or not np.PyArray_ISNOTSWAPPED(<np.ndarray>X):
        return False
    return total(lengths, 1) == np.PyArray_DIM(<np.ndarray>X, 0)


cdef np.ndarray rows_at(np.ndarray X, const int32_t* rows, size_t B):
    """A new (B, O) array of these rows of X, which may have any strides."""
    cdef np.ndarray Y = new2(B, np.PyArray_DIM(X, 1), np.PyArray_TYPE(X))
    cdef size_t O = np.PyArray_DIM(X, 1), size = np.PyArray_ITEMSIZE(X), b, o
    cdef np.npy_intp down = np.PyArray_STRIDE(X, 0), right = np.PyArray_STRIDE(X, 1)
    cdef char* y = <char*>np.PyArray_DATA(Y)
    cdef const char* x = <const char*>np.PyArray_DATA(X)
    with nogil:
        if right == <np.npy_intp>size or O <= 1:
            for b in range(B):
                memcpy(y + b * O * size, x + rows[b] * down, O * size)
        elif size == 4:
            for b in range(B):
                for o in range(O):
                    memcpy(y + (b * O + o) * 4, x + rows[b] * down + <np.npy_intp>o * right, 4)
        else:
            for b in range(B):
                for o in range(O):
                    memcpy(y + (b * O + o) * size, x + rows[b] * down + <np.npy_intp>o * right, size)
    return Y


cdef np.ndarray placed_at(np.ndarray dY, const int32_t* rows, np.npy_intp T):
    """A new (T, O) array with the rows of dY at these places, in increasing order, and zeros between them."""
    cdef np.ndarray dX = new2(T, np.PyArray_DIM(dY, 1), np.PyArray_TYPE(dY))
    cdef size_t row = row_bytes(dY), B = np.PyArray_DIM(dY, 0), b, end = 0
    cdef char* dx = <char*>np.PyArray_DATA(dX)
    cdef const char* dy = <const char*>np.PyArray_DATA(dY)
    with nogil:
        for b in range(B):
            memset(dx + end * row, 0, (rows[b] - end) * row)
            memcpy(dx + rows[b] * row, dy + b * row, row)
            end = rows[b] + 1
        memset(dx + end * row, 0, (T - end) * row)
    return dX


class Reductions(Reference):
    def reduce_first(self, X, lengths):
        if not rowed(X, lengths) or not count(lengths):
            return super().reduce_first(X, lengths)
        cdef np.npy_intp B = count(lengths), b
        cdef np.ndarray starts_ends = new1(B + 1, np.NPY_INT32)
        cdef int32_t* starts = <int32_t*>np.PyArray_DATA(starts_ends)
        starts[0] = 0
        for b in range(B):
            starts[b + 1] = starts[b] + ints(lengths)[b]
        return rows_at(X, starts, B), starts_ends

    def backprop_reduce_first(self, d_firsts, starts_ends):
        if not is_matrix(d_firsts) or not increasing(starts_ends, 2) or ints(starts_ends)[0] != 0:
            return super().backprop_reduce_first(d_firsts, starts_ends)
        cdef np.npy_intp B = np.PyArray_DIM(<np.ndarray>d_firsts, 0)
        if count(starts_ends) != B + 1:
            return super().backprop_reduce_first(d_firsts, starts_ends)
        return placed_at(d_firsts, ints(starts_ends), ints(starts_ends)[B])

    def reduce_last(self, X, lengths):
        if not rowed(X, lengths):
            return super().reduce_last(X, lengths)
        cdef np.npy_intp B = count(lengths), b
        cdef np.ndarray lasts = new1(B, np.NPY_INT32)
        cdef int32_t* last = <int32_t*>np.PyArray_DATA(lasts)
        cdef int32_t end = 0
        for b in range(B):
            end += ints(lengths)[b]
            last[b] = end - 1
        return rows_at(X, last, B), lasts

    def backprop_reduce_last(self, d_lasts, lasts):
        if not is_matrix(d_lasts) or not increasing(lasts, 1) or count(lasts) != np.PyArray_DIM(<np.ndarray>d_lasts, 0):
            return super().backprop_reduce_last(d_lasts, lasts)
        return placed_at(d_lasts, ints(lasts), ints(lasts)[count(lasts) - 1] + 1)

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

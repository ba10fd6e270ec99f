"""Softmax and layer normalisation on the CPU."""

cimport numpy as np
from libc.stdint cimport int32_t

from ._arrays cimport ints, is_float, is_matrix, is_single, same_dtype, same_kind, total
from ._isa cimport Isa, chosen
from ._memory cimport fill_zeros, new_array, new_like

from ..reference.normalization import Normalization as Reference

np.import_array()

__all__ = ["Normalization"]

ctypedef fused real:
    float
    double

cdef extern from "thinc/kernels/normalization.h" namespace "thinc":
    cdef cppclass NormalizationKernels[T]:
        void (*softmax)(T*, const T*, size_t, size_t, T) noexcept nogil
        void (*backprop_softmax)(T*, const T*, const T*, size_t, size_t, T) noexcept nogil
        void (*softmax_sequences)(T*, const T*, const int32_t*, size_t, size_t) noexcept nogil
        void (*backprop_softmax_sequences)(T*, const T*, const T*, const int32_t*, size_t, size_t) noexcept nogil
        void (*layer_norm)(T*, T*, T*, const T*, const T*, const T*, size_t, size_t, double) noexcept nogil
        void (*backprop_layer_norm)(
            T*, T*, T*, const T*, const T*, const T*, const T*, const T*, size_t, size_t
        ) noexcept nogil
    cdef cppclass AxisKernels[T]:
        void (*softmax)(T*, const T*, size_t, size_t, size_t, T) noexcept nogil
        void (*backprop_softmax)(T*, const T*, const T*, size_t, size_t, size_t, T) noexcept nogil
    cdef struct NormalizationTable:
        NormalizationKernels[float] f32
        NormalizationKernels[double] f64
        AxisKernels[float] axis_f32
        AxisKernels[double] axis_f64
    const NormalizationTable* table "thinc::table_at<thinc::NormalizationTable>"(Isa)

cdef const NormalizationTable* K = table(chosen())


cdef inline const NormalizationKernels[real]* kernels(real* dtype) noexcept:
    if real is float:
        return &K.f32
    else:
        return &K.f64


cdef inline const AxisKernels[real]* axis_kernels(real* dtype) noexcept:
    if real is float:
        return &K.axis_f32
    else:
        return &K.axis_f64


cdef inline size_t width(np.ndarray X) noexcept:
    """Elements along the last axis."""
    return np.PyArray_DIM(X, np.PyArray_NDIM(X) - 1)


cdef inline bint has_rows(object X) noexcept:
    """Is X a contiguous float array of rows that are not empty?"""
    return is_float(X) and np.PyArray_NDIM(<np.ndarray>X) >= 2 and width(X) > 0


cdef inline int axis_of(object X, object axis, object temperature):
    """The axis, counted from the front, if a kernel can normalise over it; else -1."""
    cdef int ndim = np.PyArray_NDIM(<np.ndarray>X) if is_float(X) else 0
    if type(axis) is not int or not -ndim <= axis < ndim:
        return -1
    if not (type(temperature) is float or type(temperature) is int) or not 0 < temperature <= 1e30:
        return -1
    cdef int found = axis if axis >= 0 else axis + ndim
    return found if np.PyArray_DIM(<np.ndarray>X, found) > 0 else -1


cdef inline bint is_vector(object G, np.ndarray X) noexcept:
    """Is G a vector with the dtype of X and one element for each of its columns?"""
    return same_dtype(X, G) and np.PyArray_NDIM(<np.ndarray>G) == 1 and width(<np.ndarray>G) == width(X)


cdef struct Axes:
    size_t N, A, O


cdef Axes around(np.ndarray X, int axis) noexcept:
    """The product of the sizes before the axis, its size, and the product of those after it."""
    cdef Axes sizes
    cdef int i
    sizes.N, sizes.A, sizes.O = 1, np.PyArray_DIM(X, axis), 1
    for i in range(axis):
        sizes.N *= np.PyArray_DIM(X, i)
    for i in range(axis + 1, np.PyArray_NDIM(X)):
        sizes.O *= np.PyArray_DIM(X, i)
    return sizes


cdef void softmax_(real* Y, np.ndarray X, int axis, double temperature) noexcept:
    cdef const NormalizationKernels[real]* k = kernels(Y)
    cdef const AxisKernels[real]* axis_k = axis_kernels(Y)
    cdef const real* x = <const real*>np.PyArray_DATA(X)
    cdef Axes n = around(X, axis)
    cdef real inverse = <real>(1 / temperature)
    with nogil:
        if n.O == 1:
            k.softmax(Y, x, n.N, n.A, inverse)
        else:
            axis_k.softmax(Y, x, n.N, n.A, n.O, inverse)


cdef void backprop_softmax_(real* dX, np.ndarray dY, np.ndarray Y, int axis, double temperature) noexcept:
    cdef const NormalizationKernels[real]* k = kernels(dX)
    cdef const AxisKernels[real]* axis_k = axis_kernels(dX)
    cdef const real* dy = <const real*>np.PyArray_DATA(dY)
    cdef const real* y = <const real*>np.PyArray_DATA(Y)
    cdef Axes n = around(Y, axis)
    cdef real inverse = <real>(1 / temperature)
    with nogil:
        if n.O == 1:
            k.backprop_softmax(dX, dy, y, n.N, n.A, inverse)
        else:
            axis_k.backprop_softmax(dX, dy, y, n.N, n.A, n.O, inverse)


cdef void softmax_sequences_(real* Y, np.ndarray X, object lengths) noexcept:
    cdef const NormalizationKernels[real]* k = kernels(Y)
    cdef const real* x = <const real*>np.PyArray_DATA(X)
    cdef const int32_t* n = ints(lengths)
    cdef size_t O = width(X), B = np.PyArray_SIZE(<np.ndarray>lengths)
    with nogil:
        k.softmax_sequences(Y, x, n, B, O)


cdef void backprop_softmax_sequences_(real* dX, np.ndarray dY, np.ndarray Y, object lengths) noexcept:
    cdef const NormalizationKernels[real]* k = kernels(dX)
    cdef const real* dy = <const real*>np.PyArray_DATA(dY)
    cdef const real* y = <const real*>np.PyArray_DATA(Y)
    cdef const int32_t* n = ints(lengths)
    cdef size_t O = width(Y), B = np.PyArray_SIZE(<np.ndarray>lengths)
    with nogil:
        k.backprop_softmax_sequences(dX, dy, y, n, B, O)


cdef tuple layer_norm_(real* dtype, np.ndarray X, np.ndarray G, np.ndarray b, double eps):
    cdef const NormalizationKernels[real]* k = kernels(dtype)
    cdef int ndim = np.PyArray_NDIM(X), typenum = np.PyArray_TYPE(X)
    cdef np.ndarray Y = new_like(X)
    cdef np.ndarray mean = new_array(ndim - 1, np.PyArray_DIMS(X), typenum)
    cdef np.ndarray rstd = new_array(ndim - 1, np.PyArray_DIMS(X), typenum)
    cdef real* y = <real*>np.PyArray_DATA(Y)
    cdef real* mu = <real*>np.PyArray_DATA(mean)
    cdef real* r = <real*>np.PyArray_DATA(rstd)
    cdef const real* x = <const real*>np.PyArray_DATA(X)
    cdef const real* g = <const real*>np.PyArray_DATA(G)
    cdef const real* bias = <const real*>np.PyArray_DATA(b)
    cdef size_t I = width(X), B = np.PyArray_SIZE(mean)
    with nogil:
        k.layer_norm(y, mu, r, x, g, bias, B, I, eps)
    return Y, mean, rstd


cdef tuple backprop_layer_norm_(
    real* dtype, np.ndarray dY, np.ndarray X, np.ndarray mean, np.ndarray rstd, np.ndarray G
):
    cdef const NormalizationKernels[real]* k = kernels(dtype)
    cdef np.ndarray dX = new_like(X), dG = new_like(G), db = new_like(G)
    cdef real* dx = <real*>np.PyArray_DATA(dX)
    cdef real* dg = <real*>np.PyArray_DATA(dG)
    cdef real* dbias = <real*>np.PyArray_DATA(db)
    cdef const real* dy = <const real*>np.PyArray_DATA(dY)
    cdef const real* x = <const real*>np.PyArray_DATA(X)
    cdef const real* mu = <const real*>np.PyArray_DATA(mean)
    cdef const real* r = <const real*>np.PyArray_DATA(rstd)
    cdef const real* g = <const real*>np.PyArray_DATA(G)
    cdef size_t I = width(X), B = np.PyArray_SIZE(mean)
    fill_zeros(dG)
    fill_zeros(db)
    with nogil:
        k.backprop_layer_norm(dx, dg, dbias, dy, x, mu, r, g, B, I)
    return dX, dG, db


cdef bint is_statistic(object mean, np.ndarray X) noexcept:
    """Is this one number per row of X, in its dtype?"""
    cdef int rank = np.PyArray_NDIM(X) - 1
    if not same_dtype(X, mean) or np.PyArray_NDIM(<np.ndarray>mean) != rank:
        return False
    return np.PyArray_CompareLists(np.PyArray_DIMS(<np.ndarray>mean), np.PyArray_DIMS(X), rank)


class Normalization(Reference):
    def softmax(self, x, *, inplace=False, axis=-1, temperature=1.0):
        cdef int along = axis_of(x, axis, temperature)
        if along < 0:
            return super().softmax(x, inplace=inplace, axis=axis, temperature=temperature)
        cdef np.ndarray Y = new_like(x)
        if is_single(Y):
            softmax_[float](<float*>np.PyArray_DATA(Y), x, along, temperature)
        else:
            softmax_[double](<double*>np.PyArray_DATA(Y), x, along, temperature)
        return Y

    def backprop_softmax(self, Y, dY, *, axis=-1, temperature=1.0):
        cdef int along = axis_of(Y, axis, temperature)
        if along < 0 or not same_kind(Y, dY):
            return super().backprop_softmax(Y, dY, axis=axis, temperature=temperature)
        cdef np.ndarray dX = new_like(Y)
        if is_single(dX):
            backprop_softmax_[float](<float*>np.PyArray_DATA(dX), dY, Y, along, temperature)
        else:
            backprop_softmax_[double](<double*>np.PyArray_DATA(dX), dY, Y, along, temperature)
        return dX

    def softmax_sequences(self, Xs, lengths, *, inplace=False, axis=-1):
        if not is_matrix(Xs) or total(lengths, 0) != np.PyArray_DIM(<np.ndarray>Xs, 0):
            return super().softmax_sequences(Xs, lengths, inplace=inplace, axis=axis)
        cdef np.ndarray Y = new_like(Xs)
        if is_single(Y):
            softmax_sequences_[float](<float*>np.PyArray_DATA(Y), Xs, lengths)
        else:
            softmax_sequences_[double](<double*>np.PyArray_DATA(Y), Xs, lengths)
        return Y

    def backprop_softmax_sequences(self, dY, Y, lengths):
        if not is_matrix(Y) or not same_kind(Y, dY) or total(lengths, 0) != np.PyArray_DIM(<np.ndarray>Y, 0):
            return super().backprop_softmax_sequences(dY, Y, lengths)
        cdef np.ndarray dX = new_like(Y)
        if is_single(dX):
            backprop_softmax_sequences_[float](<float*>np.PyArray_DATA(dX), dY, Y, lengths)
        else:
            backprop_softmax_sequences_[double](<double*>np.PyArray_DATA(dX), dY, Y, lengths)
        return dX

    def layer_norm(self, X, G, b, eps=1e-8):
        cdef bint sound = has_rows(X) and is_vector(G, X) and is_vector(b, X)
        if not sound or type(eps) is not float or not 0 <= eps < 1e30:
            return super().layer_norm(X, G, b, eps)
        if is_single(X):
            return layer_norm_[float](<float*>NULL, X, G, b, eps)
        return layer_norm_[double](<double*>NULL, X, G, b, eps)

    def backprop_layer_norm(self, dY, X, mean, rstd, G):
        if not has_rows(X) or not same_kind(X, dY) or not is_vector(G, X):
            return super().backprop_layer_norm(dY, X, mean, rstd, G)
        if not is_statistic(mean, X) or not is_statistic(rstd, X):
            return super().backprop_layer_norm(dY, X, mean, rstd, G)
        if is_single(X):
            return backprop_layer_norm_[float](<float*>NULL, dY, X, mean, rstd, G)
        return backprop_layer_norm_[double](<double*>NULL, dY, X, mean, rstd, G)

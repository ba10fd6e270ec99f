"""Log loss and cosine similarity on the CPU."""

cimport numpy as np

from ._arrays cimport is_float, is_matrix, is_single, same_dtype, same_kind
from ._isa cimport Isa, chosen
from ._memory cimport new1, new_like

from ..reference.distances import Distances as Reference

np.import_array()

__all__ = ["Distances"]

ctypedef fused real:
    float
    double

cdef extern from "thinc/kernels/distances.h" namespace "thinc":
    cdef cppclass DistancesKernels[T]:
        void (*logloss)(T*, const T*, const T*, size_t) noexcept nogil
        void (*cosine)(T*, const T*, const T*, size_t, size_t) noexcept nogil
        void (*backprop_cosine)(T*, T*, const T*, const T*, const T*, size_t, size_t) noexcept nogil
    cdef struct DistancesTable:
        DistancesKernels[float] f32
        DistancesKernels[double] f64
    const DistancesTable* table "thinc::table_at<thinc::DistancesTable>"(Isa)

cdef const DistancesTable* K = table(chosen())


cdef inline void* data(object X) noexcept:
    return np.PyArray_DATA(<np.ndarray>X)


cdef inline bint is_pair(object X, object Y) noexcept:
    """Are these two float matrices of one shape and dtype?"""
    return is_matrix(X) and same_kind(<np.ndarray>X, Y)


cdef void cosine_(const DistancesKernels[real]* k, real* s, object X, object Y) noexcept:
    cdef const real* x = <const real*>data(X)
    cdef const real* y = <const real*>data(Y)
    cdef size_t N = np.PyArray_DIM(<np.ndarray>X, 0), O = np.PyArray_DIM(<np.ndarray>X, 1)
    with nogil:
        k.cosine(s, x, y, N, O)


cdef void backprop_cosine_(
    const DistancesKernels[real]* k, object dX, object dY, object d_sim, object X, object Y
) noexcept:
    cdef real* dx = <real*>data(dX)
    cdef real* dy = <real*>data(dY)
    cdef const real* d = <const real*>data(d_sim)
    cdef const real* x = <const real*>data(X)
    cdef const real* y = <const real*>data(Y)
    cdef size_t N = np.PyArray_DIM(<np.ndarray>X, 0), O = np.PyArray_DIM(<np.ndarray>X, 1)
    with nogil:
        k.backprop_cosine(dx, dy, d, x, y, N, O)


cdef void logloss_(const DistancesKernels[real]* k, real* out, object y_true, object y_pred) noexcept:
    cdef const real* y = <const real*>data(y_true)
    cdef const real* p = <const real*>data(y_pred)
    cdef size_t n = np.PyArray_SIZE(<np.ndarray>y_true)
    with nogil:
        k.logloss(out, y, p, n)


class Distances(Reference):
    def logloss(self, y_true, y_pred):
        if not is_float(y_true) or not same_kind(<np.ndarray>y_true, y_pred):
            return super().logloss(y_true, y_pred)
        cdef np.ndarray out = new_like(y_true)
        if is_single(out):
            logloss_[float](&K.f32, <float*>data(out), y_true, y_pred)
        else:
            logloss_[double](&K.f64, <double*>data(out), y_true, y_pred)
        return out

    def cosine(self, X, Y):
        if not is_pair(X, Y):
            return super().cosine(X, Y)
        cdef np.ndarray s = new1(np.PyArray_DIM(<np.ndarray>X, 0), np.PyArray_TYPE(<np.ndarray>X))
        if is_single(s):
            cosine_[float](&K.f32, <float*>data(s), X, Y)
        else:
            cosine_[double](&K.f64, <double*>data(s), X, Y)
        return s

    def backprop_cosine(self, d_sim, X, Y):
        if not is_pair(X, Y) or not same_dtype(<np.ndarray>X, d_sim) or np.PyArray_NDIM(<np.ndarray>d_sim) != 1:
            return super().backprop_cosine(d_sim, X, Y)
        if np.PyArray_DIM(<np.ndarray>d_sim, 0) != np.PyArray_DIM(<np.ndarray>X, 0):
            return super().backprop_cosine(d_sim, X, Y)
        cdef np.ndarray dX = new_like(X), dY = new_like(Y)
        if is_single(dX):
            backprop_cosine_[float](&K.f32, dX, dY, d_sim, X, Y)
        else:
            backprop_cosine_[double](&K.f64, dX, dY, d_sim, X, Y)
        return dX, dY

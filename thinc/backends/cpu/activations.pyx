"""Elementwise functions on the CPU: reference, formula and loop joined."""

cimport numpy as np

from ._arrays cimport SMALL, is_float, is_writable, same_kind
from ._isa cimport Isa, chosen
from ._memory cimport new_like

from ..reference.activations import Activations as Reference

np.import_array()

__all__ = ["Activations"]

cdef extern from "thinc/kernels/activations.h" namespace "thinc":
    cdef struct MapOp:
        void (*f32)(float*, const float*, size_t, const double*) noexcept nogil
        void (*f64)(double*, const double*, size_t, const double*) noexcept nogil
    cdef struct Map2Op:
        void (*f32)(float*, const float*, const float*, size_t, const double*) noexcept nogil
        void (*f64)(double*, const double*, const double*, size_t, const double*) noexcept nogil
    cdef struct ActivationsTable:
        MapOp relu
        Map2Op backprop_relu
    const ActivationsTable* table "thinc::table_at<thinc::ActivationsTable>"(Isa)

cdef const ActivationsTable* K = table(chosen())


cdef void run(const MapOp* op, np.ndarray Y, np.ndarray X, const double* p) noexcept:
    cdef size_t n = np.PyArray_SIZE(X)
    cdef void* y = np.PyArray_DATA(Y)
    cdef void* x = np.PyArray_DATA(X)
    cdef bint single = np.PyArray_TYPE(X) == np.NPY_FLOAT32
    if n <= SMALL:
        if single:
            op.f32(<float*>y, <float*>x, n, p)
        else:
            op.f64(<double*>y, <double*>x, n, p)
    else:
        with nogil:
            if single:
                op.f32(<float*>y, <float*>x, n, p)
            else:
                op.f64(<double*>y, <double*>x, n, p)


cdef np.ndarray map_(const MapOp* op, np.ndarray X, bint inplace, const double* p):
    cdef np.ndarray Y = X if inplace else new_like(X)
    run(op, Y, X, p)
    return Y


cdef np.ndarray map2_(const Map2Op* op, np.ndarray dY, np.ndarray X, bint inplace, const double* p):
    cdef np.ndarray dX = dY if inplace else new_like(dY)
    cdef size_t n = np.PyArray_SIZE(X)
    cdef bint single = np.PyArray_TYPE(X) == np.NPY_FLOAT32
    cdef void* out = np.PyArray_DATA(dX)
    cdef void* dy = np.PyArray_DATA(dY)
    cdef void* x = np.PyArray_DATA(X)
    with nogil:
        if single:
            op.f32(<float*>out, <float*>dy, <float*>x, n, p)
        else:
            op.f64(<double*>out, <double*>dy, <double*>x, n, p)
    return dX


cdef bint native(object X, bint inplace):
    return is_float(X) and (not inplace or is_writable(<np.ndarray>X))


class Activations(Reference):
    def relu(self, X, inplace=False):
        if not native(X, inplace):
            return super().relu(X, inplace)
        return map_(&K.relu, X, inplace, NULL)

    def backprop_relu(self, dY, Y, inplace=False):
        if not native(dY, inplace) or not same_kind(dY, Y):
            return super().backprop_relu(dY, Y, inplace)
        return map2_(&K.backprop_relu, dY, Y, inplace, NULL)

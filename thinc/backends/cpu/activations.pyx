"""Elementwise functions and maxout on the CPU: reference, formulas and loops joined.

A method tests in a few nanoseconds whether the kernel can take the arrays (`native`, `like`), and otherwise hands
the call to the reference, which copes with them or words the error.
"""

cimport numpy as np
from libc.stdint cimport int32_t

from ._arrays cimport is_float, is_ints, is_matrix
from ._isa cimport Isa, chosen, named
from ._maps cimport Map2Op, Map3Op, MapOp, like, map2_, map3_, map_, native, single
from ._memory cimport new2, new3

from .. import checks
from ..reference.activations import Activations as Reference

np.import_array()

__all__ = ["Activations"]

MATH = ("exp", "log", "tanh", "erf", "sigmoid")

cdef extern from "thinc/kernels/activations.h" namespace "thinc":
    cdef struct ActivationsTable:
        MapOp math[5]
        MapOp sigmoid, dsigmoid, dtanh, relu, clipped_linear, hard_swish, hard_swish_mobilenet, swish, dish, mish
        MapOp polynomial_erf, sechsq, gelu, gelu_approx
        Map2Op backprop_sigmoid, backprop_relu, backprop_clipped_linear
        Map2Op backprop_hard_swish, backprop_hard_swish_mobilenet
        Map2Op backprop_dish, backprop_mish, backprop_gelu, backprop_gelu_approx
        Map3Op backprop_swish
        void (*maxout_f32)(float*, int32_t*, const float*, size_t, size_t) noexcept nogil
        void (*maxout_f64)(double*, int32_t*, const double*, size_t, size_t) noexcept nogil
        void (*backprop_maxout_f32)(float*, const float*, const int32_t*, size_t, size_t) noexcept nogil
        void (*backprop_maxout_f64)(double*, const double*, const int32_t*, size_t, size_t) noexcept nogil
        bint (*all_below)(const int32_t*, size_t, size_t) noexcept nogil
    const ActivationsTable* table "thinc::table_at<thinc::ActivationsTable>"(Isa)

cdef const ActivationsTable* K = table(chosen())


cdef double number(str op, str name, object value) except? -1.0:
    return <double>value if isinstance(value, float) else checks.number(op, name, value)


cdef np.ndarray line_(str op, X, bint inplace, slope, offset, least, most):
    cdef double[4] p
    p[0], p[1] = number(op, "slope", slope), number(op, "offset", offset)
    p[2], p[3] = number(op, "min_val", least), number(op, "max_val", most)
    return map_(&K.clipped_linear, X, inplace, p)


cdef np.ndarray dline_(str op, dY, X, bint inplace, slope, offset, least, most):
    """With the bounds of the result turned into bounds of X; without a slope there is nothing between them."""
    cdef double k = number(op, "slope", slope), b = number(op, "offset", offset)
    cdef double low = number(op, "min_val", least), high = number(op, "max_val", most)
    cdef double[3] p = [k, 0.0, 0.0]
    if k != 0.0:
        low, high = (low - b) / k, (high - b) / k
        p[1], p[2] = min(low, high), max(low, high)
    return map2_(&K.backprop_clipped_linear, dY, X, dY if inplace else None, p)


class Activations(Reference):
    def sigmoid(self, X, *, inplace=False):
        return map_(&K.sigmoid, X, inplace) if native(X, inplace) else super().sigmoid(X, inplace=inplace)

    def backprop_sigmoid(self, dY, Y, *, inplace=False):
        if not native(Y, inplace) or not like(dY, Y, inplace):
            return super().backprop_sigmoid(dY, Y, inplace=inplace)
        return map2_(&K.backprop_sigmoid, dY, Y, Y if inplace else None)

    def dsigmoid(self, Y, *, inplace=False):
        return map_(&K.dsigmoid, Y, inplace) if native(Y, inplace) else super().dsigmoid(Y, inplace=inplace)

    def dtanh(self, Y, *, inplace=False):
        return map_(&K.dtanh, Y, inplace) if native(Y, inplace) else super().dtanh(Y, inplace=inplace)

    def relu(self, X, inplace=False):
        return map_(&K.relu, X, inplace) if native(X, inplace) else super().relu(X, inplace)

    def backprop_relu(self, dY, Y, inplace=False):
        if not native(dY, inplace) or not like(Y, dY, inplace):
            return super().backprop_relu(dY, Y, inplace)
        return map2_(&K.backprop_relu, dY, Y, dY if inplace else None)

    def clipped_linear(self, X, slope=1.0, offset=0.0, min_val=0.0, max_val=1.0, inplace=False):
        if not native(X, inplace):
            return super().clipped_linear(X, slope, offset, min_val, max_val, inplace)
        return line_("clipped_linear", X, inplace, slope, offset, min_val, max_val)

    def backprop_clipped_linear(self, dY, X, slope=1.0, offset=0.0, min_val=0.0, max_val=1.0, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_clipped_linear(dY, X, slope, offset, min_val, max_val, inplace)
        return dline_("backprop_clipped_linear", dY, X, inplace, slope, offset, min_val, max_val)

    def relu_k(self, X, n=6.0, inplace=False):
        if not native(X, inplace):
            return super().relu_k(X, n, inplace)
        return line_("relu_k", X, inplace, 1.0, 0.0, 0.0, n)

    def backprop_relu_k(self, dY, X, n=6.0, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_relu_k(dY, X, n, inplace)
        return dline_("backprop_relu_k", dY, X, inplace, 1.0, 0.0, 0.0, n)

    def hard_sigmoid(self, X, inplace=False):
        if not native(X, inplace):
            return super().hard_sigmoid(X, inplace)
        return line_("hard_sigmoid", X, inplace, 0.2, 0.5, 0.0, 1.0)

    def backprop_hard_sigmoid(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_hard_sigmoid(dY, X, inplace)
        return dline_("backprop_hard_sigmoid", dY, X, inplace, 0.2, 0.5, 0.0, 1.0)

    def hard_tanh(self, X, inplace=False):
        if not native(X, inplace):
            return super().hard_tanh(X, inplace)
        return line_("hard_tanh", X, inplace, 1.0, 0.0, -1.0, 1.0)

    def backprop_hard_tanh(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_hard_tanh(dY, X, inplace)
        return dline_("backprop_hard_tanh", dY, X, inplace, 1.0, 0.0, -1.0, 1.0)

    def hard_swish(self, X, inplace=False):
        return map_(&K.hard_swish, X, inplace) if native(X, inplace) else super().hard_swish(X, inplace)

    def backprop_hard_swish(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_hard_swish(dY, X, inplace)
        return map2_(&K.backprop_hard_swish, dY, X, dY if inplace else None)

    def hard_swish_mobilenet(self, X, inplace=False):
        if not native(X, inplace):
            return super().hard_swish_mobilenet(X, inplace)
        return map_(&K.hard_swish_mobilenet, X, inplace)

    def backprop_hard_swish_mobilenet(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_hard_swish_mobilenet(dY, X, inplace)
        return map2_(&K.backprop_hard_swish_mobilenet, dY, X, dY if inplace else None)

    def dish(self, X, inplace=False):
        return map_(&K.dish, X, inplace) if native(X, inplace) else super().dish(X, inplace)

    def backprop_dish(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_dish(dY, X, inplace)
        return map2_(&K.backprop_dish, dY, X, dY if inplace else None)

    def gelu(self, X, inplace=False):
        return map_(&K.gelu, X, inplace) if native(X, inplace) else super().gelu(X, inplace)

    def backprop_gelu(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_gelu(dY, X, inplace)
        return map2_(&K.backprop_gelu, dY, X, dY if inplace else None)

    def gelu_approx(self, X, inplace=False):
        return map_(&K.gelu_approx, X, inplace) if native(X, inplace) else super().gelu_approx(X, inplace)

    def backprop_gelu_approx(self, dY, X, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_gelu_approx(dY, X, inplace)
        return map2_(&K.backprop_gelu_approx, dY, X, dY if inplace else None)

    def swish(self, X, inplace=False):
        return map_(&K.swish, X, inplace) if native(X, inplace) else super().swish(X, inplace)

    def backprop_swish(self, dY, X, Y, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace) or not like(Y, dY, inplace):
            return super().backprop_swish(dY, X, Y, inplace)
        return map3_(&K.backprop_swish, dY, X, Y, dY if inplace else None)

    def mish(self, X, threshold=20.0, inplace=False):
        if not native(X, inplace):
            return super().mish(X, threshold, inplace)
        cdef double p = number("mish", "threshold", threshold)
        return map_(&K.mish, X, inplace, &p)

    def backprop_mish(self, dY, X, threshold=20.0, inplace=False):
        if not native(dY, inplace) or not like(X, dY, inplace):
            return super().backprop_mish(dY, X, threshold, inplace)
        cdef double p = number("backprop_mish", "threshold", threshold)
        return map2_(&K.backprop_mish, dY, X, dY if inplace else None, &p)

    def erf(self, X):
        return map_(&K.polynomial_erf, X, False) if native(X, False) else super().erf(X)

    def sechsq(self, X):
        return map_(&K.sechsq, X, False) if native(X, False) else super().sechsq(X)

    def maxout(self, X):
        if not is_float(X) or X.ndim != 3 or X.shape[2] == 0:
            return super().maxout(X)
        return maxout_(X)

    def backprop_maxout(self, dY, which, P):
        if not is_matrix(dY) or not is_ints(which) or not np.PyArray_SAMESHAPE(<np.ndarray>which, <np.ndarray>dY):
            return super().backprop_maxout(dY, which, P)
        cdef np.npy_intp nP = P if type(P) is int and 0 <= P < 1 << 31 else checks.integer("backprop_maxout", "P", P)
        if not K.all_below(<int32_t*>np.PyArray_DATA(which), np.PyArray_SIZE(which), nP):
            return super().backprop_maxout(dY, which, P)
        return backprop_maxout_(dY, which, nP)


cdef tuple maxout_(np.ndarray X):
    cdef np.npy_intp* dims = np.PyArray_DIMS(X)
    cdef np.ndarray Y = new2(dims[0], dims[1], np.PyArray_TYPE(X))
    cdef np.ndarray which = new2(dims[0], dims[1], np.NPY_INT32)
    cdef size_t n = np.PyArray_SIZE(Y), nP = dims[2]
    cdef bint f32 = single(X)
    cdef void* y = np.PyArray_DATA(Y)
    cdef void* x = np.PyArray_DATA(X)
    cdef int32_t* at = <int32_t*>np.PyArray_DATA(which)
    with nogil:
        if f32:
            K.maxout_f32(<float*>y, at, <float*>x, n, nP)
        else:
            K.maxout_f64(<double*>y, at, <double*>x, n, nP)
    return Y, which


cdef np.ndarray backprop_maxout_(np.ndarray dY, np.ndarray which, np.npy_intp nP):
    cdef np.npy_intp* dims = np.PyArray_DIMS(dY)
    cdef np.ndarray dX = new3(dims[0], dims[1], nP, np.PyArray_TYPE(dY))
    cdef size_t n = np.PyArray_SIZE(dY)
    cdef bint f32 = single(dY)
    cdef void* dx = np.PyArray_DATA(dX)
    cdef void* dy = np.PyArray_DATA(dY)
    cdef int32_t* at = <int32_t*>np.PyArray_DATA(which)
    with nogil:
        if f32:
            K.backprop_maxout_f32(<float*>dx, <float*>dy, at, n, nP)
        else:
            K.backprop_maxout_f64(<double*>dx, <double*>dy, at, n, nP)
    return dX


def _math(str name, np.ndarray X, level=None):
    """A function of `formula/math.h`, one of MATH, at a level of this machine. For tests."""
    cdef const ActivationsTable* k = K if level is None else table(named(level))
    if not is_float(X):
        raise TypeError(f"_math: X must be contiguous float32 or float64; got {X.dtype}")
    cdef int which = MATH.index(name)
    return map_(&k.math[which], X, False)

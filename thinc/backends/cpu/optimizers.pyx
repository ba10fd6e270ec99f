"""Parameter updates on the CPU, in one pass over memory."""

cimport numpy as np
from libc.math cimport isfinite, sqrt

from ._arrays cimport is_float, is_single, is_writable, same_dtype, same_kind
from ._isa cimport Isa, chosen
from ._maps cimport native
from ._memory cimport in_rows, written

import numpy

from .. import checks
from ..reference.training import Training as Reference

np.import_array()

__all__ = ["Optimizers"]

ctypedef fused real:
    float
    double

cdef extern from "thinc/kernels/optimizers.h" namespace "thinc":
    cdef cppclass Step[T]:
        T learn_rate, beta1, beta2, gain1, gain2, eps, mod_rate, l2, scale, decay, follow
        bint adaptive
    cdef cppclass OptimizerKernels[T]:
        double (*squares)(const T*, const T*, T, size_t) noexcept nogil
        void (*adam)(T*, T*, T*, T*, T*, size_t, const Step[T]*) noexcept nogil
        void (*sgd)(T*, T*, T*, size_t, const Step[T]*) noexcept nogil
        void (*scale)(T*, size_t, T) noexcept nogil
        void (*follow)(T*, const T*, size_t, T) noexcept nogil
    cdef struct OptimizersTable:
        OptimizerKernels[float] f32
        OptimizerKernels[double] f64
    const OptimizersTable* table "thinc::table_at<thinc::OptimizersTable>"(Isa)

cdef const OptimizersTable* K = table(chosen())


cdef inline const OptimizerKernels[real]* kernels(real* dtype) noexcept:
    if real is float:
        return &K.f32
    else:
        return &K.f64


cdef inline bint updatable(object X) noexcept:
    return is_float(X) and is_writable(<np.ndarray>X)


cdef inline bint beside(np.ndarray W, object X) noexcept:
    """Is X a writable array of the dtype and shape of the weights W?"""
    return same_kind(W, X) and is_writable(<np.ndarray>X)


cdef inline bint moment(np.ndarray W, object X) noexcept:
    """Is X a writable array of the dtype and size of the weights W, of any shape?"""
    return same_dtype(W, X) and is_writable(<np.ndarray>X) and np.PyArray_SIZE(<np.ndarray>X) == np.PyArray_SIZE(W)


cdef inline void* data(object X) noexcept:
    return NULL if X is None else np.PyArray_DATA(<np.ndarray>X)


cdef bint prepare(Step[real]* s, np.ndarray W, np.ndarray G, double l2, double clip, bint guard) noexcept:
    """Set the L2 term and the factor of clipping; False if the guard refuses the gradient."""
    cdef const OptimizerKernels[real]* k = kernels(<real*>NULL)
    cdef const real* g = <const real*>np.PyArray_DATA(G)
    cdef const real* w = <const real*>np.PyArray_DATA(W)
    cdef size_t n = np.PyArray_SIZE(W)
    cdef double squares
    cdef real norm
    s.l2 = <real>l2
    s.scale = 1
    s.mod_rate = 1
    if clip == 0 and not guard:
        return True
    with nogil:
        squares = k.squares(g, w, s.l2, n)
    if guard and not isfinite(squares):
        return False
    norm = <real>sqrt(<real>squares)
    if clip != 0 and norm >= <real>clip:
        s.scale = <real>clip / norm
    return True


cdef void adam_(Step[real]* s, object W, object G, object M, object V, object E) noexcept:
    cdef const OptimizerKernels[real]* k = kernels(<real*>NULL)
    cdef real* w = <real*>data(W)
    cdef real* g = <real*>data(G)
    cdef real* m = <real*>data(M)
    cdef real* v = <real*>data(V)
    cdef real* e = <real*>data(E)
    cdef size_t n = np.PyArray_SIZE(<np.ndarray>W)
    with nogil:
        k.adam(w, g, m, v, e, n, s)


cdef void sgd_(Step[real]* s, object W, object G, object E) noexcept:
    cdef const OptimizerKernels[real]* k = kernels(<real*>NULL)
    cdef real* w = <real*>data(W)
    cdef real* g = <real*>data(G)
    cdef real* e = <real*>data(E)
    cdef size_t n = np.PyArray_SIZE(<np.ndarray>W)
    with nogil:
        k.sgd(w, g, e, n, s)


cdef bint adam_update_(real* dtype, object W, object G, object M, object V, object E, double learn_rate, double beta1,
                       double beta2, double eps, object gain1, object gain2, bint adaptive, double l2, double clip,
                       double decay, double follow, bint guard, double mod_rate) except *:
    cdef Step[real] s
    if not prepare[real](&s, W, G, l2, clip, guard):
        return False
    s.learn_rate, s.beta1, s.beta2, s.eps = <real>learn_rate, <real>beta1, <real>beta2, <real>eps
    s.gain1 = 1 - s.beta1 if gain1 is None else <real><double>gain1
    s.gain2 = 1 - s.beta2 if gain2 is None else <real><double>gain2
    s.decay, s.follow, s.mod_rate, s.adaptive = <real>decay, <real>follow, <real>mod_rate, adaptive
    adam_[real](&s, W, G, M, V, E)
    return True


cdef bint sgd_update_(real* dtype, object W, object G, object E, double learn_rate, double l2, double clip,
                      double decay, double follow, bint guard) except *:
    cdef Step[real] s
    if not prepare[real](&s, W, G, l2, clip, guard):
        return False
    s.learn_rate, s.decay, s.follow = <real>learn_rate, <real>decay, <real>follow
    sgd_[real](&s, W, G, E)
    return True


cdef void clip_(real* g, size_t n, double threshold) noexcept:
    cdef const OptimizerKernels[real]* k = kernels(g)
    cdef real norm
    with nogil:
        norm = <real>sqrt(<real>k.squares(g, NULL, 0, n))
        if norm >= <real>threshold and norm > 0:
            k.scale(g, n, <real>threshold / norm)


cdef void follow_(real* e, const real* w, size_t n, double rate) noexcept:
    cdef const OptimizerKernels[real]* k = kernels(e)
    with nogil:
        k.follow(e, w, n, <real>rate)


class Optimizers(Reference):
    def adam(self, weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate, mod_rate=1.0):
        if not (
            updatable(weights) and beside(weights, gradient) and beside(weights, mom1) and beside(weights, mom2)
        ):
            return super().adam(weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate, mod_rate)
        cdef dict numbers = {"beta1": beta1, "beta2": beta2, "eps": eps, "learn_rate": learn_rate, "mod_rate": mod_rate}
        for name, value in numbers.items():
            if type(value) is not float:
                checks.number("adam", name, value)
        if is_single(weights):
            adam_update_[float](<float*>NULL, weights, gradient, mom1, mom2, None, learn_rate, beta1, beta2, eps, None,
                                None, True, 0, 0, 0, 0, False, mod_rate)
        else:
            adam_update_[double](<double*>NULL, weights, gradient, mom1, mom2, None, learn_rate, beta1, beta2, eps,
                                 None, None, True, 0, 0, 0, 0, False, mod_rate)
        return weights, gradient, mom1, mom2

    def clip_gradient(self, gradient, threshold):
        if type(threshold) is not float or not threshold >= 0:
            return super().clip_gradient(gradient, threshold)
        if not updatable(gradient):
            if not native(gradient, True):
                return super().clip_gradient(gradient, threshold)
            return written(self.clip_gradient(in_rows(gradient), threshold), gradient)
        if is_single(gradient):
            clip_[float](<float*>data(gradient), np.PyArray_SIZE(<np.ndarray>gradient), threshold)
        else:
            clip_[double](<double*>data(gradient), np.PyArray_SIZE(<np.ndarray>gradient), threshold)
        return gradient

    def gradient_norm(self, gradient):
        if not is_float(gradient):
            return super().gradient_norm(gradient)
        cdef size_t n = np.PyArray_SIZE(<np.ndarray>gradient)
        cdef void* g = data(gradient)
        cdef bint single = is_single(<np.ndarray>gradient)
        cdef double squares
        with nogil:
            squares = K.f32.squares(<float*>g, NULL, 0, n) if single else K.f64.squares(<double*>g, NULL, 0, n)
        if single:
            return numpy.float32(sqrt(<double><float>squares)), numpy.float64(squares)
        return numpy.float64(sqrt(squares)), numpy.float64(squares)

    def update_averages(self, ema, weights, t, max_decay=0.9999):
        if (
            not updatable(ema) or not same_kind(ema, weights) or type(max_decay) is not float
            or not isinstance(t, (int, float)) or t < 0
        ):
            return super().update_averages(ema, weights, t, max_decay)
        cdef double rate = 1.0 - min((1.0 + t) / (10.0 + t), max_decay)
        if is_single(ema):
            follow_[float](<float*>data(ema), <const float*>data(weights), np.PyArray_SIZE(<np.ndarray>ema), rate)
        else:
            follow_[double](<double*>data(ema), <const double*>data(weights), np.PyArray_SIZE(<np.ndarray>ema), rate)

    def adam_update(self, weights, gradient, mom1, mom2, averages=None, *, learn_rate, beta1, beta2, eps, gain1=None,
                    gain2=None, adaptive=True, l2=0.0, clip=0.0, decay=0.0, follow=0.0, guard=False):
        if (
            not updatable(weights) or not beside(weights, gradient) or not moment(weights, mom1)
            or not moment(weights, mom2) or (averages is not None and not beside(weights, averages))
        ):
            return super().adam_update(
                weights, gradient, mom1, mom2, averages, learn_rate=learn_rate, beta1=beta1, beta2=beta2, eps=eps,
                gain1=gain1, gain2=gain2, adaptive=adaptive, l2=l2, clip=clip, decay=decay, follow=follow, guard=guard,
            )
        if is_single(weights):
            return adam_update_[float](<float*>NULL, weights, gradient, mom1, mom2, averages, learn_rate, beta1, beta2,
                                       eps, gain1, gain2, adaptive, l2, clip, decay, follow, guard, 1)
        return adam_update_[double](<double*>NULL, weights, gradient, mom1, mom2, averages, learn_rate, beta1, beta2,
                                    eps, gain1, gain2, adaptive, l2, clip, decay, follow, guard, 1)

    def sgd_update(self, weights, gradient, averages=None, *, learn_rate, l2=0.0, clip=0.0, decay=0.0, follow=0.0,
                   guard=False):
        if not updatable(weights) or not beside(weights, gradient) or (
            averages is not None and not beside(weights, averages)
        ):
            return super().sgd_update(weights, gradient, averages, learn_rate=learn_rate, l2=l2, clip=clip, decay=decay,
                                      follow=follow, guard=guard)
        if is_single(weights):
            return sgd_update_[float](<float*>NULL, weights, gradient, averages, learn_rate, l2, clip, decay, follow,
                                      guard)
        return sgd_update_[double](<double*>NULL, weights, gradient, averages, learn_rate, l2, clip, decay, follow,
                                   guard)

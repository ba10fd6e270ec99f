"""Windows of rows on the CPU."""

cimport numpy as np
from libc.math cimport cos, pow, sin
from libc.stdint cimport int32_t

from ._arrays cimport ints, is_matrix, is_single, is_writable, total
from ._isa cimport Isa, chosen
from ._memory cimport new1, new2

from ..reference.sequence import Sequence as Reference

np.import_array()

__all__ = ["Sequence"]

cdef extern from "thinc/kernels/sequence.h" namespace "thinc":
    cdef struct WindowOp:
        void (*f32)(float*, const float*, const int32_t*, size_t, size_t, size_t) noexcept nogil
        void (*f64)(double*, const double*, const int32_t*, size_t, size_t, size_t) noexcept nogil
    cdef struct SequenceTable:
        WindowOp seq2col
        WindowOp backprop_seq2col
    const SequenceTable* table "thinc::table_at<thinc::SequenceTable>"(Isa)

cdef const SequenceTable* K = table(chosen())

# Wider windows than this are no windows; the reference refuses what does not fit the memory.
cdef enum:
    WIDEST = 1 << 20


cdef bint windowed(object X, object nW, object lengths):
    """Are these arguments for the kernel: a float matrix, a small window, lengths that cover all rows?"""
    if not is_matrix(X) or type(nW) is not int or not 0 <= nW <= WIDEST:
        return False
    cdef np.npy_intp T = np.PyArray_DIM(<np.ndarray>X, 0)
    return T <= 0x7fffffff if lengths is None else total(lengths, 0) == T


cdef np.ndarray windows_(const WindowOp* op, np.ndarray X, object lengths, size_t nW, size_t I, np.npy_intp width):
    cdef np.npy_intp T = np.PyArray_DIM(X, 0)
    cdef np.ndarray Y = new2(T, width, np.PyArray_TYPE(X))
    cdef int32_t whole = <int32_t>T
    cdef const int32_t* n = &whole
    cdef size_t B = 1
    if lengths is not None:
        n, B = ints(lengths), np.PyArray_DIM(<np.ndarray>lengths, 0)
    cdef void* y = np.PyArray_DATA(Y)
    cdef void* x = np.PyArray_DATA(X)
    cdef bint single = is_single(X)
    with nogil:
        if single:
            op.f32(<float*>y, <float*>x, n, B, nW, I)
        else:
            op.f64(<double*>y, <double*>x, n, B, nW, I)
    return Y


cdef bint is_out(object out, np.npy_intp N, np.npy_intp D) noexcept:
    """Is `out` None, or a float32 (N, D) to write to?"""
    if out is None:
        return True
    return (
        is_matrix(out)
        and is_single(<np.ndarray>out)
        and is_writable(<np.ndarray>out)
        and np.PyArray_DIM(<np.ndarray>out, 0) == N
        and np.PyArray_DIM(<np.ndarray>out, 1) == D
    )


cdef void waves(float* Y, double* scales, size_t N, size_t D, double period) noexcept nogil:
    """Sine and cosine of n / period^(2 d / D), with exponent and angle rounded to float32; a last odd column is the
    sine of the pair before it."""
    cdef size_t n, d, pairs = D // 2
    cdef double angle
    for d in range(pairs):
        scales[d] = pow(period, <float>(4.0 * d / D))
    for n in range(N):
        for d in range(pairs):
            angle = <float>(n / scales[d])
            Y[2 * d], Y[2 * d + 1] = <float>sin(angle), <float>cos(angle)
        if D % 2:
            Y[D - 1] = Y[D - 3] if D > 1 else <float>sin(<double><float>n)
        Y += D


class Sequence(Reference):
    def seq2col(self, seq, nW, *, lengths=None):
        if not windowed(seq, nW, lengths):
            return super().seq2col(seq, nW, lengths=lengths)
        cdef np.npy_intp I = np.PyArray_DIM(<np.ndarray>seq, 1), F = 2 * nW + 1
        if I and F > <np.npy_intp>0x7fffffffffff // I:
            return super().seq2col(seq, nW, lengths=lengths)
        return windows_(&K.seq2col, seq, lengths, nW, I, F * I)

    def backprop_seq2col(self, dY, nW, *, lengths=None):
        if not windowed(dY, nW, lengths):
            return super().backprop_seq2col(dY, nW, lengths=lengths)
        cdef np.npy_intp width = np.PyArray_DIM(<np.ndarray>dY, 1), F = 2 * nW + 1
        if width % F:
            return super().backprop_seq2col(dY, nW, lengths=lengths)
        return windows_(&K.backprop_seq2col, dY, lengths, nW, width // F, width // F)

    def position_encode(self, N, D, period=10000, out=None):
        if type(N) is not int or type(D) is not int or not 0 <= N <= WIDEST or not 0 <= D <= WIDEST:
            return super().position_encode(N, D, period, out)
        if not (type(period) is int or type(period) is float) or not 0 < period < 1e30 or not is_out(out, N, D):
            return super().position_encode(N, D, period, out)
        cdef np.ndarray Y = new2(N, D, np.NPY_FLOAT32) if out is None else out
        cdef np.ndarray scales = new1(D // 2, np.NPY_FLOAT64)
        cdef float* y = <float*>np.PyArray_DATA(Y)
        cdef double* s = <double*>np.PyArray_DATA(scales)
        cdef size_t rows = N, columns = D
        cdef double longest = period
        with nogil:
            waves(y, s, rows, columns, longest)
        return Y

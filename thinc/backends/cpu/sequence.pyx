"""Windows of rows on the CPU."""

cimport numpy as np
from libc.stdint cimport int32_t

from ._arrays cimport ints, is_matrix, is_single, total
from ._isa cimport Isa, chosen
from ._memory cimport new2

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

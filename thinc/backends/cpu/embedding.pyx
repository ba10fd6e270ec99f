"""Hashing and table rows by index, on the CPU."""

cimport numpy as np
from libc.stdint cimport int32_t, uint32_t, uint64_t

from ._arrays cimport ints, is_float, is_matrix, is_single, is_writable, same_dtype, total
from ._indices cimport as_int32, as_rows
from ._isa cimport Isa, chosen
from ._memory cimport new1, new2

import numpy

from ..reference.embedding import Embedding as Reference

np.import_array()

__all__ = ["Embedding"]

ctypedef fused real:
    float
    double

cdef extern from "thinc/kernels/embedding.h" namespace "thinc":
    cdef struct GatherOp:
        void (*f32)(float*, const float*, const uint32_t*, size_t, size_t, size_t) noexcept nogil
        void (*f64)(double*, const double*, const uint32_t*, size_t, size_t, size_t) noexcept nogil
    cdef struct ScatterOp:
        void (*f32)(float*, const int32_t*, const float*, size_t, size_t) noexcept nogil
        void (*f64)(double*, const int32_t*, const double*, size_t, size_t) noexcept nogil
    cdef struct SparseShape:
        size_t B, O, length
        bint overlapping
    cdef struct SparseOp:
        void (*f32)(
            float*, const uint64_t*, const float*, const int32_t*, const float*, const float*, const SparseShape*
        ) noexcept nogil
        void (*f64)(
            double*, const uint64_t*, const double*, const int32_t*, const double*, const double*, const SparseShape*
        ) noexcept nogil
    cdef struct SparseGradientOp:
        void (*f32)(
            float*, float*, const float*, const uint64_t*, const float*, const int32_t*, const SparseShape*
        ) noexcept nogil
        void (*f64)(
            double*, double*, const double*, const uint64_t*, const double*, const int32_t*, const SparseShape*
        ) noexcept nogil
    cdef struct EmbeddingTable:
        void (*hash)(uint32_t*, const uint64_t*, size_t, uint32_t) noexcept nogil
        void (*ngrams)(uint64_t*, const uint64_t*, size_t, size_t) noexcept nogil
        bint (*all_below)(const uint32_t*, size_t, uint32_t) noexcept nogil
        GatherOp gather_add
        ScatterOp scatter_add
        SparseOp sparse_linear
        SparseGradientOp backprop_sparse_linear
        void (*find_ids)(
            int32_t*, const uint64_t*, size_t, const uint64_t*, size_t, bint, int32_t
        ) noexcept nogil
    const EmbeddingTable* table "thinc::table_at<thinc::EmbeddingTable>"(Isa)

cdef const EmbeddingTable* K = table(chosen())


cdef bint plain(object X, int typenum, int ndim) noexcept:
    """Is X a contiguous array of that dtype and rank?"""
    return (
        np.PyArray_CheckExact(X)
        and np.PyArray_TYPE(<np.ndarray>X) == typenum
        and np.PyArray_ISCARRAY_RO(<np.ndarray>X)
        and np.PyArray_NDIM(<np.ndarray>X) == ndim
    )


cdef bint is_wide(object X) noexcept:
    """Is X a contiguous vector of 64-bit integers, signed or not?"""
    return plain(X, np.NPY_UINT64, 1) or plain(X, np.NPY_INT64, 1)


cdef bint is_vector(object X) noexcept:
    return is_float(X) and np.PyArray_NDIM(<np.ndarray>X) == 1


cdef bint is_table(object X) noexcept:
    """Is X a contiguous uint64 (S, 2), S a power of two?"""
    cdef np.npy_intp S = np.PyArray_DIM(<np.ndarray>X, 0) if plain(X, np.NPY_UINT64, 2) else 0
    return S > 0 and not S & (S - 1) and np.PyArray_DIM(<np.ndarray>X, 1) == 2


cdef bint is_features(object keys, object values, object lengths) noexcept:
    """Are these the keys (T,), their values and the lengths of the rows that have them?"""
    if not is_wide(keys) or not is_vector(values):
        return False
    cdef np.npy_intp T = np.PyArray_DIM(<np.ndarray>keys, 0)
    return np.PyArray_DIM(<np.ndarray>values, 0) == T and total(lengths, 0) == T


cdef bint is_indices(object X) noexcept:
    """Is X a contiguous int32 or uint32 matrix?"""
    return plain(X, np.NPY_INT32, 2) or plain(X, np.NPY_UINT32, 2)


cdef bint name_rows(np.ndarray indices, np.npy_intp V) noexcept:
    """Do all indices name one of V rows? A negative one is a large one, seen as unsigned."""
    cdef np.npy_intp limit = 0x7fffffff if np.PyArray_TYPE(indices) == np.NPY_INT32 else 0xffffffff
    return K.all_below(<uint32_t*>np.PyArray_DATA(indices), np.PyArray_SIZE(indices), <uint32_t>min(V, limit))


cdef void add_numbers(real* table_, const int32_t* indices, const real* values, size_t B) noexcept nogil:
    """The sums of a table with one column."""
    cdef size_t b
    for b in range(B):
        if indices[b] >= 0:
            table_[indices[b]] += values[b]


class Embedding(Reference):
    def hash(self, ids, seed):
        if not plain(ids, np.NPY_UINT64, 1) or type(seed) is not int or not 0 <= seed <= 0xffffffff:
            return super().hash(ids, seed)
        cdef size_t n = np.PyArray_SIZE(<np.ndarray>ids)
        cdef np.ndarray keys = new2(n, 4, np.NPY_UINT32)
        cdef uint32_t* out = <uint32_t*>np.PyArray_DATA(keys)
        cdef const uint64_t* x = <const uint64_t*>np.PyArray_DATA(<np.ndarray>ids)
        cdef uint32_t s = seed
        with nogil:
            K.hash(out, x, n, s)
        return keys

    def ngrams(self, n, keys):
        if not plain(keys, np.NPY_UINT64, 1) or type(n) is not int:
            return super().ngrams(n, keys)
        if not 1 <= n <= np.PyArray_SIZE(<np.ndarray>keys):
            return new1(0, np.NPY_UINT64)
        cdef size_t width = n, count = np.PyArray_SIZE(<np.ndarray>keys) - width + 1
        cdef np.ndarray hashes = new1(count, np.NPY_UINT64)
        cdef uint64_t* out = <uint64_t*>np.PyArray_DATA(hashes)
        cdef const uint64_t* x = <const uint64_t*>np.PyArray_DATA(<np.ndarray>keys)
        with nogil:
            K.ngrams(out, x, count, width)
        return hashes

    def gather_add(self, table, indices):
        rows = indices if is_indices(indices) else as_int32(indices)
        if not is_matrix(table) or not is_indices(rows) or not name_rows(rows, np.PyArray_DIM(<np.ndarray>table, 0)):
            return super().gather_add(table, indices)
        cdef np.ndarray E = table, I = rows
        cdef size_t B = np.PyArray_DIM(I, 0), nK = np.PyArray_DIM(I, 1), O = np.PyArray_DIM(E, 1)
        cdef np.ndarray Y = new2(B, O, np.PyArray_TYPE(E))
        cdef void* y = np.PyArray_DATA(Y)
        cdef void* e = np.PyArray_DATA(E)
        cdef const uint32_t* i = <const uint32_t*>np.PyArray_DATA(I)
        cdef bint single = is_single(E)
        with nogil:
            if single:
                K.gather_add.f32(<float*>y, <float*>e, i, B, nK, O)
            else:
                K.gather_add.f64(<double*>y, <double*>e, i, B, nK, O)
        return Y

    def scatter_add(self, table, indices, values):
        cdef tuple matrices = as_rows(table, indices, values)
        if matrices is None:
            return super().scatter_add(table, indices, values)
        cdef np.ndarray E = matrices[0], V = matrices[2]
        cdef size_t B = np.PyArray_DIM(V, 0), O = np.PyArray_DIM(V, 1)
        cdef const int32_t* i = ints(matrices[1])
        cdef void* e = np.PyArray_DATA(E)
        cdef void* v = np.PyArray_DATA(V)
        cdef bint single = is_single(E)
        with nogil:
            if O == 1 and single:
                add_numbers(<float*>e, i, <const float*>v, B)
            elif O == 1:
                add_numbers(<double*>e, i, <const double*>v, B)
            elif single:
                K.scatter_add.f32(<float*>e, i, <float*>v, B, O)
            else:
                K.scatter_add.f64(<double*>e, i, <double*>v, B, O)

    def premap_ids(self, ids, table, default=0):
        if not is_table(table) or type(default) is not int or not -0x80000000 <= default <= 0x7fffffff:
            return super().premap_ids(ids, table, default)
        if not is_wide(ids):
            if type(ids) is not numpy.ndarray or ids.dtype.kind not in "iu" or ids.ndim != 1:
                return super().premap_ids(ids, table, default)
            ids = ids.astype(numpy.uint64 if ids.dtype.kind == "u" else numpy.int64)
        cdef size_t n = np.PyArray_SIZE(<np.ndarray>ids), S = np.PyArray_DIM(<np.ndarray>table, 0)
        cdef np.ndarray Y = new1(n, np.NPY_INT32)
        cdef int32_t* y = <int32_t*>np.PyArray_DATA(Y)
        cdef const uint64_t* x = <const uint64_t*>np.PyArray_DATA(<np.ndarray>ids)
        cdef const uint64_t* slots = <const uint64_t*>np.PyArray_DATA(<np.ndarray>table)
        cdef bint is_signed = np.PyArray_TYPE(<np.ndarray>ids) == np.NPY_INT64
        cdef int32_t missing = default
        with nogil:
            K.find_ids(y, x, n, slots, S, is_signed, missing)
        return Y

    def sparse_linear(self, keys, values, lengths, W, b, v1_indexing=False):
        if not is_features(keys, values, lengths) or not is_vector(W) or not is_vector(b):
            return super().sparse_linear(keys, values, lengths, W, b, v1_indexing)
        cdef np.npy_intp size = np.PyArray_DIM(<np.ndarray>W, 0), O = np.PyArray_DIM(<np.ndarray>b, 0)
        if not (same_dtype(W, b) and same_dtype(W, values) and size and O and size % O == 0):
            return super().sparse_linear(keys, values, lengths, W, b, v1_indexing)
        cdef SparseShape shape
        shape.B, shape.O, shape.length = np.PyArray_DIM(<np.ndarray>lengths, 0), O, size // O
        shape.overlapping = v1_indexing
        cdef np.ndarray Y = new2(shape.B, O, np.PyArray_TYPE(<np.ndarray>W))
        cdef void* y = np.PyArray_DATA(Y)
        cdef const uint64_t* k = <const uint64_t*>np.PyArray_DATA(<np.ndarray>keys)
        cdef void* v = np.PyArray_DATA(<np.ndarray>values)
        cdef const int32_t* n = ints(lengths)
        cdef void* w = np.PyArray_DATA(<np.ndarray>W)
        cdef void* bias = np.PyArray_DATA(<np.ndarray>b)
        cdef bint single = is_single(Y)
        with nogil:
            if single:
                K.sparse_linear.f32(<float*>y, k, <float*>v, n, <float*>w, <float*>bias, &shape)
            else:
                K.sparse_linear.f64(<double*>y, k, <double*>v, n, <double*>w, <double*>bias, &shape)
        return Y

    def backprop_sparse_linear(self, dY, keys, values, lengths, length, v1_indexing=False, add_to=None):
        if add_to is not None and not (is_vector(add_to) and is_writable(<np.ndarray>add_to)):
            # Not a copy of it, as the class below would make.
            return Reference.backprop_sparse_linear(self, dY, keys, values, lengths, length, v1_indexing, add_to)
        if (
            not is_features(keys, values, lengths) or not is_matrix(dY) or not same_dtype(dY, values)
            or np.PyArray_DIM(<np.ndarray>dY, 0) != np.PyArray_DIM(<np.ndarray>lengths, 0)
            or type(length) is not int or not 0 < length <= 0x7fffffff
        ):
            return super().backprop_sparse_linear(dY, keys, values, lengths, length, v1_indexing, add_to)
        cdef SparseShape shape
        shape.B, shape.O = np.PyArray_DIM(<np.ndarray>dY, 0), np.PyArray_DIM(<np.ndarray>dY, 1)
        shape.length, shape.overlapping = length, v1_indexing
        cdef np.ndarray dW = numpy.zeros(shape.O * shape.length, dY.dtype) if add_to is None else add_to
        if not same_dtype(dY, dW) or <size_t>np.PyArray_SIZE(dW) != shape.O * shape.length:
            return super().backprop_sparse_linear(dY, keys, values, lengths, length, v1_indexing, add_to)
        cdef np.ndarray db = new1(shape.O, np.PyArray_TYPE(<np.ndarray>dY))
        cdef void* dw = np.PyArray_DATA(dW)
        cdef void* dbias = np.PyArray_DATA(db)
        cdef void* dy = np.PyArray_DATA(<np.ndarray>dY)
        cdef const uint64_t* k = <const uint64_t*>np.PyArray_DATA(<np.ndarray>keys)
        cdef void* v = np.PyArray_DATA(<np.ndarray>values)
        cdef const int32_t* n = ints(lengths)
        cdef bint single = is_single(dW)
        with nogil:
            if single:
                K.backprop_sparse_linear.f32(<float*>dw, <float*>dbias, <float*>dy, k, <float*>v, n, &shape)
            else:
                K.backprop_sparse_linear.f64(<double*>dw, <double*>dbias, <double*>dy, k, <double*>v, n, &shape)
        return dW, db

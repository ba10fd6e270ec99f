"""Hashing and table rows by index, on the CPU."""

cimport numpy as np
from libc.stdint cimport int32_t, uint32_t, uint64_t

from ._arrays cimport ints, is_ints, is_matrix, is_single, same_dtype
from ._isa cimport Isa, chosen
from ._memory cimport new1, new2

from ..reference.embedding import Embedding as Reference

np.import_array()

__all__ = ["Embedding"]

cdef extern from "thinc/kernels/embedding.h" namespace "thinc":
    cdef struct GatherOp:
        void (*f32)(float*, const float*, const uint32_t*, size_t, size_t, size_t) noexcept nogil
        void (*f64)(double*, const double*, const uint32_t*, size_t, size_t, size_t) noexcept nogil
    cdef struct ScatterOp:
        void (*f32)(float*, const int32_t*, const float*, size_t, size_t) noexcept nogil
        void (*f64)(double*, const int32_t*, const double*, size_t, size_t) noexcept nogil
    cdef struct EmbeddingTable:
        void (*hash)(uint32_t*, const uint64_t*, size_t, uint32_t) noexcept nogil
        void (*ngrams)(uint64_t*, const uint64_t*, size_t, size_t) noexcept nogil
        bint (*all_below)(const uint32_t*, size_t, uint32_t) noexcept nogil
        GatherOp gather_add
        ScatterOp scatter_add
    const EmbeddingTable* table "thinc::table_at<thinc::EmbeddingTable>"(Isa)

cdef const EmbeddingTable* K = table(chosen())


cdef bint is_keys(object X) noexcept:
    """Is X a contiguous uint64 vector?"""
    return (
        np.PyArray_CheckExact(X)
        and np.PyArray_TYPE(<np.ndarray>X) == np.NPY_UINT64
        and np.PyArray_ISCARRAY_RO(<np.ndarray>X)
        and np.PyArray_NDIM(<np.ndarray>X) == 1
    )


cdef bint is_indices(object X) noexcept:
    """Is X a contiguous int32 or uint32 matrix?"""
    return (
        np.PyArray_CheckExact(X)
        and (np.PyArray_TYPE(<np.ndarray>X) == np.NPY_INT32 or np.PyArray_TYPE(<np.ndarray>X) == np.NPY_UINT32)
        and np.PyArray_ISCARRAY_RO(<np.ndarray>X)
        and np.PyArray_NDIM(<np.ndarray>X) == 2
    )


cdef bint name_rows(np.ndarray indices, np.npy_intp V) noexcept:
    """Do all indices name one of V rows? A negative one is a large one, seen as unsigned."""
    cdef np.npy_intp limit = 0x7fffffff if np.PyArray_TYPE(indices) == np.NPY_INT32 else 0xffffffff
    return K.all_below(<uint32_t*>np.PyArray_DATA(indices), np.PyArray_SIZE(indices), <uint32_t>min(V, limit))


cdef bint scatters(np.ndarray table_, object indices, object values) noexcept:
    """May the kernel add values (B, O) to these rows of the table?"""
    if not is_ints(indices) or np.PyArray_NDIM(<np.ndarray>indices) != 1 or not is_matrix(values):
        return False
    if not same_dtype(table_, values) or np.PyArray_DIM(table_, 1) != np.PyArray_DIM(<np.ndarray>values, 1):
        return False
    cdef np.npy_intp B = np.PyArray_DIM(<np.ndarray>indices, 0), V = np.PyArray_DIM(table_, 0), b
    cdef const int32_t* i = ints(indices)
    cdef int32_t largest = -1
    for b in range(B):
        largest = max(largest, i[b])
    return B == np.PyArray_DIM(<np.ndarray>values, 0) and largest < V


class Embedding(Reference):
    def hash(self, ids, seed):
        if not is_keys(ids) or type(seed) is not int or not 0 <= seed <= 0xffffffff:
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
        if not is_keys(keys) or type(n) is not int or not 1 <= n <= np.PyArray_SIZE(<np.ndarray>keys):
            return super().ngrams(n, keys)
        cdef size_t width = n, count = np.PyArray_SIZE(<np.ndarray>keys) - width + 1
        cdef np.ndarray hashes = new1(count, np.NPY_UINT64)
        cdef uint64_t* out = <uint64_t*>np.PyArray_DATA(hashes)
        cdef const uint64_t* x = <const uint64_t*>np.PyArray_DATA(<np.ndarray>keys)
        with nogil:
            K.ngrams(out, x, count, width)
        return hashes

    def gather_add(self, table, indices):
        if not is_matrix(table) or not is_indices(indices):
            return super().gather_add(table, indices)
        cdef np.ndarray E = table, I = indices
        if not name_rows(I, np.PyArray_DIM(E, 0)):
            return super().gather_add(table, indices)
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
        if not is_matrix(table) or not np.PyArray_ISWRITEABLE(<np.ndarray>table):
            return super().scatter_add(table, indices, values)
        if not scatters(table, indices, values):
            return super().scatter_add(table, indices, values)
        cdef np.ndarray E = table, V = values
        cdef size_t B = np.PyArray_DIM(V, 0), O = np.PyArray_DIM(V, 1)
        cdef const int32_t* i = ints(indices)
        cdef void* e = np.PyArray_DATA(E)
        cdef void* v = np.PyArray_DATA(V)
        cdef bint single = is_single(E)
        with nogil:
            if single:
                K.scatter_add.f32(<float*>e, i, <float*>v, B, O)
            else:
                K.scatter_add.f64(<double*>e, i, <double*>v, B, O)

"""New arrays for the results of ops: small ones from NumPy, large ones from a pool of reused blocks.

An array from the pool owns its data like any other (`flags.owndata`); its NumPy data allocator is the pool, so
the block returns there when the array dies, in whatever thread that happens.
"""

cimport numpy as np
from cpython.mem cimport PyMem_Malloc
from cpython.pycapsule cimport PyCapsule_New
from cpython.ref cimport Py_INCREF, PyObject
from libc.string cimport memset, strncpy

np.import_array()

__all__ = ["empty", "pool_idle_bytes", "set_pool_limit", "trim_pool"]

cdef extern from "_pool.h" namespace "thinc":
    cdef cppclass Pool:
        @staticmethod
        Pool& instance()
        void* allocate(size_t) nogil
        size_t trim() nogil
        size_t idle() nogil
        void set_limit(size_t) nogil
    void* pool_malloc(void*, size_t)
    void* pool_calloc(void*, size_t, size_t)
    void* pool_realloc(void*, void*, size_t)
    void pool_free(void*, void*, size_t)
    size_t SMALLEST "thinc::Pool::smallest"

cdef extern from *:
    size_t PY_SSIZE_T_MAX

cdef extern from "numpy/arrayobject.h":
    ctypedef struct PyDataMemAllocator:
        void* ctx
        void* (*malloc)(void*, size_t)
        void* (*calloc)(void*, size_t, size_t)
        void* (*realloc)(void*, void*, size_t)
        void (*free)(void*, void*, size_t)
    ctypedef struct PyDataMem_Handler:
        char name[127]
        np.uint8_t version
        PyDataMemAllocator allocator
    ctypedef struct PyArrayObject_fields:
        PyObject* mem_handler
    void PyArray_ENABLEFLAGS(np.ndarray, int)

cdef PyDataMem_Handler* HANDLER = <PyDataMem_Handler*>PyMem_Malloc(sizeof(PyDataMem_Handler))
memset(HANDLER, 0, sizeof(PyDataMem_Handler))
strncpy(HANDLER.name, b"thinc_pool", 126)
HANDLER.version = 1
HANDLER.allocator.malloc = pool_malloc
HANDLER.allocator.calloc = pool_calloc
HANDLER.allocator.realloc = pool_realloc
HANDLER.allocator.free = pool_free
cdef object CAPSULE = PyCapsule_New(HANDLER, b"mem_handler", NULL)


cdef size_t item_size(int typenum):
    if typenum == np.NPY_FLOAT32 or typenum == np.NPY_INT32 or typenum == np.NPY_UINT32:
        return 4
    if typenum == np.NPY_FLOAT64 or typenum == np.NPY_INT64 or typenum == np.NPY_UINT64:
        return 8
    return np.PyArray_DescrFromType(typenum).itemsize


cdef np.ndarray new_array(int ndim, np.npy_intp* dims, int typenum):
    cdef size_t nbytes = item_size(typenum)
    cdef int i
    for i in range(ndim):
        if dims[i] != 0 and nbytes > <size_t>PY_SSIZE_T_MAX // <size_t>dims[i]:
            raise MemoryError("an array of this shape exceeds the address space")
        nbytes *= <size_t>dims[i]
    if nbytes < SMALLEST:
        return np.PyArray_SimpleNew(ndim, dims, typenum)
    cdef void* block = Pool.instance().allocate(nbytes)
    if block == NULL:
        raise MemoryError(f"cannot allocate {nbytes} bytes")
    cdef np.ndarray out = np.PyArray_SimpleNewFromData(ndim, dims, typenum, block)
    Py_INCREF(CAPSULE)
    (<PyArrayObject_fields*>out).mem_handler = <PyObject*>CAPSULE
    PyArray_ENABLEFLAGS(out, np.NPY_ARRAY_OWNDATA)
    return out


cdef np.ndarray new_like(np.ndarray X):
    return new_array(np.PyArray_NDIM(X), np.PyArray_DIMS(X), np.PyArray_TYPE(X))


cdef np.ndarray new_in_order(np.ndarray X):
    cdef np.npy_intp[64] dims
    cdef int i, n = np.PyArray_NDIM(X)
    if np.PyArray_IS_C_CONTIGUOUS(X):
        return new_like(X)
    for i in range(n):
        dims[i] = np.PyArray_DIM(X, n - 1 - i)
    return np.PyArray_Transpose(new_array(n, dims, np.PyArray_TYPE(X)), NULL)


cdef np.ndarray in_rows(np.ndarray X):
    if np.PyArray_IS_C_CONTIGUOUS(X):
        return X
    cdef np.ndarray Y = new_like(X)
    np.PyArray_CopyInto(Y, X)
    return Y


cdef np.ndarray written(np.ndarray Y, np.ndarray out):
    np.PyArray_CopyInto(out, Y)
    return out


cdef np.ndarray new1(np.npy_intp n, int typenum):
    return new_array(1, &n, typenum)


cdef np.ndarray new2(np.npy_intp rows, np.npy_intp cols, int typenum):
    cdef np.npy_intp[2] dims
    dims[0], dims[1] = rows, cols
    return new_array(2, dims, typenum)


cdef np.ndarray new3(np.npy_intp d0, np.npy_intp d1, np.npy_intp d2, int typenum):
    cdef np.npy_intp[3] dims
    dims[0], dims[1], dims[2] = d0, d1, d2
    return new_array(3, dims, typenum)


cdef void fill_zeros(np.ndarray X) noexcept:
    memset(np.PyArray_DATA(X), 0, np.PyArray_NBYTES(X))


def empty(tuple shape, dtype):
    """An uninitialised C-contiguous array of a plain numeric dtype, from the pool when large."""
    cdef np.dtype descr = np.dtype(dtype)
    cdef np.npy_intp[32] dims
    cdef int ndim = len(shape)
    if ndim > 32 or descr.hasobject or not descr.isnative or descr.type_num > np.NPY_CLONGDOUBLE:
        raise ValueError(f"empty: at most 32 dimensions of a native number type are possible; got {shape}, {descr}")
    for i in range(ndim):
        dims[i] = shape[i]
        if dims[i] < 0:
            raise ValueError(f"negative dimensions are not allowed; got {shape}")
    return new_array(ndim, dims, descr.type_num)


def trim_pool():
    """Gives all idle blocks back to the system; returns their bytes."""
    return Pool.instance().trim()


def pool_idle_bytes():
    """Bytes held by the pool for later arrays."""
    return Pool.instance().idle()


def set_pool_limit(size_t nbytes):
    """The most idle bytes that the pool keeps (512 MiB at first); 0 switches the pool off."""
    Pool.instance().set_limit(nbytes)

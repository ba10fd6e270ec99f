"""What every binding needs to know of an array: cheap, inline tests on the NumPy C interface."""

cimport numpy as np

# Below this many elements a kernel runs with the GIL held: giving it up costs more than the work.
cdef enum:
    SMALL = 4096


cdef inline bint is_float(object X) noexcept:
    """Is X a C-contiguous, aligned, native float32 or float64 array of the plain ndarray type?"""
    if not np.PyArray_CheckExact(X):
        return False
    cdef int typenum = np.PyArray_TYPE(<np.ndarray>X)
    return (typenum == np.NPY_FLOAT32 or typenum == np.NPY_FLOAT64) and np.PyArray_ISCARRAY_RO(<np.ndarray>X)


cdef inline bint is_ints(object X) noexcept:
    """Is X a C-contiguous, aligned, native int32 array of the plain ndarray type?"""
    return (
        np.PyArray_CheckExact(X)
        and np.PyArray_TYPE(<np.ndarray>X) == np.NPY_INT32
        and np.PyArray_ISCARRAY_RO(<np.ndarray>X)
    )


cdef inline bint same_kind(np.ndarray X, object Y) noexcept:
    """Is Y an array like X (known to pass `is_float`), of the same dtype and shape?"""
    return (
        is_float(Y)
        and np.PyArray_TYPE(<np.ndarray>Y) == np.PyArray_TYPE(X)
        and np.PyArray_SAMESHAPE(<np.ndarray>Y, X)
    )


cdef inline bint same_dtype(np.ndarray X, object Y) noexcept:
    """Is Y a float array with the dtype of X?"""
    return is_float(Y) and np.PyArray_TYPE(<np.ndarray>Y) == np.PyArray_TYPE(X)


cdef inline bint is_writable(np.ndarray X) noexcept:
    return np.PyArray_ISWRITEABLE(X)


cdef inline bint is_matrix(object X) noexcept:
    """Does X pass `is_float`, with two dimensions?"""
    return is_float(X) and np.PyArray_NDIM(<np.ndarray>X) == 2


cdef inline bint is_single(np.ndarray X) noexcept:
    return np.PyArray_TYPE(X) == np.NPY_FLOAT32


cdef inline np.npy_intp total(object lengths, np.int32_t least) noexcept:
    """The sum of lengths, or -1 unless they are int32 (B,), contiguous, each at least `least`."""
    if not is_ints(lengths) or np.PyArray_NDIM(<np.ndarray>lengths) != 1:
        return -1
    cdef const np.int32_t* n = <const np.int32_t*>np.PyArray_DATA(<np.ndarray>lengths)
    cdef np.npy_intp result = 0, b
    for b in range(np.PyArray_DIM(<np.ndarray>lengths, 0)):
        if n[b] < least:
            return -1
        result += n[b]
    return result


cdef inline const np.int32_t* ints(object X) noexcept:
    return <const np.int32_t*>np.PyArray_DATA(<np.ndarray>X)

"""What a matrix product asks of its operands: cheap, inline tests on the NumPy C interface."""

cimport numpy as np


cdef struct Matrix:
    char* data
    size_t rows
    size_t columns
    size_t ld
    bint flipped  # stored by columns


cdef inline bint is_real(object X) noexcept:
    """Is X a matrix of native float32 or float64?"""
    if not np.PyArray_Check(X) or np.PyArray_NDIM(<np.ndarray>X) != 2:
        return False
    cdef int typenum = np.PyArray_TYPE(<np.ndarray>X)
    return (typenum == np.NPY_FLOAT32 or typenum == np.NPY_FLOAT64) and np.PyArray_ISNOTSWAPPED(<np.ndarray>X)


cdef inline bint stored(Matrix* m, np.ndarray X) noexcept:
    """Describe X in place; False if neither its rows nor its columns lie in steps of one element."""
    cdef np.npy_intp size = np.PyArray_ITEMSIZE(X)
    cdef np.npy_intp rows = np.PyArray_DIM(X, 0), columns = np.PyArray_DIM(X, 1)
    cdef np.npy_intp down = np.PyArray_STRIDE(X, 0), right = np.PyArray_STRIDE(X, 1)
    m.data, m.rows, m.columns, m.flipped = <char*>np.PyArray_DATA(X), rows, columns, False
    if not np.PyArray_ISALIGNED(X):
        return False
    if right != size and columns > 1:
        if down != size and rows > 1:
            return False
        m.flipped, rows, columns, down = True, columns, rows, right
    if rows <= 1:
        m.ld = columns
        return True
    m.ld = down // size
    return down >= 0 and down % size == 0


cdef inline bint disjoint(const Matrix* a, const Matrix* b, size_t size) noexcept:
    """Do a and b certainly share no memory?"""
    if a.rows == 0 or a.columns == 0 or b.rows == 0 or b.columns == 0:
        return True
    cdef size_t an = (a.columns - 1) * a.ld + a.rows if a.flipped else (a.rows - 1) * a.ld + a.columns
    cdef size_t bn = (b.columns - 1) * b.ld + b.rows if b.flipped else (b.rows - 1) * b.ld + b.columns
    return a.data + an * size <= b.data or b.data + bn * size <= a.data


cdef inline bint fit(object x, object y, bint trans1, bint trans2) noexcept:
    """Are x and y matrices of the same dtype with a product?"""
    return (
        is_real(x)
        and is_real(y)
        and np.PyArray_TYPE(<np.ndarray>x) == np.PyArray_TYPE(<np.ndarray>y)
        and np.PyArray_DIM(<np.ndarray>x, 0 if trans1 else 1) == np.PyArray_DIM(<np.ndarray>y, 1 if trans2 else 0)
    )


cdef inline bint takes(object out, np.ndarray x, np.ndarray y, bint trans1, bint trans2) noexcept:
    """May the product of x and y be written to `out`?"""
    return (
        is_real(out)
        and np.PyArray_ISWRITEABLE(<np.ndarray>out)
        and np.PyArray_TYPE(<np.ndarray>out) == np.PyArray_TYPE(x)
        and np.PyArray_DIM(<np.ndarray>out, 0) == np.PyArray_DIM(x, 1 if trans1 else 0)
        and np.PyArray_DIM(<np.ndarray>out, 1) == np.PyArray_DIM(y, 0 if trans2 else 1)
    )


cdef inline bint is_bias(object b, np.ndarray W) noexcept:
    """Is b a vector with the dtype of W and an element for each of its rows?"""
    return (
        np.PyArray_Check(b)
        and np.PyArray_NDIM(<np.ndarray>b) == 1
        and np.PyArray_TYPE(<np.ndarray>b) == np.PyArray_TYPE(W)
        and np.PyArray_ISNOTSWAPPED(<np.ndarray>b)
        and np.PyArray_DIM(<np.ndarray>b, 0) == np.PyArray_DIM(W, 0)
    )

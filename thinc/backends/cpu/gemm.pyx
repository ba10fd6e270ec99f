"""Matrix products on the CPU.

`THINC_GEMM=blis` in the environment, read when this module is imported, hands the products to blis; the default,
`own`, are the kernels here. blis keeps no order of summation, so the bits of a row then depend on the other rows.
"""

import os

import numpy

cimport numpy as np
from libc.stdlib cimport abort

from ._isa cimport Isa, chosen
from ._memory cimport new1, new2

from ..reference.gemm import Gemm as Reference

np.import_array()

__all__ = ["Gemm"]

cdef extern from "thinc/kernels/gemm.h" namespace "thinc":
    const GemmTable* table "thinc::table_at<thinc::GemmTable>"(Isa)

cdef extern from "_gemm_scratch.h" namespace "thinc":
    CacheSizes machine_caches()
    void* gemm_scratch_of_this_thread "thinc::GemmScratch::of_this_thread"() noexcept nogil

cdef const GemmTable* K = table(chosen())
cdef CacheSizes CACHES = machine_caches()

# With fewer multiply-adds than this a product runs with the GIL held: giving it up costs more than the work.
cdef enum:
    QUICK = 1 << 16


def _blis(choice):
    if choice in ("", "own"):
        return None
    if choice != "blis":
        raise ImportError(f"THINC_GEMM: must be 'own' or 'blis'; got {choice!r}")
    import blis.py
    return blis.py.gemm


cdef object BLIS = _blis(os.environ.get("THINC_GEMM", "").strip().lower())


cdef struct Matrix:
    char* data
    size_t rows
    size_t columns
    size_t ld
    bint flipped  # stored by columns


cdef bint is_real(object X) noexcept:
    """Is X a matrix of native float32 or float64?"""
    if not np.PyArray_Check(X) or np.PyArray_NDIM(<np.ndarray>X) != 2:
        return False
    cdef int typenum = np.PyArray_TYPE(<np.ndarray>X)
    return (typenum == np.NPY_FLOAT32 or typenum == np.NPY_FLOAT64) and np.PyArray_ISNOTSWAPPED(<np.ndarray>X)


cdef bint stored(Matrix* m, np.ndarray X) noexcept:
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


cdef bint disjoint(const Matrix* a, const Matrix* b, size_t size) noexcept:
    """Do a and b certainly share no memory?"""
    if a.rows == 0 or a.columns == 0 or b.rows == 0 or b.columns == 0:
        return True
    cdef size_t an = (a.columns - 1) * a.ld + a.rows if a.flipped else (a.rows - 1) * a.ld + a.columns
    cdef size_t bn = (b.columns - 1) * b.ld + b.rows if b.flipped else (b.rows - 1) * b.ld + b.columns
    return a.data + an * size <= b.data or b.data + bn * size <= a.data


cdef int multiply(bint single, Matrix* a, bint trans_a, Matrix* b, bint trans_b, Matrix* c, const void* bias) except -1:
    """C = op(A) op(B) + bias."""
    cdef GemmArgs[float] s
    cdef GemmArgs[double] d
    cdef void* scratch = gemm_scratch()
    if scratch == NULL:
        raise MemoryError("gemm: no memory for this thread's scratch block")
    cdef size_t inner = a.rows if trans_a else a.columns
    cdef bint quick = <double>c.rows * <double>c.columns * <double>inner < QUICK
    trans_a, trans_b = trans_a != a.flipped, trans_b != b.flipped
    if single:
        s.trans_a, s.trans_b, s.M, s.N, s.K, s.alpha, s.beta = trans_a, trans_b, c.rows, c.columns, inner, 1, 0
        s.A, s.lda, s.B, s.ldb = <const float*>a.data, a.ld, <const float*>b.data, b.ld
        s.C, s.ldc, s.bias__n = <float*>c.data, c.ld, <const float*>bias
        if quick:
            K.sgemm(s, CACHES, scratch)
        else:
            with nogil:
                K.sgemm(s, CACHES, scratch)
    else:
        d.trans_a, d.trans_b, d.M, d.N, d.K, d.alpha, d.beta = trans_a, trans_b, c.rows, c.columns, inner, 1, 0
        d.A, d.lda, d.B, d.ldb = <const double*>a.data, a.ld, <const double*>b.data, b.ld
        d.C, d.ldc, d.bias__n = <double*>c.data, c.ld, <const double*>bias
        if quick:
            K.dgemm(d, CACHES, scratch)
        else:
            with nogil:
                K.dgemm(d, CACHES, scratch)
    return 0


cdef np.ndarray product(np.ndarray x, np.ndarray y, np.ndarray out, bint trans1, bint trans2, np.ndarray bias):
    """The product of matrices that fit each other; into `out`, unless that is None."""
    cdef Matrix a, b, c
    cdef int typenum = np.PyArray_TYPE(x)
    if not stored(&a, x):
        x = numpy.array(x, order="C")
        stored(&a, x)
    if not stored(&b, y):
        y = numpy.array(y, order="C")
        stored(&b, y)
    cdef np.ndarray Y = out
    if (
        out is None
        or not stored(&c, out)
        or c.flipped
        or (c.rows > 1 and c.ld < c.columns)
        or not disjoint(&c, &a, np.PyArray_ITEMSIZE(x))
        or not disjoint(&c, &b, np.PyArray_ITEMSIZE(x))
    ):
        Y = new2(a.columns if trans1 else a.rows, b.rows if trans2 else b.columns, typenum)
        stored(&c, Y)
    multiply(typenum == np.NPY_FLOAT32, &a, trans1, &b, trans2, &c, NULL if bias is None else np.PyArray_DATA(bias))
    if out is None or Y is out:
        return Y
    np.PyArray_CopyInto(out, Y)
    return out


cdef bint fit(object x, object y, bint trans1, bint trans2) noexcept:
    """Are x and y matrices of the same dtype with a product?"""
    return (
        is_real(x)
        and is_real(y)
        and np.PyArray_TYPE(<np.ndarray>x) == np.PyArray_TYPE(<np.ndarray>y)
        and np.PyArray_DIM(<np.ndarray>x, 0 if trans1 else 1) == np.PyArray_DIM(<np.ndarray>y, 1 if trans2 else 0)
    )


cdef bint takes(object out, np.ndarray x, np.ndarray y, bint trans1, bint trans2) noexcept:
    """May the product of x and y be written to `out`?"""
    return (
        is_real(out)
        and np.PyArray_ISWRITEABLE(<np.ndarray>out)
        and np.PyArray_TYPE(<np.ndarray>out) == np.PyArray_TYPE(x)
        and np.PyArray_DIM(<np.ndarray>out, 0) == np.PyArray_DIM(x, 1 if trans1 else 0)
        and np.PyArray_DIM(<np.ndarray>out, 1) == np.PyArray_DIM(y, 0 if trans2 else 1)
    )


cdef bint is_bias(object b, np.ndarray W) noexcept:
    """Is b a vector with the dtype of W and an element for each of its rows?"""
    return (
        np.PyArray_Check(b)
        and np.PyArray_NDIM(<np.ndarray>b) == 1
        and np.PyArray_TYPE(<np.ndarray>b) == np.PyArray_TYPE(W)
        and np.PyArray_ISNOTSWAPPED(<np.ndarray>b)
        and np.PyArray_DIM(<np.ndarray>b, 0) == np.PyArray_DIM(W, 0)
    )


cdef np.ndarray column_sums(np.ndarray X):
    """Sums over the rows, in their order: the product with a row of ones, which is one 1 at a stride of 0."""
    cdef Matrix x, ones, c
    cdef np.ndarray sums
    cdef float one_s = 1
    cdef double one_d = 1
    if not stored(&x, X):
        X = numpy.array(X, order="C")
        stored(&x, X)
    cdef bint single = np.PyArray_TYPE(X) == np.NPY_FLOAT32
    sums = new1(x.columns, np.PyArray_TYPE(X))
    ones.data, ones.rows, ones.columns, ones.ld, ones.flipped = <char*>(&one_s), x.rows, 1, 0, False
    if not single:
        ones.data = <char*>(&one_d)
    c.data, c.rows, c.columns, c.ld, c.flipped = <char*>np.PyArray_DATA(sums), 1, x.columns, x.columns, False
    multiply(single, &ones, True, &x, False, &c, NULL)
    return sums


cdef object by_blis(object x, object y, object out, bint trans1, bint trans2):
    shape = (x.shape[1 if trans1 else 0], y.shape[0 if trans2 else 1])
    if x.size and y.size:
        x, y = numpy.ascontiguousarray(x), numpy.ascontiguousarray(y)
        Y = BLIS(x, y, trans1=trans1, trans2=trans2, beta=0.0)
    else:
        Y = numpy.zeros(shape, x.dtype)
    if out is None:
        return Y
    out[...] = Y
    return out


class Gemm(Reference):
    def gemm(self, x, y, out=None, trans1=False, trans2=False):
        cdef bint t1 = trans1, t2 = trans2
        if not fit(x, y, t1, t2) or not (out is None or takes(out, x, y, t1, t2)):
            return super().gemm(x, y, out, t1, t2)
        if BLIS is not None and self.use_blis:
            return by_blis(x, y, out, t1, t2)
        return product(x, y, out, t1, t2, None)

    def affine(self, X, W, b):
        if not fit(X, W, False, True) or not is_bias(b, W) or BLIS is not None:
            return super().affine(X, W, b)
        if not np.PyArray_ISCARRAY_RO(<np.ndarray>b):
            b = numpy.array(b, order="C")
        return product(X, W, None, False, True, b)

    def backprop_affine(self, dY, X, W):
        if not fit(dY, X, True, False) or not fit(dY, W, False, False) or BLIS is not None:
            return super().backprop_affine(dY, X, W)
        return product(dY, W, None, False, False, None), product(dY, X, None, True, False, None), column_sums(dY)


cdef const GemmTable* gemm_table() noexcept nogil:
    return K


cdef const CacheSizes* gemm_caches() noexcept nogil:
    return &CACHES


cdef void* gemm_scratch() noexcept nogil:
    return gemm_scratch_of_this_thread()


cdef void* scratch_or_abort() noexcept nogil:
    # The functions of a BLAS table have no way to report; a thread without a megabyte left cannot go on.
    cdef void* scratch = gemm_scratch()
    if scratch == NULL:
        abort()
    return scratch


cdef void sgemm(
    int transA, int transB, int M, int N, int K_, float alpha, const float* A, int lda, const float* B, int ldb,
    float beta, float* C, int ldc
) noexcept nogil:
    cdef GemmArgs[float] g
    if M < 1 or N < 1:
        return
    g.trans_a, g.trans_b, g.M, g.N, g.K, g.alpha, g.beta = transA != 0, transB != 0, M, N, max(K_, 0), alpha, beta
    g.A, g.lda, g.B, g.ldb, g.C, g.ldc = A, lda, B, ldb, C, ldc
    g.bias__n = NULL
    K.sgemm(g, CACHES, scratch_or_abort())


cdef void dgemm(
    int transA, int transB, int M, int N, int K_, double alpha, const double* A, int lda, const double* B, int ldb,
    double beta, double* C, int ldc
) noexcept nogil:
    cdef GemmArgs[double] g
    if M < 1 or N < 1:
        return
    g.trans_a, g.trans_b, g.M, g.N, g.K, g.alpha, g.beta = transA != 0, transB != 0, M, N, max(K_, 0), alpha, beta
    g.A, g.lda, g.B, g.ldb, g.C, g.ldc = A, lda, B, ldb, C, ldc
    g.bias__n = NULL
    K.dgemm(g, CACHES, scratch_or_abort())


cdef void saxpy(int N, float alpha, const float* X, int incX, float* Y, int incY) noexcept nogil:
    if N > 0:
        K.saxpy(N, alpha, X, incX, Y, incY)


cdef void daxpy(int N, double alpha, const double* X, int incX, double* Y, int incY) noexcept nogil:
    if N > 0:
        K.daxpy(N, alpha, X, incX, Y, incY)


cdef void sscal(int N, float alpha, float* X, int incX) noexcept nogil:
    if N > 0:
        K.sscal(N, alpha, X, incX)


cdef void dscal(int N, double alpha, double* X, int incX) noexcept nogil:
    if N > 0:
        K.dscal(N, alpha, X, incX)

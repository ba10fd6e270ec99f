"""Matrix products on the CPU.

`THINC_GEMM=blis` in the environment, read when this module is imported, hands the products to blis; the default,
`own`, are the kernels here. blis keeps no order of summation, so the bits of a row then depend on the other rows.
"""

import os

import numpy

cimport numpy as np
from libc.stdlib cimport abort

from ._isa cimport Isa, chosen
from ._matrices cimport Matrix, disjoint, fit, is_bias, stored, takes
from ._memory cimport new1, new2

from ..reference.gemm import Gemm as Reference

np.import_array()

__all__ = ["Gemm"]

cdef extern from "thinc/kernels/gemm.h" namespace "thinc":
    const GemmTable* table "thinc::table_at<thinc::GemmTable>"(Isa)

cdef extern from "_gemm_scratch.h" namespace "thinc":
    CacheSizes machine_caches()
    void* gemm_scratch_of_this_thread "thinc::GemmScratch::of_this_thread"() noexcept nogil
    void run_gemm[T](
        const GemmTable*, const CacheSizes&, void* scratch, bint trans_a, bint trans_b, size_t M, size_t N, size_t K,
        double alpha, const void* A, size_t lda, const void* B, size_t ldb, double beta, void* C, size_t ldc,
        const void* bias
    ) noexcept nogil

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


cdef void run(
    bint single, void* scratch, Matrix* a, bint trans_a, Matrix* b, bint trans_b, Matrix* c, size_t inner,
    const void* bias
) noexcept nogil:
    cdef size_t M = c.rows, N = c.columns
    if single:
        run_gemm[float](
            K, CACHES, scratch, trans_a, trans_b, M, N, inner, 1, a.data, a.ld, b.data, b.ld, 0, c.data, c.ld, bias
        )
    else:
        run_gemm[double](
            K, CACHES, scratch, trans_a, trans_b, M, N, inner, 1, a.data, a.ld, b.data, b.ld, 0, c.data, c.ld, bias
        )


cdef int multiply(bint single, Matrix* a, bint trans_a, Matrix* b, bint trans_b, Matrix* c, const void* bias) except -1:
    """C = op(A) op(B) + bias."""
    cdef void* scratch = gemm_scratch()
    if scratch == NULL:
        raise MemoryError("gemm: no memory for this thread's scratch block")
    cdef size_t inner = a.rows if trans_a else a.columns
    trans_a, trans_b = trans_a != a.flipped, trans_b != b.flipped
    if <double>c.rows * <double>c.columns * <double>inner < QUICK:
        run(single, scratch, a, trans_a, b, trans_b, c, inner, bias)
    else:
        with nogil:
            run(single, scratch, a, trans_a, b, trans_b, c, inner, bias)
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
    if M > 0 and N > 0:
        run_gemm[float](
            K, CACHES, scratch_or_abort(), transA, transB, M, N, max(K_, 0), alpha, A, lda, B, ldb, beta, C, ldc, NULL
        )


cdef void dgemm(
    int transA, int transB, int M, int N, int K_, double alpha, const double* A, int lda, const double* B, int ldb,
    double beta, double* C, int ldc
) noexcept nogil:
    if M > 0 and N > 0:
        run_gemm[double](
            K, CACHES, scratch_or_abort(), transA, transB, M, N, max(K_, 0), alpha, A, lda, B, ldb, beta, C, ldc, NULL
        )


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

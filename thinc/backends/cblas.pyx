"""A table of C functions (gemm, axpy, scal) that compiled code of other packages calls without the GIL.

Row-major: `gemm` is `C = alpha op(A) op(B) + beta C`, leading dimensions are row strides in elements;
`axpy` is `Y += alpha X`, `scal` is `X *= alpha`. `NumpyOps.cblas()` gives the table with this package's kernels.
"""

from libcpp.memory cimport make_shared

from .cpu cimport gemm as own

__all__ = ["CBlas"]

cdef struct BlasFuncs:
    daxpy_ptr daxpy
    saxpy_ptr saxpy
    sgemm_ptr sgemm
    dgemm_ptr dgemm
    sscal_ptr sscal
    dscal_ptr dscal


cdef class CBlas:
    """The table. Copies of it on the C side share their functions; `set_*` replaces one for all of them."""

    __slots__ = []

    def __cinit__(self):
        cdef BlasFuncs funcs
        funcs.daxpy = <daxpy_ptr>own.daxpy
        funcs.saxpy = <saxpy_ptr>own.saxpy
        funcs.sgemm = <sgemm_ptr>own.sgemm
        funcs.dgemm = <dgemm_ptr>own.dgemm
        funcs.sscal = <sscal_ptr>own.sscal
        funcs.dscal = <dscal_ptr>own.dscal
        self.ptr = make_shared[BlasFuncs](funcs)

    def __init__(self):
        pass  # refuses arguments; the table is there before, and also where a subclass does not come here


cdef daxpy_ptr daxpy(CBlas cblas) noexcept nogil:
    return cblas.ptr.get().daxpy

cdef saxpy_ptr saxpy(CBlas cblas) noexcept nogil:
    return cblas.ptr.get().saxpy

cdef sgemm_ptr sgemm(CBlas cblas) noexcept nogil:
    return cblas.ptr.get().sgemm

cdef dgemm_ptr dgemm(CBlas cblas) noexcept nogil:
    return cblas.ptr.get().dgemm

cdef sscal_ptr sscal(CBlas cblas) noexcept nogil:
    return cblas.ptr.get().sscal

cdef dscal_ptr dscal(CBlas cblas) noexcept nogil:
    return cblas.ptr.get().dscal

cdef void set_daxpy(CBlas cblas, daxpy_ptr daxpy) noexcept nogil:
    cblas.ptr.get().daxpy = daxpy

cdef void set_saxpy(CBlas cblas, saxpy_ptr saxpy) noexcept nogil:
    cblas.ptr.get().saxpy = saxpy

cdef void set_sgemm(CBlas cblas, sgemm_ptr sgemm) noexcept nogil:
    cblas.ptr.get().sgemm = sgemm

cdef void set_dgemm(CBlas cblas, dgemm_ptr dgemm) noexcept nogil:
    cblas.ptr.get().dgemm = dgemm

cdef void set_sscal(CBlas cblas, sscal_ptr sscal) noexcept nogil:
    cblas.ptr.get().sscal = sscal

cdef void set_dscal(CBlas cblas, dscal_ptr dscal) noexcept nogil:
    cblas.ptr.get().dscal = dscal

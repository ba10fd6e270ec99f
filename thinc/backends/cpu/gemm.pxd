cdef extern from "thinc/kernels/gemm.h" namespace "thinc":
    cdef cppclass GemmArgs[T]:
        bint trans_a
        bint trans_b
        size_t M
        size_t N
        size_t K
        T alpha
        const T* A
        size_t lda
        const T* B
        size_t ldb
        T beta
        T* C
        size_t ldc
        const T* bias__n
    cdef struct CacheSizes:
        size_t l1
        size_t l2
    cdef struct GemmTable:
        void (*sgemm)(const GemmArgs[float]&, const CacheSizes&, void*) noexcept nogil
        void (*dgemm)(const GemmArgs[double]&, const CacheSizes&, void*) noexcept nogil
        void (*saxpy)(size_t, float, const float*, Py_ssize_t, float*, Py_ssize_t) noexcept nogil
        void (*daxpy)(size_t, double, const double*, Py_ssize_t, double*, Py_ssize_t) noexcept nogil
        void (*sscal)(size_t, float, float*, Py_ssize_t) noexcept nogil
        void (*dscal)(size_t, double, double*, Py_ssize_t) noexcept nogil

# For bindings of kernels that contain products: what the functions of GemmTable take.
cdef const GemmTable* gemm_table() noexcept nogil
cdef const CacheSizes* gemm_caches() noexcept nogil
# Scratch of this thread; NULL if there is no memory.
cdef void* gemm_scratch() noexcept nogil

# The table of BLAS functions. As there, a size below 1 means that there is nothing to do.
cdef void sgemm(
    int transA, int transB, int M, int N, int K, float alpha, const float* A, int lda, const float* B, int ldb,
    float beta, float* C, int ldc
) noexcept nogil
cdef void dgemm(
    int transA, int transB, int M, int N, int K, double alpha, const double* A, int lda, const double* B, int ldb,
    double beta, double* C, int ldc
) noexcept nogil
cdef void saxpy(int N, float alpha, const float* X, int incX, float* Y, int incY) noexcept nogil
cdef void daxpy(int N, double alpha, const double* X, int incX, double* Y, int incY) noexcept nogil
cdef void sscal(int N, float alpha, float* X, int incX) noexcept nogil
cdef void dscal(int N, double alpha, double* X, int incX) noexcept nogil

# Array types and functions for other extension modules. Everything here is compiled into the consumer: the
# module of this name is plain Python. A consumer is built as C++, with this folder among its include directories.
from .cblas cimport saxpy_ptr

ctypedef double[:, ::1] double2d_t
ctypedef double[:, :, ::1] double3d_t
ctypedef float[:, ::1] float2d_t
ctypedef float[:, :, ::1] float3d_t
ctypedef int[:, ::1] int2d_t
ctypedef unsigned int[:, ::1] uint2d_t

ctypedef fused ints2d_ft:
    int2d_t
    uint2d_t

ctypedef fused reals2d_ft:
    float2d_t
    double2d_t

ctypedef fused reals3d_ft:
    float3d_t
    double3d_t


# Those that check lengths or indices throw invalid_argument (ValueError) or out_of_range (IndexError).
cdef extern from "cpu_kernels.hh" nogil:
    cdef cppclass axpy[T]:
        ctypedef void (*ptr)(int N, T alpha, const T* X, int incX, T* Y, int incY) noexcept nogil

    void cpu_maxout[A, L](A* best, L* which, const A* cands, L B, L O, L P) except +
    void cpu_backprop_maxout[A, L](A* dX, const A* d_best, const L* which, L B, L O, L P) except +

    void cpu_reduce_max[A, L](A* maxes, L* which, const A* X, const L* lengths, L B, L T, L O) except +
    void cpu_backprop_reduce_max[A, L](
        A* dX, const A* d_maxes, const L* which, const L* lengths, L B, L T, L O) except +
    void cpu_reduce_mean[A, L](A* means, const A* X, const L* lengths, L B, L T, L O) except +
    void cpu_backprop_reduce_mean[A, L](A* dX, const A* d_means, const L* lengths, L B, L T, L O) except +
    void cpu_reduce_sum[A, L](A* sums, const A* X, const L* lengths, L B, L T, L O) except +
    void cpu_backprop_reduce_sum[A, L](A* dX, const A* d_sums, const L* lengths, L B, L T, L O) except +

    void cpu_mish[A, L](A* Y, L N, A threshold) noexcept
    void cpu_backprop_mish[A, L](A* dX, const A* X, L N, A threshold) noexcept
    void cpu_relu[A, L](A* X, L N) noexcept

    void seq2col[A, L](A* out, const A* X, const L* lengths, L nW, L B, L I, L nL) except +
    void backprop_seq2col[A, L](A* d_seqs, const A* d_cols, const L* lengths, L B, L I, L nW, L nL) except +

    void cpu_gather_add[F, I, L](
        axpy[F].ptr add, F* out, const F* table, const I* indices, L T, L O, L B, L K) except +

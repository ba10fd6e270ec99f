// Matrix products, and the vector updates that go with them in a table of BLAS functions.
#pragma once

#include <cstddef>

#include "thinc/isa.h"

namespace thinc {

// C__mn = alpha op(A) op(B) + beta C__mn + bias__n, row-major; op(A) is (M, K), op(B) is (K, N), and a leading
// dimension is the distance of two rows in elements. C is not read if beta is 0; A and B are not read if alpha
// is 0; bias may be null. C overlaps nothing.
//
// Numerics: t = the chain of fused multiply-adds over ascending k that starts from 0, whatever the shape, the
// strides and the transpositions; the result is fma(beta, C, alpha t) + bias. (Level v1 rounds products too.)
template <class T> struct GemmArgs {
    bool trans_a, trans_b;
    size_t M, N, K;
    T alpha;
    const T* A;
    size_t lda;
    const T* B;
    size_t ldb;
    T beta;
    T* C;
    size_t ldc;
    const T* bias__n;
};

// Bytes of the first two data caches. The defaults are those of the smaller machines of the last ten years.
struct CacheSizes {
    size_t l1 = 32 * 1024;
    size_t l2 = 256 * 1024;
};

// What a product needs besides its operands: 64-byte aligned memory, of this many bytes at any shape.
constexpr size_t GEMM_SCRATCH = 1024 * 1024;

struct GemmTable {
    void (*sgemm)(const GemmArgs<float>&, const CacheSizes&, void* scratch);
    void (*dgemm)(const GemmArgs<double>&, const CacheSizes&, void* scratch);
    // Y += alpha X and X *= alpha, over N elements that lie `inc` elements apart.
    void (*saxpy)(size_t N, float alpha, const float* X, ptrdiff_t incX, float* Y, ptrdiff_t incY);
    void (*daxpy)(size_t N, double alpha, const double* X, ptrdiff_t incX, double* Y, ptrdiff_t incY);
    void (*sscal)(size_t N, float alpha, float* X, ptrdiff_t incX);
    void (*dscal)(size_t N, double alpha, double* X, ptrdiff_t incX);
};

}  // namespace thinc

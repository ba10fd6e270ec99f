// What a matrix product takes from the machine: the sizes of its caches, and scratch memory per thread. And how a
// binding, which has addresses without a type, calls one.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(_WIN32)
#include <malloc.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#else
#include <unistd.h>
#endif

#include "thinc/kernels/gemm.h"

namespace thinc {

inline CacheSizes machine_caches() {
    long l1 = 0, l2 = 0;
#if defined(__APPLE__)
    size_t size = sizeof(long);
    sysctlbyname("hw.l1dcachesize", &l1, &size, nullptr, 0);
    size = sizeof(long);
    sysctlbyname("hw.l2cachesize", &l2, &size, nullptr, 0);
#elif defined(_SC_LEVEL1_DCACHE_SIZE)
    l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE);
    l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    CacheSizes sizes;  // the defaults stay where the machine does not tell
    if (l1 > 0) sizes.l1 = size_t(l1);
    if (l2 > 0) sizes.l2 = size_t(l2);
    return sizes;
}

// One block of GEMM_SCRATCH bytes per thread that ever multiplies, from its first product to its end. Null if
// there is no memory.
class GemmScratch {
public:
    static void* of_this_thread() {
        thread_local GemmScratch scratch;
        return scratch.block_;
    }

private:
#if defined(_WIN32)
    GemmScratch() : block_(_aligned_malloc(GEMM_SCRATCH, 64)) {}
    ~GemmScratch() { _aligned_free(block_); }
#else
    GemmScratch() {
        if (posix_memalign(&block_, 64, GEMM_SCRATCH)) block_ = nullptr;
    }
    ~GemmScratch() { std::free(block_); }
#endif
    GemmScratch(const GemmScratch&) = delete;
    GemmScratch& operator=(const GemmScratch&) = delete;
    void* block_;
};

template <class T>
void run_gemm(const GemmTable* table, const CacheSizes& caches, void* scratch, bool trans_a, bool trans_b, size_t M,
              size_t N, size_t K, double alpha, const void* A, size_t lda, const void* B, size_t ldb, double beta,
              void* C, size_t ldc, const void* bias) {
    const T *a = static_cast<const T*>(A), *b = static_cast<const T*>(B), *bias__n = static_cast<const T*>(bias);
    T* const c = static_cast<T*>(C);
    const GemmArgs<T> args{trans_a, trans_b, M, N, K, T(alpha), a, lda, b, ldb, T(beta), c, ldc, bias__n};
    if constexpr (sizeof(T) == sizeof(float)) table->sgemm(args, caches, scratch);
    else table->dgemm(args, caches, scratch);
}

}  // namespace thinc

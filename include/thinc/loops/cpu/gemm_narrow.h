// Products of many rows with fewer columns than a vector has lanes, and few k: what is left over in a tile would be
// most of it. C is taken as the sequence of numbers that it is in memory, W rows of N columns as N vectors, and every
// lane of these has its own chain:
//
//     N = 3, W = 4     C, rows 0 to 3     x = A(0..3, k)     b = B(k, 0..2), repeated
//     vector 0         00 01 02 10        x0 x0 x0 x1        b0 b1 b2 b0
//     vector 1         11 12 20 21        x1 x1 x2 x2        b1 b2 b0 b1
//     vector 2         22 30 31 32        x2 x3 x3 x3        b2 b0 b1 b2
#pragma once

#include <cstring>

#include "thinc/kernels/gemm.h"
#include "thinc/loops/cpu/few.h"
#include "thinc/loops/cpu/gemm_tile.h"

namespace thinc {
namespace LEVEL {
namespace {

#if defined(__GNUC__) || defined(__clang__)

template <class T, size_t N, size_t v> inline void add_product(Vec<T>& acc, Vec<T> x, const T* b) {
    x = shuffle<Repeat<WIDTH<T>, N, v>, T>(x, x);
    keep_whole(x);
    acc = fma<T>(x, load(b + v * WIDTH<T>), acc);
}
template <class T, size_t N, size_t... v>
inline void add_products(Vec<T>* acc, Vec<T> x, const T* b, std::index_sequence<v...>) {
    (add_product<T, N, v>(acc[v], x, b), ...);
}

// W rows of C. `b` has N vectors for each k, then those of the bias. Not transposed, A is read in strips of F columns.
template <class T, size_t N> inline void narrow_rows(T* C, const T* A, size_t lda, const GemmArgs<T>& g, const T* b) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    constexpr std::make_index_sequence<N> all;
    Vec<T> acc[N] = {};
    if (g.trans_a) {
        for (size_t k = 0; k < g.K; ++k, b += N * W) add_products<T, N>(acc, load(A + k * lda), b, all);
    } else {
        for (size_t k = 0; k < g.K; k += F) {
            Vec<T> x[F];
            load_columns(x, A + k, lda);
#pragma GCC unroll 8
            for (size_t f = 0; f < F; ++f) {
                if (k + f == g.K) break;
                add_products<T, N>(acc, x[f], b, all), b += N * W;
            }
        }
    }
#pragma GCC unroll 16
    for (size_t v = 0; v < N; ++v) store(C + v * W, g.bias__n ? acc[v] + load(b + v * W) : acc[v]);
}

// Writes a row of N numbers, W times, and returns the end of that.
template <class T, size_t... v> inline T* repeat_row(T* to, Vec<T> row, std::index_sequence<v...>) {
    constexpr size_t W = WIDTH<T>, N = sizeof...(v);
    (store(to + v * W, shuffle<Cycle<W, N, v>, T>(row, row)), ...);
    return to + N * W;
}

template <class T, size_t N> void multiply_columns(const GemmArgs<T>& g, T* scratch) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    constexpr std::make_index_sequence<N> all;
    const size_t deep = (g.K + F - 1) / F * F;
    T* end = scratch;
    for (size_t k = 0; k <= g.K; ++k) {
        T row[W] = {};
        if (k < g.K)
            for (size_t n = 0; n < N; ++n) row[n] = g.B[g.trans_b ? n * g.ldb + k : k * g.ldb + n];
        else if (g.bias__n)
            for (size_t n = 0; n < N; ++n) row[n] = g.bias__n[n];
        end = repeat_row<T>(end, load(row), all);
    }
    T* const copy = end;
    for (size_t m = 0; m < g.M; m += W) {
        if (m + W > g.M) m = g.M - W;
        const T* A = g.A + (g.trans_a ? m : m * g.lda);
        // Strips may reach into the next rows, but not over the end of A.
        if (g.trans_a || (g.M - m - W) * g.lda + g.K >= deep) {
            narrow_rows<T, N>(g.C + m * N, A, g.lda, g, scratch);
        } else {
            for (size_t w = 0; w < W; ++w) std::memcpy(copy + w * deep, A + w * g.lda, g.K * sizeof(T));
            narrow_rows<T, N>(g.C + m * N, copy, deep, g, scratch);
        }
    }
}

// Does the product, if it is one that is faster so. Repeating B takes about N K steps, which rows have to pay for.
template <class T> inline bool multiply_narrow(const GemmArgs<T>& g, T* scratch) {
    constexpr size_t W = WIDTH<T>;
    if (g.N >= W || g.M < 48 || g.K > 16 || g.N * g.K > (g.M < 16 * W ? 8 : 16) * W) return false;
    if (g.ldc != g.N || g.alpha != T(1) || g.beta != T(0)) return false;
    with_few<W>(g.N, [&](auto n) { multiply_columns<T, n>(g, scratch); });
    return true;
}

#else

template <class T> inline bool multiply_narrow(const GemmArgs<T>&, T*) { return false; }

#endif

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

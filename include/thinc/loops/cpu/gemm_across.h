// Products of a few rows with a transposed matrix: its squares of WIDTH rows and columns are turned round in
// registers on their way to the multiply-adds, since a packed copy would not be used often enough.
#pragma once

#include "thinc/loops/cpu/gemm_pack.h"
#include "thinc/loops/cpu/gemm_tile.h"

namespace thinc {
namespace LEVEL {
namespace {

// As `tile`, for a V whose rows and columns are exchanged: V(k, j) is at V[j * ldv + k], `last_v` counts columns. D holds
// no chains so far: k is not blocked.
template <class T, size_t R, size_t C> void tile_across(const Panel<T>& p, const T* S, T* D) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    Vec<T> acc[R][C];
    const size_t si = p.si, sk = p.sk, ldv = p.ldv, last_v = p.last_v, ldd = p.ldd, last_d = p.last_d;
#pragma GCC unroll 16
    for (size_t i = 0; i < R; ++i)
#pragma GCC unroll 16
        for (size_t c = 0; c < C; ++c) acc[i][c] = Vec<T>{};
    size_t k = 0;
#pragma GCC unroll 1
    for (; k + W <= p.nK; k += W) {
        const T* s = S + k * sk;
#pragma GCC unroll 16
        for (size_t c = 0; c < C; ++c) {
            const T* v = p.V + (c == C - 1 ? last_v : c * W) * ldv + k;
            // Whole cache lines, W columns at a time: the lines of all rows may not fit the cache together.
#pragma GCC unroll 4
            for (size_t f = 0; f < W; f += F) {
                Vec<T> y[F];
                load_columns(y, v + f, ldv);
#pragma GCC unroll 8
                for (size_t q = 0; q < F; ++q)
#pragma GCC unroll 4
                    for (size_t i = 0; i < R; ++i)
                        acc[i][c] = fma<T>(broadcast(s[i * si + (f + q) * sk]), y[q], acc[i][c]);
            }
        }
    }
    if (k < p.nK) {
        alignas(64) T columns[W * W];
        for (size_t c = 0; c < C; ++c) {
            transpose_rows(columns, W, p.V + (c == C - 1 ? last_v : c * W) * ldv + k, ldv, p.nK - k, k);
#pragma GCC unroll 1
            for (size_t q = 0; q < p.nK - k; ++q)
#pragma GCC unroll 16
                for (size_t i = 0; i < R; ++i)
                    acc[i][c] = fma<T>(broadcast(S[i * si + (k + q) * sk]), load(columns + q * W), acc[i][c]);
        }
    }
#pragma GCC unroll 16
    for (size_t c = 0; c < C; ++c) {
        const size_t j = c == C - 1 ? last_d : c * W;
        const Vec<T> b = p.bias ? load(p.bias + j) : Vec<T>{} - T(0);
#pragma GCC unroll 16
        for (size_t i = 0; i < R; ++i) store(D + i * ldd + j, p.bias ? acc[i][c] + b : acc[i][c]);
    }
}

// Up to this many rows: with more, packed panels are faster.
constexpr size_t FEW_ROWS = 3, ACROSS_VECTORS = 3;

template <class T> void multiply_few(const Panel<T>& p, size_t R, size_t C, const T* S, T* D) {
    static constexpr Tile<T> tiles[FEW_ROWS][ACROSS_VECTORS] = {
        {tile_across<T, 1, 1>, tile_across<T, 1, 2>, tile_across<T, 1, 3>},
        {tile_across<T, 2, 1>, tile_across<T, 2, 2>, tile_across<T, 2, 3>},
        {tile_across<T, 3, 1>, tile_across<T, 3, 2>, tile_across<T, 3, 3>},
    };
    tiles[R - 1][C - 1](p, S, D);
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

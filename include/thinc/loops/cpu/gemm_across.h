// Products of a few rows with a transposed matrix: its squares of WIDTH rows and columns are turned round in
// registers on their way to the multiply-adds, since a packed copy would not be used often enough.
#pragma once

#include <cstdint>

#include "thinc/loops/cpu/gemm_pack.h"
#include "thinc/loops/cpu/gemm_tile.h"

namespace thinc {
namespace LEVEL {
namespace {

// As `tile`, for a V whose rows and columns are exchanged: V(k, j) is at V[j * ldv + k], `last_v` counts columns, and nK
// is a multiple of WIDTH.
template <class T, size_t R, size_t C> void tile_across(const Panel<T>& p, const T* S, T* D) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    Vec<T> acc[R][C];
    const size_t si = p.si, sk = p.sk, ldv = p.ldv, last_v = p.last_v;
    begin_chains<T, R, C>(acc, p, D);
#pragma GCC unroll 1
    for (size_t k = 0; k < p.nK; k += W) {
        const T* s = S + k * sk;
#pragma GCC unroll 16
        for (size_t c = 0; c < C; ++c) {
            // Whole cache lines, W columns at a time: the lines of all rows may not fit the cache together.
            const T* v = p.V + (c == C - 1 ? last_v : c * W) * ldv + k;
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
    end_chains<T, R, C>(acc, p, D);
}

// Up to this many rows: with more, packed panels are faster.
constexpr size_t FEW_ROWS = 3, ACROSS_VECTORS = 3;

// Chains of R rows and C vectors, in up to three stretches of k: columns of V up to where a cache line begins, if that is
// the same for all its rows; whole squares; the rest. The first and the last go through a packed copy.
template <class T> void multiply_few(Panel<T> p, size_t R, size_t C, const T* S, T* D, T* scratch) {
    static constexpr Tile<T> tiles[FEW_ROWS][ACROSS_VECTORS] = {
        {tile_across<T, 1, 1>, tile_across<T, 1, 2>, tile_across<T, 1, 3>},
        {tile_across<T, 2, 1>, tile_across<T, 2, 2>, tile_across<T, 2, 3>},
        {tile_across<T, 3, 1>, tile_across<T, 3, 2>, tile_across<T, 3, 3>},
    };
    constexpr size_t W = WIDTH<T>, LINE = 64 / sizeof(T);
    const bool align = p.nK >= 16 * LINE && p.ldv % LINE == 0;
    const size_t begin = align ? -reinterpret_cast<uintptr_t>(p.V) / sizeof(T) % LINE : 0;
    const size_t end = begin + (p.nK - begin) / W * W;

    Panel<T> around = p, squares = p;
    around.V = scratch, around.ldv = C * W, around.last_v = (C - 1) * W;
    around.bias = nullptr;
    if (begin) {
        pack_panel(scratch, p.V, p.ldv, true, LINE, C, p.last_v, 0);
        around.nK = begin;
        TILES<T>.at[C - 1][R - 1](around, S, D);
        around.carry = squares.carry = true;
    }
    if (begin < end) {
        squares.V = p.V + begin, squares.nK = end - begin;
        if (end < p.nK) squares.bias = nullptr;
        tiles[R - 1][C - 1](squares, S + begin * p.sk, D);
        around.carry = true;
    }
    if (end < p.nK) {
        pack_panel(scratch, p.V + end, p.ldv, true, p.nK - end, C, p.last_v, end);
        around.nK = p.nK - end, around.bias = p.bias;
        TILES<T>.at[C - 1][R - 1](around, S + end * p.sk, D);
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

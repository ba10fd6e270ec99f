// Products of a few rows with a transposed matrix: its squares of WIDTH rows and columns are turned round in
// registers on their way to the multiply-adds, since a packed copy would not be used often enough.
#pragma once

#include <cstdint>

#include "thinc/loops/cpu/gemm_pack.h"

namespace thinc {
namespace LEVEL {
namespace {

// As `tile`, for a V whose rows and columns are exchanged: V(k, j) is at V[j * ldv + k], `last_v` counts columns, and
// nK is a multiple of WIDTH.
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

// As `tile_across`, for more rows and two vectors: while the multiply-adds of one pair of squares go on, the next pair
// is turned round, a few shuffles at each k. The units for shuffles and for multiply-adds are not the same.
template <class T, size_t R> void tile_turning(const Panel<T>& p, const T* S, T* D) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>, Q = F / 2, C = 2, G = (R + 2) / 3;
    static_assert(W == 2 * F);
    alignas(64) T squares[2][W * C * W];
    Vec<T> acc[R][C];
    const size_t si = p.si, sk = p.sk, ldv = p.ldv;
    const T* const V[C] = {p.V, p.V + p.last_v * ldv};
    begin_chains<T, R, C>(acc, p, D);
    const T* s[G];
#pragma GCC unroll 16
    for (size_t g = 0; g < G; ++g) s[g] = S + 3 * g * si;
    T *now = squares[0], *next = squares[1];
    for (size_t c = 0; c < C; ++c) transpose_rows(now + c * W, C * W, V[c], ldv, W, 0);
#pragma GCC unroll 1
    for (size_t k = 0; k < p.nK; k += W) {
        const size_t ahead = k + W < p.nK ? k + W : k;  // at the end in vain
#pragma GCC unroll 1
        for (size_t half = 0; half < 2; ++half) {
            const T* x = now + half * F * C * W;
            const T* v = V[half] + ahead;
            T* square = next + half * W;
            Vec<T> z[F];
#pragma GCC unroll 8
            for (size_t f = 0; f < F; ++f) {
                const Vec<T> y[C] = {load(x + f * C * W), load(x + (f * C + 1) * W)};
#pragma GCC unroll 16
                for (size_t i = 0; i < R; ++i) {
                    const Vec<T> a = broadcast(s[i / 3][i % 3 * si]);
#pragma GCC unroll 2
                    for (size_t c = 0; c < C; ++c) acc[i][c] = fma<T>(a, y[c], acc[i][c]);
                    if (i == R / 2) load_lanes(z, v + f / Q * F, ldv, f % Q);
                }
                if (f % Q == Q - 1) {
                    finish_columns<T>(z);
#pragma GCC unroll 8
                    for (size_t c = 0; c < F; ++c) store(square + (f / Q * F + c) * C * W, z[c]);
                }
#pragma GCC unroll 16
                for (size_t g = 0; g < G; ++g) s[g] += sk;
            }
        }
        T* const turned = next;
        next = now, now = turned;
    }
    end_chains<T, R, C>(acc, p, D);
}

// So many rows are few: with more, packed panels are faster. Turning takes the registers of v4.
template <class T> constexpr bool TURNS = REGISTERS == 32 && WIDTH<T> == 2 * STRIP<T>;
template <class T> constexpr size_t FEW_ROWS = TURNS<T> ? 9 : 3;
constexpr size_t ACROSS_ROWS = 3, ACROSS_VECTORS = 3;

template <class T> inline Tile<T> tile_for_few(size_t R, size_t C) {
    static constexpr Tile<T> across[ACROSS_ROWS][ACROSS_VECTORS] = {
        {tile_across<T, 1, 1>, tile_across<T, 1, 2>, tile_across<T, 1, 3>},
        {tile_across<T, 2, 1>, tile_across<T, 2, 2>, tile_across<T, 2, 3>},
        {tile_across<T, 3, 1>, tile_across<T, 3, 2>, tile_across<T, 3, 3>},
    };
    if constexpr (TURNS<T>) {
        static constexpr Tile<T> turning[] = {tile_turning<T, 4>, tile_turning<T, 5>, tile_turning<T, 6>,
                                              tile_turning<T, 7>, tile_turning<T, 8>, tile_turning<T, 9>};
        if (R > ACROSS_ROWS) return turning[R - ACROSS_ROWS - 1];
    }
    return across[R - 1][C - 1];
}

// Chains of R rows and C vectors, in up to three stretches of k: columns of V up to where a cache line begins, if that
// is the same for all its rows; whole squares; the rest. The first and the last go through a packed copy.
template <class T> void multiply_few(Panel<T> p, size_t R, size_t C, const T* S, T* D, T* scratch) {
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
        tile_for_few<T>(R, C)(squares, S + begin * p.sk, D);
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

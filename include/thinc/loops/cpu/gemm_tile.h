// The innermost loop of a matrix product: a tile of R rows by C vectors, held in registers for all k.
//
// Of the two operands one gives scalars, S(i, k), and one gives vectors, V(k, j); which of A and B is which is
// the caller's choice. Every element of the tile is one chain of fused multiply-adds over k.
#pragma once

#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// All that the tiles of one panel (all rows, C vectors) have in common. Vector c of row k starts at
// V + k ldv + c WIDTH, and belongs to D + c WIDTH; only the last one is where `last` says, so that a panel
// whose width is no multiple of WIDTH ends with a vector that overlaps the one before.
template <class T> struct Panel {
    size_t nK;
    size_t si, sk;  // strides of S
    const T* V;
    size_t ldv, last_v;
    size_t ldd, last_d;
    const T* bias;  // added at the end; may be null
    bool carry;     // D holds the chains so far
};

// The accumulators of a tile: zeros, or the chains so far.
template <class T, size_t R, size_t C> inline void begin_chains(Vec<T> (&acc)[R][C], const Panel<T>& p, const T* D) {
    const size_t ldd = p.ldd, last = p.last_d;
    if (p.carry) {
#pragma GCC unroll 16
        for (size_t i = 0; i < R; ++i)
#pragma GCC unroll 16
            for (size_t c = 0; c < C; ++c) acc[i][c] = load(D + i * ldd + (c == C - 1 ? last : c * WIDTH<T>));
    } else {
#pragma GCC unroll 16
        for (size_t i = 0; i < R; ++i)
#pragma GCC unroll 16
            for (size_t c = 0; c < C; ++c) acc[i][c] = Vec<T>{};
    }
}

template <class T, size_t R, size_t C> inline void end_chains(Vec<T> (&acc)[R][C], const Panel<T>& p, T* D) {
    const size_t ldd = p.ldd, last = p.last_d;
    if (p.bias) {
#pragma GCC unroll 16
        for (size_t c = 0; c < C; ++c) {
            const Vec<T> b = load(p.bias + (c == C - 1 ? last : c * WIDTH<T>));
#pragma GCC unroll 16
            for (size_t i = 0; i < R; ++i) acc[i][c] += b;
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < R; ++i)
#pragma GCC unroll 16
        for (size_t c = 0; c < C; ++c) store(D + i * ldd + (c == C - 1 ? last : c * WIDTH<T>), acc[i][c]);
}

// D(i, j) = [D(i, j) +] sum over k of S(i, k) V(k, j) [+ bias(j)].
template <class T, size_t R, size_t C> void tile(const Panel<T>& p, const T* S, T* D) {
    constexpr size_t W = WIDTH<T>, G = (R + 2) / 3;
    Vec<T> acc[R][C];
    const size_t si = p.si, sk = p.sk, ldv = p.ldv, last_v = p.last_v;
    begin_chains<T, R, C>(acc, p, D);
    // One pointer for three rows: x86 addresses [s], [s + stride] and [s + 2 stride] from two registers.
    const T* s[G];
#pragma GCC unroll 16
    for (size_t g = 0; g < G; ++g) s[g] = S + 3 * g * si;
    const T* v = p.V;
#pragma GCC unroll 1
    for (size_t k = 0; k < p.nK; ++k) {
        Vec<T> y[C];
#pragma GCC unroll 16
        for (size_t c = 0; c < C; ++c) y[c] = load(v + (c == C - 1 ? last_v : c * W));
        v += ldv;
#pragma GCC unroll 16
        for (size_t i = 0; i < R; ++i) {
            const Vec<T> x = broadcast(s[i / 3][i % 3 * si]);
#pragma GCC unroll 16
            for (size_t c = 0; c < C; ++c) acc[i][c] = fma<T>(x, y[c], acc[i][c]);
        }
#pragma GCC unroll 16
        for (size_t g = 0; g < G; ++g) s[g] += sk;
    }
    end_chains<T, R, C>(acc, p, D);
}

// The most vectors in a tile, and the most rows beside that many vectors: R C accumulators, C vectors and a
// scalar have to fit in the registers.
constexpr size_t MOST_VECTORS = 12, MOST_ROWS = 14;
constexpr size_t most_rows(size_t C) {
    const size_t rows = (REGISTERS - 1 - C) / C;
    return rows < 1 ? 1 : rows < MOST_ROWS ? rows : MOST_ROWS;
}

template <class T> using Tile = void (*)(const Panel<T>&, const T* S, T* D);

template <class T> struct Tiles {
    Tile<T> at[MOST_VECTORS][MOST_ROWS];
};
template <class T, size_t C, size_t... r> constexpr void fill_rows(Tiles<T>& tiles, std::index_sequence<r...>) {
    ((tiles.at[C - 1][r] = tile<T, r + 1, C>), ...);
}
template <class T, size_t... c> constexpr Tiles<T> all_tiles(std::index_sequence<c...>) {
    Tiles<T> tiles{};
    (fill_rows<T, c + 1>(tiles, std::make_index_sequence<most_rows(c + 1)>()), ...);
    return tiles;
}
template <class T> constexpr Tiles<T> TILES = all_tiles<T>(std::make_index_sequence<MOST_VECTORS>());

// Rows in tiles whose heights differ by one at most.
struct Heights {
    size_t tiles, lower, taller;
    Heights(size_t rows, size_t most) : tiles(1), lower(rows), taller(0) {
        if (rows <= most) return;
        tiles = (rows + most - 1) / most;
        lower = rows / tiles, taller = rows % tiles;
    }
    size_t operator[](size_t t) const { return lower + (t < taller); }
};

// All rows of a panel. Scalars that are `packed` lie tile by tile, and in a tile k by k.
template <class T>
inline void multiply_panel(Panel<T> p, size_t C, const Heights& heights, bool packed, const T* S, T* D) {
    for (size_t t = 0; t < heights.tiles; ++t) {
        const size_t R = heights[t];
        if (packed) p.sk = R;
        TILES<T>.at[C - 1][R - 1](p, S, D);
        S += R * (packed ? p.nK : p.si);
        D += R * p.ldd;
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

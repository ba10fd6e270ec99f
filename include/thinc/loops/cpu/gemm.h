// Matrix products: which operand gives the vectors, what is packed, and in which blocks C is made.
//
// The numerics do not depend on any of it: see kernels/gemm.h. docs/gemm.md has a picture.
#pragma once

#include "thinc/kernels/gemm.h"
#include "thinc/loops/cpu/gemm_across.h"

namespace thinc {
namespace LEVEL {
namespace {

// A product in the terms of its tiles: D(i, j) = sum over k of S(i, k) V(k, j).
template <class T> struct Roles {
    bool swapped;  // S is op(B) transposed, V is op(A) transposed, D is C transposed
    size_t nI, nJ, nK;
    const T* S;
    size_t si, sk;  // S(i, k) is at S[i * si + k * sk]
    const T* V;
    size_t ldv;
    bool across;  // V(k, j) is at V[j * ldv + k], not at V[k * ldv + j]
};

template <class T> Roles<T> roles_of(const GemmArgs<T>& g, bool swapped) {
    const size_t a = g.trans_a ? 1 : g.lda, ak = g.trans_a ? g.lda : 1;
    const size_t b = g.trans_b ? g.ldb : 1, bk = g.trans_b ? 1 : g.ldb;
    if (swapped) return {true, g.N, g.M, g.K, g.B, b, bk, g.A, g.lda, !g.trans_a};
    return {false, g.M, g.N, g.K, g.A, a, ak, g.B, g.ldb, g.trans_b};
}

// Work of a choice of roles, in vector operations: the tiles (two a cycle), and moves (about four times that).
template <class T> size_t cost(const Roles<T>& r) {
    constexpr size_t W = WIDTH<T>;
    const size_t vectors = (r.nJ + W - 1) / W;
    size_t moves = 0;
    if (r.across || r.nJ < W) moves += vectors * r.nK;
    if (r.swapped || r.nJ < W) moves += vectors * r.nI;
    return vectors * r.nK * r.nI + 4 * moves;
}

// How many vectors a panel of a product with this many rows should have: enough for twice the latency of an
// addition, and as few loads as possible beside each multiply-add.
constexpr size_t panel_vectors(size_t rows) {
    size_t best = 1, best_cost = size_t(-1);
    for (size_t C = 1; C <= MOST_VECTORS; ++C) {
        const size_t tiles = (rows + most_rows(C) - 1) / most_rows(C), R = rows / tiles;
        const size_t work = R * C < 8 ? 8 : R * C > R + C ? R * C : R + C;
        const size_t c = 1000 * work / (R * C) + 100 * (R + C) / (R * C);
        if (c <= best_cost) best = C, best_cost = c;
    }
    return best;
}
struct PanelVectors {
    size_t at[MOST_ROWS + 1];
};
constexpr PanelVectors panel_table() {
    PanelVectors p{};
    for (size_t rows = 1; rows <= MOST_ROWS; ++rows) p.at[rows] = panel_vectors(rows);
    return p;
}
constexpr PanelVectors PANEL_VECTORS = panel_table();
static_assert(PANEL_VECTORS.at[MOST_ROWS] > 1);
constexpr size_t MANY_ROWS_VECTORS = REGISTERS == 32 ? 3 : 2;

inline size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }
inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Parts of the scratch memory, in bytes.
constexpr size_t PANEL_BYTES = 256 * 1024, BLOCK_BYTES = GEMM_SCRATCH - PANEL_BYTES;

template <class T>
void multiply(const Roles<T>& r, const GemmArgs<T>& g, const CacheSizes& cache, void* scratch) {
    constexpr size_t W = WIDTH<T>;
    const Epilogue<T> epilogue{g.alpha, g.beta, g.bias__n};
    T* const packed = static_cast<T*>(scratch);
    T* const block = packed + PANEL_BYTES / sizeof(T);

    const bool in_place = !r.swapped && g.alpha == T(1) && g.beta == T(0) && r.nJ >= W;
    const bool few = r.across && r.nI <= FEW_ROWS && r.nJ >= W;
    const size_t vectors = ceil_div(r.nJ, W);
    const size_t panels = ceil_div(vectors, few ? ACROSS_VECTORS : r.nI <= MOST_ROWS ? PANEL_VECTORS.at[r.nI] : MANY_ROWS_VECTORS);
    const size_t width = ceil_div(vectors, panels);
    const bool pack = (r.across && !few) || r.nJ < W || r.nI > 64;

    size_t deep = pack ? cache.l1 * (r.nI > 128 ? 6 : 3) / 8 / (width * W * sizeof(T)) : few ? r.nK : 512;
    deep = ceil_div(ceil_div(r.nK, ceil_div(r.nK, deep)), W) * W;
    size_t high = cache.l2 / 2 / (deep * sizeof(T));
    if (!in_place) high = least(high, BLOCK_BYTES / (width * W * sizeof(T)) - 48);
    high = ceil_div(ceil_div(r.nI, ceil_div(r.nI, high)), 24) * 24;

    Panel<T> p;
    p.si = r.si, p.sk = r.sk;
    for (size_t i = 0; i < r.nI; i += high) {
        const size_t rows = least(high, r.nI - i);
        const size_t together = in_place ? panels : 1;
        for (size_t first = 0; first < panels; first += together) {
            for (size_t k = 0; k < r.nK; k += deep) {
                p.nK = least(deep, r.nK - k);
                p.carry = k > 0;
                const bool ends = k + deep >= r.nK;
                for (size_t n = first; n < first + together; ++n) {
                    // Panel n begins at vector `begin` and has C of them; the last may overlap.
                    const size_t begin = n * vectors / panels, C = (n + 1) * vectors / panels - begin;
                    const size_t j = begin * W, columns = least(C * W, r.nJ - j);
                    const size_t last = columns < W ? 0 : columns - W;
                    if (pack) {
                        pack_panel(packed, r.V + (r.across ? j * r.ldv + k : k * r.ldv + j), r.ldv, r.across, p.nK, C, last,
                                   columns);
                        p.V = packed, p.ldv = C * W, p.last_v = (C - 1) * W;
                    } else {
                        p.V = r.V + (r.across ? j * r.ldv : k * r.ldv + j), p.ldv = r.ldv, p.last_v = last;
                    }
                    p.last_d = last;
                    p.bias = in_place && ends && g.bias__n ? g.bias__n + j : nullptr;
                    p.ldd = in_place ? g.ldc : C * W;
                    T* const D = in_place ? g.C + i * g.ldc + j : block;
                    if (few)
                        multiply_few(p, rows, C, r.S, D);
                    else
                        multiply_panel(p, C, rows, r.S + i * r.si + k * r.sk, D);
                    if (in_place || !ends) continue;
                    if (r.swapped) {
                        Epilogue<T> e = epilogue;
                        if (e.bias__n) e.bias__n += i;
                        finish_transposed(g.C + j * g.ldc + i, g.ldc, block, p.ldd, rows, columns, e);
                    } else {
                        Epilogue<T> e = epilogue;
                        if (e.bias__n) e.bias__n += j;
                        finish(g.C + i * g.ldc + j, g.ldc, block, p.ldd, rows, columns, e);
                    }
                }
            }
        }
    }
}

template <class T> void gemm(const GemmArgs<T>& g, const CacheSizes& cache, void* scratch) {
    if (!g.M || !g.N) return;
    if (!g.K || g.alpha == T(0)) {
        const Epilogue<T> e{T(0), g.beta, g.bias__n};
        T* zeros = static_cast<T*>(scratch);
        const size_t most = least(g.N, GEMM_SCRATCH / sizeof(T));
        std::memset(zeros, 0, most * sizeof(T));
        for (size_t m = 0; m < g.M; ++m)
            for (size_t n = 0; n < g.N; n += most)
                finish_row(g.C + m * g.ldc + n, zeros, least(most, g.N - n), e, g.bias__n ? g.bias__n + n : nullptr);
        return;
    }
    const Roles<T> straight = roles_of(g, false);
    if (!straight.across && g.N >= WIDTH<T>) return multiply(straight, g, cache, scratch);
    const Roles<T> swapped = roles_of(g, true);
    multiply(cost(swapped) < cost(straight) ? swapped : straight, g, cache, scratch);
}

template <class T> void axpy(size_t N, T alpha, const T* X, ptrdiff_t incX, T* Y, ptrdiff_t incY) {
    if (incX == 1 && incY == 1)
        for (size_t n = 0; n < N; ++n) Y[n] = fma(alpha, X[n], Y[n]);
    else
        for (size_t n = 0; n < N; ++n, X += incX, Y += incY) *Y = fma(alpha, *X, *Y);
}

template <class T> void scal(size_t N, T alpha, T* X, ptrdiff_t incX) {
    if (incX == 1)
        for (size_t n = 0; n < N; ++n) X[n] *= alpha;
    else
        for (size_t n = 0; n < N; ++n, X += incX) *X *= alpha;
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

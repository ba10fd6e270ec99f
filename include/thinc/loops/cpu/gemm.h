// Matrix products: which operand gives the vectors, what is packed, and in which blocks C is made.
//
// The numerics do not depend on any of it: see kernels/gemm.h. docs/gemm.md has a picture.
#pragma once

#include "thinc/kernels/gemm.h"
#include "thinc/loops/cpu/gemm_across.h"
#include "thinc/loops/cpu/gemm_narrow.h"

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

// How many vectors a panel has at most: few rows need many for enough chains at a time.
constexpr bool SMALL_TILES = REGISTERS < 32;
constexpr size_t MANY_ROWS_VECTORS = SMALL_TILES ? 2 : 3;
inline size_t panel_vectors(size_t rows) {
    if (rows > ACROSS_ROWS) return MANY_ROWS_VECTORS;
    size_t C = MOST_VECTORS;
    while (most_rows(C) < rows) --C;
    return C;
}

inline size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }
inline size_t least(size_t a, size_t b) { return a < b ? a : b; }
// The size of parts, all about the same and at most `most`, of a total; a multiple of `unit`, like `most`.
inline size_t part(size_t total, size_t most, size_t unit) {
    if (total <= most) return total;
    return ceil_div(ceil_div(total, ceil_div(total, most)), unit) * unit;
}

// The parts of the scratch memory: a packed panel, and a block of finished chains that are not yet C.
constexpr size_t PANEL_BYTES = 256 * 1024, BLOCK_BYTES = GEMM_SCRATCH - PANEL_BYTES;

template <class T> struct Plan {
    bool in_place;           // the chains grow in C itself
    bool few;                // V is turned round on its way, for all i and k at a time
    bool turn;               // so, and two vectors at a time
    bool pack;               // V is copied, panel by panel
    bool scalars;            // S is copied, for all panels
    size_t most;             // rows of a tile
    size_t narrow, wide, C;  // so many panels of C vectors, then so many of C + 1
    size_t deep;             // of k at a time: a packed panel stays in the first cache, or near it
    size_t high;             // of i at a time: as many scalars as the second cache holds three times
};

template <class T> Plan<T> plan_of(const Roles<T>& r, const GemmArgs<T>& g, const CacheSizes& cache) {
    constexpr size_t W = WIDTH<T>;
    Plan<T> p;
    p.in_place = !r.swapped && g.alpha == T(1) && g.beta == T(0) && r.nJ >= W;
    p.few = r.across && r.nJ >= W && r.nI <= ACROSS_ROWS;
    p.turn = r.across && r.nJ > W && r.nI > ACROSS_ROWS && r.nI <= FEW_ROWS<T> && r.nK >= 12 * W;
    p.few |= p.turn;
    // Vectors that need not be turned round are read where they are, unless they come from beyond the second cache,
    // over and over, or a row of them is so narrow that most of its cache lines hold other columns too.
    const bool far = r.nI > 512 && r.nJ * r.nK * sizeof(T) > 4 * cache.l2;
    p.pack = !p.few && (r.across || r.nJ < W || far || (SMALL_TILES && r.nI > 128));

    const size_t vectors = ceil_div(r.nJ, W);
    // Lines of rows whose distance is a large power of two share few places of the cache: fewer rows at a time then.
    const size_t across = r.ldv * sizeof(T) % 1024 == 0 ? 2 : ACROSS_VECTORS;
    const size_t most = p.turn ? 2 : p.few ? across : p.pack ? MANY_ROWS_VECTORS : panel_vectors(r.nI);
    const size_t panels = vectors <= most ? 1 : ceil_div(vectors, most);
    p.C = panels == 1 ? vectors : vectors / panels;
    p.wide = vectors - p.C * panels, p.narrow = panels - p.wide;

    // A panel that is read by few tiles is packed at the speed of the first cache only if source and copy fit there.
    // Read by many, it may be larger: large tiles take time enough to load from the second cache. Scalars a row of
    // memory apart are each on a page of their own, so fewer of them.
    const bool apart = r.si == 1 && r.sk > 1;
    const size_t many_bytes = SMALL_TILES ? cache.l1 / 2 : apart ? cache.l1 * 3 / 2 : cache.l1 * 2;
    const size_t packed_bytes = r.nI <= 128 ? cache.l1 * 3 / 8 : many_bytes;
    const size_t panel_bytes = p.pack ? packed_bytes : 512 * most * W * sizeof(T);
    const size_t deepest = least(panel_bytes, PANEL_BYTES) / (most * W * sizeof(T)) / W * W;
    p.deep = p.few ? r.nK : part(r.nK, deepest ? deepest : W, W);
    // Scalars of successive k that are a row of memory apart come too slowly where a k takes little time, as with small
    // tiles, or where the rows share few places of the cache.
    p.scalars = p.in_place && r.si == 1 && r.sk >= 2 * W && r.nI > 2 * MOST_ROWS && r.nJ >= 256 &&
                (SMALL_TILES || (r.sk * sizeof(T) % 4096 == 0 && !far));
    p.most = most_rows(p.C + (p.wide > 0));
    // Every block of rows packs all panels anew, which costs more than scalars from beyond the second cache.
    const size_t highest = 3 * cache.l2 / (p.deep * sizeof(T)) + 1;
    const size_t room = BLOCK_BYTES / sizeof(T) / (p.scalars ? p.deep : most * W) - W;
    p.high = p.few ? r.nI : part(r.nI, p.in_place && !p.scalars ? highest : least(highest, room), 1);
    return p;
}

// Rows i to i + rows, vectors v to v + C, and k to k + deep of a product.
template <class T>
void multiply_block(const Roles<T>& r, const GemmArgs<T>& g, const Plan<T>& plan, T* scratch, size_t i, size_t rows,
                    size_t v, size_t C, size_t k) {
    constexpr size_t W = WIDTH<T>;
    T* const block = scratch + PANEL_BYTES / sizeof(T);
    const size_t j = v * W, own = least(C * W, r.nJ - j);
    if (plan.turn) C = 2;  // a single vector is made together with the next one
    const size_t columns = least(C * W, r.nJ - j);
    const size_t last = columns < W ? 0 : columns - W;
    const bool ends = k + plan.deep >= r.nK;
    const T* V = r.V + (r.across ? j * r.ldv + k : k * r.ldv + j);
    const T* S = r.S + i * r.si + k * r.sk;

    Panel<T> p;
    p.nK = least(plan.deep, r.nK - k), p.carry = k > 0;
    p.si = r.si, p.sk = r.sk;
    p.V = V, p.ldv = r.ldv, p.last_v = last;
    if (plan.pack) {
        if (columns < W) pack_narrow(scratch, V, r.ldv, r.across, p.nK, columns);
        else pack_panel(scratch, V, r.ldv, r.across, p.nK, C, last, k);
        p.V = scratch, p.ldv = C * W, p.last_v = (C - 1) * W;
    }
    p.ldd = plan.in_place ? g.ldc : C * W, p.last_d = last;
    p.bias = plan.in_place && ends && g.bias__n ? g.bias__n + j : nullptr;
    T* const D = plan.in_place ? g.C + i * g.ldc + j : block;
    if (plan.few) multiply_few(p, rows, C, S, D, scratch);
    else
        multiply_panel(p, C, Heights(rows, plan.scalars ? plan.most : most_rows(C)), plan.scalars,
                       plan.scalars ? block : S, D);
    if (plan.in_place || !ends) return;

    const size_t m = r.swapped ? j : i, n = r.swapped ? i : j;
    const Epilogue<T> e{g.alpha, g.beta, g.bias__n ? g.bias__n + n : nullptr};
    (r.swapped ? finish_transposed<T> : finish<T>)(g.C + m * g.ldc + n, g.ldc, block, p.ldd, rows, own, e);
}

template <class T>
void multiply(const Roles<T>& r, const GemmArgs<T>& g, const CacheSizes& cache, T* scratch) {
    const Plan<T> p = plan_of(r, g, cache);
    const size_t panels = p.narrow + p.wide;
    // The chains of a block outside of C have to end before the next panel begins.
    const size_t group = p.in_place ? panels : 1;
    for (size_t i = 0; i < r.nI; i += p.high)
        for (size_t first = 0, v = 0; first < panels; first += group) {
            const size_t begin = v;
            for (size_t k = 0; k < r.nK; k += p.deep) {
                v = begin;
                if (p.scalars)
                    pack_scalars(scratch + PANEL_BYTES / sizeof(T), r.S + i + k * r.sk, r.sk,
                                 Heights(least(p.high, r.nI - i), p.most), least(p.deep, r.nK - k));
                for (size_t n = first; n < first + group; ++n) {
                    const size_t C = p.C + (n >= p.narrow);
                    multiply_block(r, g, p, scratch, i, least(p.high, r.nI - i), v, C, k);
                    v += C;
                }
            }
        }
}

template <class T> void gemm(const GemmArgs<T>& g, const CacheSizes& cache, void* memory) {
    T* const scratch = static_cast<T*>(memory);
    if (!g.M || !g.N) return;
    if (!g.K || g.alpha == T(0)) {
        const Epilogue<T> e{T(0), g.beta, g.bias__n};
        T* const zeros = scratch;
        const size_t most = least(g.N, GEMM_SCRATCH / sizeof(T));
        std::memset(zeros, 0, most * sizeof(T));
        for (size_t m = 0; m < g.M; ++m)
            for (size_t n = 0; n < g.N; n += most)
                finish_row(g.C + m * g.ldc + n, zeros, least(most, g.N - n), e, g.bias__n ? g.bias__n + n : nullptr);
        return;
    }
    if (multiply_narrow(g, scratch)) return;
    // A single row lies in memory like a single column.
    if (g.M == 1 && g.trans_b && g.K < 12 && !g.bias__n) {
        GemmArgs<T> column = g;
        column.trans_a = false, column.M = g.N, column.A = g.B, column.lda = g.ldb;
        column.trans_b = !g.trans_a, column.N = 1, column.B = g.A, column.ldb = g.lda, column.ldc = 1;
        if (multiply_narrow(column, scratch)) return;
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

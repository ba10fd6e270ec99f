// Moving matrices for a product: vectors into panels, finished blocks into C.
#pragma once

#include <cstring>

#include "thinc/loops/cpu/gemm_tile.h"

namespace thinc {
namespace LEVEL {
namespace {

// Y[k * ldy + r] = X[r * ldx + k] for r < WIDTH, k < nK. The `before` columns in front of X may be read too.
template <class T> void transpose_rows(T* Y, size_t ldy, const T* X, size_t ldx, size_t nK, size_t before) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    if (nK >= F) {
        for (size_t k = 0; k + F <= nK; k += F) transpose(Y + k * ldy, ldy, X + k, ldx);
        const size_t k = nK - F;  // the last strip overlaps the one before
        if (nK % F) transpose(Y + k * ldy, ldy, X + k, ldx);
    } else if (before + nK >= F) {
        alignas(64) T strip[F * W];
        const size_t lead = F - nK;
        transpose(strip, W, X - lead, ldx);
        for (size_t k = 0; k < nK; ++k) store(Y + k * ldy, load(strip + (lead + k) * W));
    } else {
        for (size_t k = 0; k < nK; ++k)
            for (size_t r = 0; r < W; ++r) Y[k * ldy + r] = X[r * ldx + k];
    }
}

// One panel: C vectors of columns j ... of op(V), for nK rows; P[k * C WIDTH + j] = V(k, j). `across` says that V is
// stored as rows of columns, V(k, j) at V[j * ldv + k]; else it is at V[k * ldv + j]. `last` is the column of the
// last vector. Across, the `before` rows of V in front may be read too.
template <class T>
void pack_panel(T* P, const T* V, size_t ldv, bool across, size_t nK, size_t C, size_t last, size_t before) {
    constexpr size_t W = WIDTH<T>;
    const size_t ldp = C * W;
    if (across) {
        for (size_t c = 0; c < C; ++c) {
            const T* X = V + (c == C - 1 ? last : c * W) * ldv;
            transpose_rows(P + c * W, ldp, X, ldv, nK, before);
        }
    } else {
        for (size_t k = 0; k < nK; ++k, P += ldp, V += ldv) {
            for (size_t c = 0; c < C - 1; ++c) store(P + c * W, load(V + c * W));
            store(P + (C - 1) * W, load(V + last));
        }
    }
}

// A panel of one vector with fewer columns than it has lanes. What the lanes without a column hold does not matter.
template <class T> void pack_narrow(T* P, const T* V, size_t ldv, bool across, size_t nK, size_t columns) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    if (across) {
        alignas(64) T rows[W * F] = {}, strip[F * W];
        for (size_t k = 0; k < nK; k += F) {
            const size_t n = nK - k < F ? nK - k : F;
            if (n == F)
                for (size_t j = 0; j < columns; ++j) std::memcpy(rows + j * F, V + j * ldv + k, F * sizeof(T));
            else
                for (size_t j = 0; j < columns; ++j) std::memcpy(rows + j * F, V + j * ldv + k, n * sizeof(T));
            transpose(n == F ? P + k * W : strip, W, rows, F);
            if (n < F) std::memcpy(P + k * W, strip, n * W * sizeof(T));
        }
    } else {
        for (size_t k = 0; k < nK; ++k, P += W, V += ldv) {
            // Whole vectors, as long as they end within the rows below.
            if ((nK - 1 - k) * ldv + columns >= W) store(P, load(V));
            else
                for (size_t j = 0; j < W; ++j) P[j] = j < columns ? V[j] : T(0);
        }
    }
}

// The scalars of all tiles: S(i, k) at S[k * sk + i] goes to P[first * nK + k * R + (i - first)] for the tile of R rows
// from `first` on. Some k at a time, so that what is read of a tile and what is written lies on few cache lines.
template <class T> void pack_scalars(T* P, const T* S, size_t sk, const Heights& heights, size_t nK) {
    constexpr size_t W = WIDTH<T>, STRETCH = 16;
    for (size_t begin = 0; begin < nK; begin += STRETCH) {
        const size_t end = begin + STRETCH < nK ? begin + STRETCH : nK;
        size_t first = 0;
        for (size_t t = 0; t < heights.tiles; ++t) {
            const size_t R = heights[t], vectors = (R + W - 1) / W;
            T* to = P + first * nK + begin * R;
            const T* from = S + begin * sk + first;
            // Copies are of whole vectors where what they write in excess is written again, and what they read in
            // excess is there.
            const size_t last = vectors * W <= R ? 1 : (vectors * W + R - 1) / R;
            const size_t whole = last < nK ? nK - last : 0;
            size_t k = begin;
            for (; k < end && k < whole; ++k, to += R, from += sk)
                for (size_t v = 0; v < vectors; ++v) store(to + v * W, load(from + v * W));
            for (; k < end; ++k, to += R, from += sk)
                for (size_t i = 0; i < R; ++i) to[i] = from[i];
            first += R;
        }
    }
}

// What becomes of a finished chain t: alpha t, then fma(beta, C, .), then + bias.
template <class T> struct Epilogue {
    T alpha, beta;
    const T* bias__n;
};

// One row of C from n finished chains.
template <class T> inline void finish_row(T* C, const T* t, size_t n, const Epilogue<T>& e, const T* bias) {
    if (e.beta == T(0))
        for (size_t j = 0; j < n; ++j) C[j] = e.alpha * t[j];
    else
        for (size_t j = 0; j < n; ++j) C[j] = fma(e.beta, C[j], T(e.alpha * t[j]));
    if (bias)
        for (size_t j = 0; j < n; ++j) C[j] += bias[j];
}

// C(i, j) from D(i, j), rows by columns of C.
template <class T>
void finish(T* C, size_t ldc, const T* D, size_t ldd, size_t rows, size_t columns, const Epilogue<T>& e) {
    for (size_t i = 0; i < rows; ++i, C += ldc, D += ldd) finish_row(C, D, columns, e, e.bias__n);
}

// C(j, i) from D(i, j), for `rows` i and `columns` j; D has room for whole vectors and WIDTH rows at least.
template <class T>
void finish_transposed(T* C, size_t ldc, const T* D, size_t ldd, size_t rows, size_t columns, const Epilogue<T>& e) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    alignas(64) T block[F * W];
    const bool copy = e.alpha == T(1) && e.beta == T(0) && !e.bias__n;
    for (size_t i = 0; i < rows; i += W) {
        const size_t n = rows - i < W ? rows - i : W;
        for (size_t j = 0; j < columns; j += F) {
            const size_t m = columns - j < F ? columns - j : F;
            if (copy && n == W && m == F) {
                transpose(C + j * ldc + i, ldc, D + i * ldd + j, ldd);
                continue;
            }
            transpose(block, W, D + i * ldd + j, ldd);
            for (size_t q = 0; q < m; ++q)
                finish_row(C + (j + q) * ldc + i, block + q * W, n, e, e.bias__n ? e.bias__n + i : nullptr);
        }
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

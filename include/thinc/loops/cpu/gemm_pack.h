// Moving matrices for a product: vectors into panels, finished blocks into C.
#pragma once

#include <cstring>

#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// Y[k * ldy + r] = X[r * ldx + k] for r < WIDTH, k < nK. The `before` columns in front of X may be read too.
template <class T> void transpose_rows(T* Y, size_t ldy, const T* X, size_t ldx, size_t nK, size_t before) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    size_t k = 0;
    for (; k + F <= nK; k += F) transpose(Y + k * ldy, ldy, X + k, ldx);
    if (k == nK) return;
    if (nK >= F) {
        transpose(Y + (nK - F) * ldy, ldy, X + (nK - F), ldx);
    } else if (before + nK >= F) {
        alignas(64) T strip[F * W];
        transpose(strip, W, X + nK - F, ldx);
        for (; k < nK; ++k) store(Y + k * ldy, load(strip + (F - nK + k) * W));
    } else {
        for (; k < nK; ++k)
            for (size_t r = 0; r < W; ++r) Y[k * ldy + r] = X[r * ldx + k];
    }
}

// One panel: C vectors of columns j ... of op(V), for nK rows; P[k * C WIDTH + j] = V(k, j). `across` says that V is
// stored as rows of columns, V(k, j) at V[j * ldv + k]; else it is at V[k * ldv + j]. `last` is the column of the
// last vector. Fewer than WIDTH columns are padded with zeros.
template <class T>
void pack_panel(T* P, const T* V, size_t ldv, bool across, size_t nK, size_t C, size_t last, size_t columns) {
    constexpr size_t W = WIDTH<T>;
    const size_t ldp = C * W;
    if (columns < W) {
        for (size_t k = 0; k < nK; ++k)
            for (size_t j = 0; j < W; ++j) P[k * W + j] = j < columns ? across ? V[j * ldv + k] : V[k * ldv + j] : T(0);
    } else if (across) {
        for (size_t c = 0; c < C; ++c)
            transpose_rows(P + c * W, ldp, V + (c == C - 1 ? last : c * W) * ldv, ldv, nK, 0);
    } else {
        for (size_t k = 0; k < nK; ++k, P += ldp, V += ldv) {
            for (size_t c = 0; c < C - 1; ++c) store(P + c * W, load(V + c * W));
            store(P + (C - 1) * W, load(V + last));
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

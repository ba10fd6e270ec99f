// Windows of rows. The rows of a window are neighbours in memory, so a window inside its segment is one copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "thinc/kernels/sequence.h"
#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// Rows are short: calls of the library's functions would take longer than the work. Blocks of a size known at compile
// time become single instructions; the last one overlaps the one before.
template <size_t bytes, class T, class Block> inline size_t blocks(size_t n, Block block) {
    constexpr size_t W = bytes / sizeof(T);
    if (n < W) return 0;
    size_t i = 0;
    for (; i + W <= n; i += W) block(i);
    if (i < n) block(n - W);
    return n;
}

template <class T> inline void copy_rows(T* Y, const T* X, size_t n) {
    constexpr size_t MANY = 4096 / sizeof(T);
    if (n > MANY) {
        std::memcpy(Y, X, n * sizeof(T));
        return;
    }
    size_t i = blocks<VECTOR_BYTES, T>(n, [=](size_t at) { std::memcpy(Y + at, X + at, VECTOR_BYTES); });
    if (!i) i = blocks<16, T>(n, [=](size_t at) { std::memcpy(Y + at, X + at, 16); });
    for (; i < n; ++i) Y[i] = X[i];
}

template <class T> inline void clear(T* Y, size_t n) {
    size_t i = blocks<VECTOR_BYTES, T>(n, [=](size_t at) { std::memset(Y + at, 0, VECTOR_BYTES); });
    if (!i) i = blocks<16, T>(n, [=](size_t at) { std::memset(Y + at, 0, 16); });
    for (; i < n; ++i) Y[i] = 0;
}

template <class T> void windows(T* Y, const T* X, const int32_t* lengths, size_t B, size_t nW, size_t I) {
    const size_t F = 2 * nW + 1;
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
        if (nW == 0) copy_rows(Y, X, rows * I), Y += rows * I;
        for (size_t t = 0; nW && t < rows; ++t, Y += F * I) {
            const size_t before = t < nW ? nW - t : 0;                      // slots left of the segment
            const size_t after = t + nW >= rows ? t + nW - (rows - 1) : 0;  // and right of it
            clear(Y, before * I);
            copy_rows(Y + before * I, X + (t + before - nW) * I, (F - before - after) * I);
            clear(Y + (F - after) * I, after * I);
        }
        X += rows * I;
    }
}

// dX[t] sums slot t - s + nW of every row s whose window holds t, s ascending. For windows of three, row by row of dX.
template <class T> void backprop_threes(T* dX, const T* dY, size_t rows, size_t I) {
    for (size_t t = 0; t < rows; ++t, dX += I, dY += 3 * I) {
        const T *mid = dY + I, *lo = dY - I, *hi = dY + 3 * I;
        if (t && t + 1 < rows)
            for (size_t i = 0; i < I; ++i) dX[i] = (lo[i] + mid[i]) + hi[i];
        else if (t)
            for (size_t i = 0; i < I; ++i) dX[i] = lo[i] + mid[i];
        else if (t + 1 < rows)
            for (size_t i = 0; i < I; ++i) dX[i] = mid[i] + hi[i];
        else copy_rows(dX, mid, I);
    }
}

// N columns of a row of dX: the sum of `count` slots, each `step` behind the one before.
template <size_t N, class T> inline void add_slots(T* dX, const T* slot, size_t count, size_t step) {
    T sum[N];
    for (size_t i = 0; i < N; ++i) sum[i] = slot[i];
    for (size_t s = 1; s < count; ++s) {
        slot += step;
        for (size_t i = 0; i < N; ++i) sum[i] += slot[i];
    }
    for (size_t i = 0; i < N; ++i) dX[i] = sum[i];
}

// For wider ones too; the slot of row s + 1 lies 2nW slots behind that of row s.
template <class T> void backprop_wide(T* dX, const T* dY, size_t rows, size_t nW, size_t I) {
    for (size_t t = 0; t < rows; ++t, dX += I) {
        const size_t first = t < nW ? 0 : t - nW, last = t + nW < rows ? t + nW : rows - 1;
        const size_t count = last - first + 1, step = 2 * nW * I;
        const T* slot = dY + (first * 2 * nW + t + nW) * I;
        size_t i = 0;
        for (; i + 32 <= I; i += 32) add_slots<32>(dX + i, slot + i, count, step);
        for (; i + 4 <= I; i += 4) add_slots<4>(dX + i, slot + i, count, step);
        for (; i + 2 <= I; i += 2) add_slots<2>(dX + i, slot + i, count, step);
        for (; i < I; ++i) add_slots<1>(dX + i, slot + i, count, step);
    }
}

template <class T> void backprop_windows(T* dX, const T* dY, const int32_t* lengths, size_t B, size_t nW, size_t I) {
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
        if (nW == 0) copy_rows(dX, dY, rows * I);
        else if (nW == 1) backprop_threes(dX, dY, rows, I);
        else backprop_wide(dX, dY, rows, nW, I);
        dX += rows * I;
        dY += rows * (2 * nW + 1) * I;
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Windows of rows. The rows of a window are neighbours in memory, so a window inside its segment is one copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "thinc/kernels/sequence.h"

namespace thinc {
namespace LEVEL {
namespace {

template <class T> void copy_rows(T* Y, const T* X, size_t n) { std::memcpy(Y, X, n * sizeof(T)); }
template <class T> void clear(T* Y, size_t n) { std::memset(Y, 0, n * sizeof(T)); }

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

// For wider ones, row by row of dY, which is read from end to end; the rows of dX that it adds to stay near.
template <class T> void backprop_wide(T* dX, const T* dY, size_t rows, size_t nW, size_t I) {
    for (size_t s = 0; s < rows; ++s) {
        const size_t first = s < nW ? 0 : s - nW, last = s + nW < rows ? s + nW : rows - 1;
        const T* slot = dY + (first + nW - s) * I;
        for (size_t t = first; t <= last; ++t, slot += I) {
            T* row = dX + t * I;
            if (s == 0 || t == s + nW) copy_rows(row, slot, I);
            else
                for (size_t i = 0; i < I; ++i) row[i] += slot[i];
        }
        dY += (2 * nW + 1) * I;
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

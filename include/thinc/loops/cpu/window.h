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
        for (size_t t = 0; t < rows; ++t, Y += F * I) {
            const size_t before = t < nW ? nW - t : 0;                      // slots left of the segment
            const size_t after = t + nW >= rows ? t + nW - (rows - 1) : 0;  // and right of it
            clear(Y, before * I);
            copy_rows(Y + before * I, X + (t + before - nW) * I, (F - before - after) * I);
            clear(Y + (F - after) * I, after * I);
        }
        X += rows * I;
    }
}

// dX[t] gathers slot t - s + nW of every row s whose window holds t, s ascending.
template <class T> void backprop_windows(T* dX, const T* dY, const int32_t* lengths, size_t B, size_t nW, size_t I) {
    const size_t F = 2 * nW + 1;
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
        for (size_t t = 0; t < rows; ++t, dX += I) {
            const size_t first = t < nW ? 0 : t - nW, last = t + nW < rows ? t + nW : rows - 1;
            const T* slot = dY + first * F * I + (t - first + nW) * I;
            const size_t step = F * I - I;  // from slot f of row s to slot f - 1 of row s + 1
            if (last - first == 2) {        // nW = 1 inside a segment: the common case in one pass
                const T *lo = slot, *mid = slot + step, *hi = slot + 2 * step;
                for (size_t i = 0; i < I; ++i) dX[i] = (lo[i] + mid[i]) + hi[i];
                continue;
            }
            copy_rows(dX, slot, I);
            for (size_t s = first + 1; s <= last; ++s) {
                slot += step;
                for (size_t i = 0; i < I; ++i) dX[i] += slot[i];
            }
        }
        dY += rows * F * I;
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

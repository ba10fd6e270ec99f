// Windows of rows, as segments.h has them: one team per row.
#pragma once

#include "thinc/loops/cuda/segments.h"

namespace thinc {
namespace LEVEL {

// The rows of a window are neighbours in memory: row t of the result is the range that begins nW rows before row t.
template <class T>
__global__ void windows(T* Y__tfi, const T* X__ti, const int64_t* starts, size_t B, size_t rows, size_t nW, size_t I) {
    each_row_of_segments(starts, B, rows, [=](size_t t, size_t b, Team team) {
        const size_t begin = size_t(starts[b]), end = size_t(starts[b + 1]), width = (2 * nW + 1) * I;
        const size_t before = t - begin < nW ? nW - (t - begin) : 0;  // slots left of the segment
        const size_t until = end - t > nW ? width : (nW + end - t) * I;
        const T* X = X__ti + t * I;
        T* Y = Y__tfi + t * width;
        team.each(width,
                  [=](size_t i) { Y[i] = i >= before * I && i < until ? X[int64_t(i) - int64_t(nW * I)] : T(0); });
    });
}

// dX[t] gathers slot t - s + nW of every row s whose window holds t, s ascending.
template <class T>
__global__ void backprop_windows(T* dX__ti, const T* dY__tfi, const int64_t* starts, size_t B, size_t rows, size_t nW,
                                 size_t I) {
    each_row_of_segments(starts, B, rows, [=](size_t t, size_t b, Team team) {
        const size_t begin = size_t(starts[b]), end = size_t(starts[b + 1]), width = (2 * nW + 1) * I;
        const size_t first = t - begin < nW ? begin : t - nW, last = end - t > nW ? t + nW : end - 1;
        const T* slot = dY__tfi + first * width + (t - first + nW) * I;
        T* dX = dX__ti + t * I;
        team.each(I, [=](size_t i) {
            T sum = slot[i];
            // From slot f of row s to slot f - 1 of row s + 1.
            for (size_t s = first + 1; s <= last; ++s) sum += slot[(s - first) * (width - I) + i];
            dX[i] = sum;
        });
    });
}

}  // namespace LEVEL
}  // namespace thinc

// Loops over segments of rows: segment b is the rows from starts[b] to starts[b + 1].
//
// A column of a segment is reduced row by row, from the first to the last, by one thread; neighbouring threads have
// neighbouring columns.
#pragma once

#include "thinc/formula/math.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// body(cell, first, last, o): the cell (b, o) of the result, the first element of its column, the end of it.
template <class T, class Body>
__device__ inline void each_column(const T* X, const int64_t* starts, size_t B, size_t O, Body body) {
    each(B * O, [=](size_t cell) {
        const size_t b = cell / O, o = cell % O;
        body(cell, X + size_t(starts[b]) * O + o, X + size_t(starts[b + 1]) * O + o);
    });
}

template <class T> __global__ void segment_sum(T* Y, const T* X, const int64_t* starts, size_t B, size_t O) {
    each_column(X, starts, B, O, [=](size_t cell, const T* x, const T* end) {
        T sum = 0;
        for (; x < end; x += O) sum += *x;
        Y[cell] = sum;
    });
}

template <class T> __global__ void segment_mean(T* Y, const T* X, const int64_t* starts, size_t B, size_t O) {
    each_column(X, starts, B, O, [=](size_t cell, const T* x, const T* end) {
        const size_t rows = size_t(end - x) / O;
        const T scale = T(1) / T(rows ? rows : 1);
        T sum = 0;
        for (; x < end; x += O) sum += *x * scale;
        Y[cell] = sum;
    });
}

// The first row with the largest value wins, and so does the first NaN.
template <class T>
__global__ void segment_max(T* Y, int32_t* which, const T* X, const int64_t* starts, size_t B, size_t O) {
    each_column(X, starts, B, O, [=](size_t cell, const T* x, const T* end) {
        T best = *x;
        int32_t at = 0;
        x += O;
        for (int32_t t = 1; x < end; x += O, ++t)
            if (!(*x <= best) && best == best) best = *x, at = t;
        Y[cell] = best;
        which[cell] = at;
    });
}

template <class T>
__global__ void segment_softmax(T* Y, const T* X, const int64_t* starts, size_t B, size_t O) {
    each_column(X, starts, B, O, [=](size_t, const T* x, const T* end) {
        T* y = Y + (x - X);
        T sum = 0;
        for (const T* row = x; row < end; row += O)
            sum += y[row - x] = formula::exp(formula::clamp(*row, T(-20), T(20)));
        for (; x < end; x += O, y += O) *y /= sum;
    });
}

template <class T>
__global__ void segment_softmax_slopes(T* dX, const T* dY, const T* Y, const int64_t* starts, size_t B, size_t O) {
    each_column(Y, starts, B, O, [=](size_t, const T* y, const T* end) {
        const T* dy = dY + (y - Y);
        T* dx = dX + (y - Y);
        T sum = 0;
        for (const T* row = y; row < end; row += O) sum += *row * dy[row - y];
        for (; y < end; y += O, dy += O, dx += O) *dx = *y * *dy - *y * sum;
    });
}

// body(t, b, team) for the T rows of all segments.
template <class Body>
__device__ inline void each_row_of_segments(const int64_t* starts, size_t B, size_t T, Body body) {
    each_row(T, [=](size_t t, Team team) { body(t, segment_of(starts, B, t), team); });
}

template <class T>
__global__ void spread_rows(T* dX, const T* dY, const int64_t* starts, size_t B, size_t rows, size_t O) {
    each_row_of_segments(starts, B, rows, [=](size_t t, size_t b, Team team) {
        team.each(O, [=](size_t o) { dX[t * O + o] = dY[b * O + o]; });
    });
}

template <class T>
__global__ void spread_means(T* dX, const T* dY, const int64_t* starts, size_t B, size_t rows, size_t O) {
    each_row_of_segments(starts, B, rows, [=](size_t t, size_t b, Team team) {
        const T scale = T(1) / T(starts[b + 1] - starts[b]);
        team.each(O, [=](size_t o) { dX[t * O + o] = dY[b * O + o] * scale; });
    });
}

template <class T>
__global__ void place_rows(T* dX, const T* dY, const int32_t* which, const int64_t* starts, size_t B, size_t rows,
                           size_t O) {
    each_row_of_segments(starts, B, rows, [=](size_t t, size_t b, Team team) {
        const int64_t at = int64_t(t) - starts[b];
        team.each(O, [=](size_t o) { dX[t * O + o] = which[b * O + o] == at ? dY[b * O + o] : T(0); });
    });
}

}  // namespace LEVEL
}  // namespace thinc

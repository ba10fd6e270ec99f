// Loops over segments of rows: a block of columns stays in registers while the rows of a segment go by.
//
// Each column of a segment is reduced row by row from the first to the last, whatever the block it falls in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/kernels/reductions.h"

namespace thinc {
namespace LEVEL {
namespace {

// Columns that are reduced together: one cache line of float64 per vector register, four registers.
constexpr size_t BLOCK = 64;

template <class T, size_t N> void add_rows(T* Y, const T* X, size_t rows, size_t O) {
    T acc[N];
    for (size_t j = 0; j < N; ++j) acc[j] = 0;
    for (size_t t = 0; t < rows; ++t, X += O)
        for (size_t j = 0; j < N; ++j) acc[j] += X[j];
    for (size_t j = 0; j < N; ++j) Y[j] = acc[j];
}

template <class T> void sum_rows(T* Y, const T* X, size_t rows, size_t O) {
    size_t o = 0;
    for (; o + BLOCK <= O; o += BLOCK) add_rows<T, BLOCK>(Y + o, X + o, rows, O);
    for (; o + 16 <= O; o += 16) add_rows<T, 16>(Y + o, X + o, rows, O);
    for (; o < O; ++o) add_rows<T, 1>(Y + o, X + o, rows, O);
}

template <class T> void segment_sum(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, Y += O) {
        const size_t rows = lengths[b];
        sum_rows(Y, X, rows, O);
        X += rows * O;
    }
}

template <class T> void segment_mean(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, Y += O) {
        const size_t rows = lengths[b];
        sum_rows(Y, X, rows, O);
        const T divisor = rows ? T(rows) : T(1);
        for (size_t o = 0; o < O; ++o) Y[o] /= divisor;
        X += rows * O;
    }
}

// The first row with the largest value wins, and so does the first NaN.
template <class T> void segment_max(T* Y, int32_t* which, const T* X, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, Y += O, which += O) {
        const int32_t rows = lengths[b];
        for (size_t o = 0; o < O; ++o) Y[o] = X[o], which[o] = 0;
        X += O;
        for (int32_t t = 1; t < rows; ++t, X += O)
            for (size_t o = 0; o < O; ++o) {
                const T best = Y[o], x = X[o];
                const bool better = !(x <= best) & (best == best);
                Y[o] = better ? x : best;
                which[o] = better ? t : which[o];
            }
    }
}

template <class T> void spread_rows(T*& dX, const T* dY, T scale, size_t rows, size_t O) {
    for (size_t t = 0; t < rows; ++t, dX += O)
        for (size_t o = 0; o < O; ++o) dX[o] = dY[o] * scale;
}

template <class T> void segment_backprop_sum(T* dX, const T* dY, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, dY += O) spread_rows(dX, dY, T(1), lengths[b], O);
}

template <class T> void segment_backprop_mean(T* dX, const T* dY, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, dY += O) spread_rows(dX, dY, T(1) / T(lengths[b]), lengths[b], O);
}

template <class T>
void segment_backprop_max(T* dX, const T* dY, const int32_t* which, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, dY += O, which += O)
        for (int32_t t = 0; t < lengths[b]; ++t, dX += O)
            for (size_t o = 0; o < O; ++o) dX[o] = which[o] == t ? dY[o] : T(0);
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Loops over segments of rows: a block of columns stays in registers while the rows of a segment go by.
//
// Each column of a segment is reduced row by row from the first to the last, whatever the block it falls in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "thinc/kernels/reductions.h"
#include "thinc/loops/cpu/largest.h"

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
    for (; o + 4 <= O; o += 4) add_rows<T, 4>(Y + o, X + o, rows, O);
    for (; o < O; ++o) add_rows<T, 1>(Y + o, X + o, rows, O);
}

// body(rows, Y, X) for each segment. Few columns are told at compile time: segments may be as short as one row.
template <size_t N, class T, class Body>
void each_segment(T* Y, const T* X, const int32_t* lengths, size_t B, Body body) {
    for (size_t b = 0; b < B; ++b, Y += N) {
        const size_t rows = lengths[b];
        add_rows<T, N>(Y, X, rows, N);
        body(Y, rows, N);
        X += rows * N;
    }
}

template <class T, class Body>
void sum_segments(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O, Body body) {
    switch (O) {
        case 1: return each_segment<1>(Y, X, lengths, B, body);
        case 2: return each_segment<2>(Y, X, lengths, B, body);
        case 3: return each_segment<3>(Y, X, lengths, B, body);
        case 4: return each_segment<4>(Y, X, lengths, B, body);
        case 8: return each_segment<8>(Y, X, lengths, B, body);
        case 16: return each_segment<16>(Y, X, lengths, B, body);
    }
    for (size_t b = 0; b < B; ++b, Y += O) {
        const size_t rows = lengths[b];
        sum_rows(Y, X, rows, O);
        body(Y, rows, O);
        X += rows * O;
    }
}

template <class T> void segment_sum(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    sum_segments(Y, X, lengths, B, O, [](T*, size_t, size_t) {});
}

template <class T> void segment_mean(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    sum_segments(Y, X, lengths, B, O, [](T* y, size_t rows, size_t n) {
        const T divisor = rows ? T(rows) : T(1);
        for (size_t o = 0; o < n; ++o) y[o] /= divisor;
    });
}

// The first row with the largest value wins, and so does the first NaN. For few columns by branches: few rows have a
// larger value than all those before.
template <class T> void max_of_few_columns(T* Y, int32_t* which, const T* X, int32_t rows, size_t O) {
    for (size_t o = 0; o < O; ++o) Y[o] = X[o], which[o] = 0;
    for (int32_t t = 1; t < rows; ++t) {
        X += O;
        for (size_t o = 0; o < O; ++o)
            if (!(X[o] <= Y[o]) && Y[o] == Y[o]) Y[o] = X[o], which[o] = t;
    }
}

#if defined(__GNUC__) || defined(__clang__)

// N vectors of L columns.
template <size_t L, size_t N, class T>
void max_of_vectors(T* Y, int32_t* which, const T* X, int32_t rows, size_t O) {
    using Loose = typename VecOf<T, L>::loose;
    LargestOfLanes<T, L> best[N] = {};
    for (size_t c = 0; c < N; ++c) best[c].value = *reinterpret_cast<const Loose*>(X + c * L);
    for (int32_t t = 1; t < rows; ++t) {
        X += O;
        for (size_t c = 0; c < N; ++c)
            best[c].look(*reinterpret_cast<const Loose*>(X + c * L), decltype(best[c].at){} + Lane<T>(t));
    }
    for (size_t c = 0; c < N; ++c) store<T, L>(Y + c * L, which + c * L, best[c]);
}

template <class T> void max_of_rows(T* Y, int32_t* which, const T* X, int32_t rows, size_t O) {
    constexpr size_t W = WIDTH<T>, Q = LANE<T>;
    // A chain of comparisons takes longer than a branch that hardly ever goes the other way.
    if (O < Q || (O < W && rows > 64)) return max_of_few_columns(Y, which, X, rows, O);
    size_t o = 0;
    // With 16 registers of 32 bytes, four vectors of each kind beside their masks do not fit.
    constexpr size_t N = VECTOR_BYTES == 32 ? 3 : 4;
    for (; o + N * W <= O; o += N * W) max_of_vectors<W, N>(Y + o, which + o, X + o, rows, O);
    for (; o + W <= O; o += W) max_of_vectors<W, 1>(Y + o, which + o, X + o, rows, O);
    for (; o + Q <= O; o += Q) max_of_vectors<Q, 1>(Y + o, which + o, X + o, rows, O);
    if (o < O) o = O - Q, max_of_vectors<Q, 1>(Y + o, which + o, X + o, rows, O);
}

#else

template <class T> void max_of_rows(T* Y, int32_t* which, const T* X, int32_t rows, size_t O) {
    max_of_few_columns(Y, which, X, rows, O);
}

#endif

// The maxima of a single row. Not inline, so that the loop below stays what it is without.
template <class T> [[gnu::noinline]] void copy_single(T* Y, int32_t* which, const T* X, size_t O) {
    std::memcpy(Y, X, O * sizeof(T));
    std::memset(which, 0, O * sizeof(int32_t));
}

template <class T> void segment_max(T* Y, int32_t* which, const T* X, const int32_t* lengths, size_t B, size_t O) {
    constexpr size_t WIDE = 32;  // from here on single rows are worth a look
    for (size_t b = 0; b < B; ++b, Y += O, which += O) {
        if (O >= WIDE && lengths[b] == 1) copy_single(Y, which, X, O);
        else max_of_rows(Y, which, X, lengths[b], O);
        X += lengths[b] * O;
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
    constexpr int32_t MANY_ROWS = 16;  // from here on it takes less time to clear them first
    for (size_t b = 0; b < B; ++b, dY += O, which += O) {
        const int32_t rows = lengths[b];
        if (rows < MANY_ROWS && O >= 16) {
            for (int32_t t = 0; t < rows; ++t)
                for (size_t o = 0; o < O; ++o) dX[t * O + o] = which[o] == t ? dY[o] : T(0);
        } else {
            std::memset(dX, 0, rows * O * sizeof(T));
            for (size_t o = 0; o < O; ++o) dX[which[o] * O + o] = dY[o];
        }
        dX += rows * O;
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

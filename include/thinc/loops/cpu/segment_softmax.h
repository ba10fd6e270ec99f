// Softmax down the columns of segments of rows, and its gradient.
//
// The sum of a column goes from its first row to its last, whatever is computed beside it. Blocks of columns are
// vectors as they are; of a long segment with few columns the elements are taken one after the other, row after row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/formula/math.h"

namespace thinc {
namespace LEVEL {
namespace {

// Columns of a block, whose sums stay on the stack; what counts as few of them, and as a long segment; and how many
// numbers of short segments are taken at a time.
constexpr size_t COLUMNS = 64, FEW_COLUMNS = 16, MANY_ROWS = 32, AT_A_TIME = 2048;

// Numbers that come again with every row, written out so often that vectors find them side by side.
template <class T> struct Repeated {
    static constexpr size_t TIMES = 16;
    T values[FEW_COLUMNS * TIMES];
    size_t period;

    Repeated(const T* row, size_t O) : period(O * TIMES) {
        for (size_t i = 0; i < period; ++i) values[i] = row[i % O];
    }
    // f(i, value) for each element i of `total`.
    template <class F> void each(size_t total, F f) const {
        size_t i = 0;
        for (; i + period <= total; i += period)
            for (size_t j = 0; j < period; ++j) f(i + j, values[j]);
        for (size_t j = 0; i < total; ++i, ++j) f(i, values[j]);
    }
};

template <class T, class Term> void column_sums(T* sums, size_t rows, size_t O, Term term) {
    for (size_t o = 0; o < O; ++o) sums[o] = 0;
    if (O == 1) {
        T sum = 0;  // in a register
        for (size_t t = 0; t < rows; ++t) sum += term(t);
        sums[0] = sum;
        return;
    }
    for (size_t t = 0, i = 0; t < rows; ++t)
        for (size_t o = 0; o < O; ++o, ++i) sums[o] += term(i);
}

template <class T> T clipped_exp(T x) { return formula::exp(formula::clamp(x, T(-20), T(20))); }

// Y /= sums, column by column.
template <class T> void divide_columns(T* Y, const T* sums, size_t rows, size_t O) {
    if (O == 1)
        for (size_t i = 0; i < rows; ++i) Y[i] /= sums[0];
    else if (rows >= MANY_ROWS) Repeated<T>(sums, O).each(rows * O, [=](size_t i, T sum) { Y[i] /= sum; });
    else
        for (size_t t = 0, i = 0; t < rows; ++t)
            for (size_t o = 0; o < O; ++o, ++i) Y[i] /= sums[o];
}

// The exponentials of many segments at a time, which are one after the other in memory, then each segment's sums.
template <class T>
void softmax_of_few_columns(T* __restrict Y, const T* __restrict X, const int32_t* lengths, size_t B, size_t O) {
    T sums[FEW_COLUMNS];
    for (size_t b = 0; b < B;) {
        size_t end = b, size = 0;
        for (; end < B && size < AT_A_TIME; ++end) size += lengths[end] * O;
        for (size_t i = 0; i < size; ++i) Y[i] = clipped_exp(X[i]);
        X += size;
        for (; b < end; ++b) {
            const size_t rows = lengths[b];
            column_sums(sums, rows, O, [=](size_t i) { return Y[i]; });
            divide_columns(Y, sums, rows, O);
            Y += rows * O;
        }
    }
}

template <class T>
void slopes_of_few_columns(T* __restrict dX, const T* __restrict dY, const T* __restrict Y, size_t rows, size_t O) {
    T sums[FEW_COLUMNS];
    column_sums(sums, rows, O, [=](size_t i) { return Y[i] * dY[i]; });
    if (O == 1)
        for (size_t i = 0; i < rows; ++i) dX[i] = Y[i] * dY[i] - Y[i] * sums[0];
    else Repeated<T>(sums, O).each(rows * O, [=](size_t i, T sum) { dX[i] = Y[i] * dY[i] - Y[i] * sum; });
}

// n columns of rows that are O apart.
template <class T> void softmax_of_block(T* Y, const T* X, size_t rows, size_t n, size_t O) {
    T sums[COLUMNS] = {};
    for (size_t t = 0; t < rows; ++t)
        for (size_t o = 0; o < n; ++o) sums[o] += Y[t * O + o] = clipped_exp(X[t * O + o]);
    for (size_t t = 0; t < rows; ++t)
        for (size_t o = 0; o < n; ++o) Y[t * O + o] /= sums[o];
}

template <class T> void slopes_of_block(T* dX, const T* dY, const T* Y, size_t rows, size_t n, size_t O) {
    T sums[COLUMNS] = {};
    for (size_t t = 0; t < rows; ++t)
        for (size_t o = 0; o < n; ++o) sums[o] += Y[t * O + o] * dY[t * O + o];
    for (size_t t = 0; t < rows; ++t)
        for (size_t o = 0; o < n; ++o) dX[t * O + o] = Y[t * O + o] * dY[t * O + o] - Y[t * O + o] * sums[o];
}

template <class T> void segment_softmax(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    if (O < FEW_COLUMNS && O % 8) return softmax_of_few_columns(Y, X, lengths, B, O);
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
        for (size_t o = 0; o < O; o += COLUMNS)
            softmax_of_block(Y + o, X + o, rows, O - o < COLUMNS ? O - o : COLUMNS, O);
        Y += rows * O;
        X += rows * O;
    }
}

template <class T>
void segment_softmax_slopes(T* dX, const T* dY, const T* Y, const int32_t* lengths, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
        if (O == 1 || (O < FEW_COLUMNS && rows >= MANY_ROWS)) slopes_of_few_columns(dX, dY, Y, rows, O);
        else
            for (size_t o = 0; o < O; o += COLUMNS)
                slopes_of_block(dX + o, dY + o, Y + o, rows, O - o < COLUMNS ? O - o : COLUMNS, O);
        dX += rows * O;
        dY += rows * O;
        Y += rows * O;
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Softmax down the columns of segments of rows, and its gradient.
//
// The sum of a column goes from its first row to its last, whatever is computed beside it. Blocks of columns are
// vectors as they are; of a long segment with few columns the elements are taken one after the other, row after row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/formula/math.h"
#include "thinc/loops/cpu/few.h"

namespace thinc {
namespace LEVEL {
namespace {

// Columns of a block, whose sums stay on the stack; what counts as a long segment; and how many numbers of
// short segments are taken at a time.
constexpr size_t COLUMNS = 64, MANY_ROWS = 32, AT_A_TIME = 2048;

// Numbers that come again with every row, written out so often that vectors find them side by side.
template <class T> struct Repeated {
    static constexpr size_t TIMES = 16;
    T values[FEW * TIMES];
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

template <size_t O, class T, class Term> inline void column_sums(T (&sums)[O], size_t rows, Term term) {
    T own[O] = {};
    for (size_t t = 0; t < rows; ++t)
        for (size_t o = 0; o < O; ++o) own[o] += term(t * O + o);
    for (size_t o = 0; o < O; ++o) sums[o] = own[o];
}

// Calls f(i, value) for the elements i of rows of O columns, with the value of their column.
template <size_t O, class T, class F> inline void each_with(const T (&values)[O], size_t rows, F f) {
    if (O > 1 && rows >= MANY_ROWS) return Repeated<T>(values, O).each(rows * O, f);
    for (size_t t = 0; t < rows; ++t)
        for (size_t o = 0; o < O; ++o) f(t * O + o, values[o]);
}

template <class T> T clipped_exp(T x) { return formula::exp(formula::clamp(x, T(-20), T(20))); }

// The exponentials of many segments at a time, which are one after the other in memory, then each segment's sums.
template <size_t O, class T> void softmax_of_few_columns(T* __restrict Y, const T* __restrict X, const int32_t* lengths,
                                                         size_t B) {
    T sums[O];
    for (size_t b = 0; b < B;) {
        size_t end = b, size = 0;
        for (; end < B && size < AT_A_TIME; ++end) size += lengths[end] * O;
        for (size_t i = 0; i < size; ++i) Y[i] = clipped_exp(X[i]);
        X += size;
        for (; b < end; ++b) {
            const size_t rows = lengths[b];
            column_sums(sums, rows, [=](size_t i) { return Y[i]; });
            each_with(sums, rows, [=](size_t i, T sum) { Y[i] /= sum; });
            Y += rows * O;
        }
    }
}

template <size_t O, class T>
void slopes_of_few_columns(T* __restrict dX, const T* __restrict dY, const T* __restrict Y, const int32_t* lengths,
                           size_t B) {
    T sums[O];
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
        column_sums(sums, rows, [=](size_t i) { return Y[i] * dY[i]; });
        each_with(sums, rows, [=](size_t i, T sum) { dX[i] = Y[i] * dY[i] - Y[i] * sum; });
        dX += rows * O, dY += rows * O, Y += rows * O;
    }
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

// Eight columns are a vector, or two.
inline bool few_columns(size_t O) { return O < FEW && O % 8; }

template <class T> void segment_softmax(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    if (few_columns(O)) return with_few(O, [=](auto n) { softmax_of_few_columns<n>(Y, X, lengths, B); });
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
    if (few_columns(O)) return with_few(O, [=](auto n) { slopes_of_few_columns<n>(dX, dY, Y, lengths, B); });
    for (size_t b = 0; b < B; ++b) {
        const size_t rows = lengths[b];
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

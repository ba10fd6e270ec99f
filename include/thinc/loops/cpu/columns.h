// Along an axis that is not the last one: blocks of columns, whose maxima and sums stay on the stack.
#pragma once

#include <cstddef>

#include "thinc/kernels/normalization.h"
#include "thinc/loops/cpu/rows.h"

namespace thinc {
namespace LEVEL {
namespace {

// Calls body(start, n) for the blocks of n columns of all A x O matrices, the first element of a block being `start`.
template <class Body> void each_column_block(size_t N, size_t A, size_t O, Body body) {
    for (size_t i = 0; i < N; ++i)
        for (size_t o = 0; o < O; o += COLUMNS) body(i * A * O + o, O - o < COLUMNS ? O - o : COLUMNS);
}

template <class T>
void softmax_columns(T* __restrict Y, const T* __restrict X, size_t N, size_t A, size_t O, T inverse_temperature) {
    each_column_block(N, A, O, [=](size_t start, size_t n) {
        T best[COLUMNS], sums[COLUMNS] = {};
        for (size_t o = 0; o < n; ++o) best[o] = X[start + o];
        for (size_t a = 1; a < A; ++a) {
            const T* x = X + start + a * O;
            for (size_t o = 0; o < n; ++o) best[o] = x[o] > best[o] ? x[o] : best[o];
        }
        for (size_t a = 0; a < A; ++a) {
            const T* x = X + start + a * O;
            T* y = Y + start + a * O;
            for (size_t o = 0; o < n; ++o) {
                y[o] = exp_below_zero((x[o] - best[o]) * inverse_temperature);
                sums[o] += y[o];
            }
        }
        for (size_t o = 0; o < n; ++o) sums[o] = 1 / sums[o];
        for (size_t a = 0; a < A; ++a)
            for (size_t o = 0; o < n; ++o) Y[start + a * O + o] *= sums[o];
    });
}

template <class T>
void softmax_column_slopes(T* __restrict dX, const T* __restrict dY, const T* __restrict Y, size_t N, size_t A,
                           size_t O, T inverse_temperature) {
    each_column_block(N, A, O, [=](size_t start, size_t n) {
        T sums[COLUMNS] = {};
        for (size_t a = 0; a < A; ++a)
            for (size_t o = 0; o < n; ++o)
                sums[o] += Y[start + a * O + o] * (dY[start + a * O + o] * inverse_temperature);
        for (size_t a = 0; a < A; ++a)
            for (size_t o = 0; o < n; ++o) {
                const size_t at = start + a * O + o;
                dX[at] = Y[at] * (dY[at] * inverse_temperature - sums[o]);
            }
    });
}

template <class T> constexpr AxisKernels<T> along_axes() { return {softmax_columns<T>, softmax_column_slopes<T>}; }

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

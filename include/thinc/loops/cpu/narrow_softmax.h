// Softmax of short rows: as many rows at a time as a vector has lanes, column by column. The bits are those of longer
// rows, where element o of a row is added to lane o mod LANES of its sum and the lanes are folded in halves.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#include "thinc/formula/math.h"
#include "thinc/loops/cpu/lanes.h"

namespace thinc {
namespace LEVEL {
namespace {

// e^x 2^RAISED for x <= 0. The factor goes with the division by the sum.
template <class T>
inline T exp_below_zero(T x) {
    return formula::select(x < formula::Format<T>::exp_is_zero, T(0), formula::exp_raised<formula::Fused>(x));
}

#if defined(__GNUC__) || defined(__clang__)

// at[o] = column o of WIDTH rows of O elements; whole strips are read.
template <class T> inline void load_rows(Vec<T>* at, const T* X, size_t O) {
    for (size_t o = 0; o < O; o += STRIP<T>) load_columns(at + o, X + o, O);
}

// The other way round.
template <class T> inline void store_rows(T* Y, const Vec<T>* at, size_t O) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    for (size_t o = 0; o < O; o += W) {
        const size_t n = O - o < W ? O - o : W;
        for (size_t r = 0; r < W; r += F) {
            Vec<T> rows[F];
            load_columns(rows, reinterpret_cast<const T*>(at + o) + r, W);
#pragma GCC unroll 8
            for (size_t f = 0; f < F; ++f) store_first(Y + (r + f) * O + o, rows[f], n);
        }
    }
}

template <class T> inline void softmax_of_columns(Vec<T>* at, size_t O, T inverse_temperature) {
    Vec<T> best = at[0];
    for (size_t o = 1; o < O; ++o) best = at[o] > best ? at[o] : best;
    for (size_t o = 0; o < O; ++o) at[o] = (at[o] - best) * inverse_temperature;
    T* const e = reinterpret_cast<T*>(at);
    for (size_t i = 0; i < O * WIDTH<T>; ++i) e[i] = exp_below_zero(e[i]);
    Vec<T> sums[LANES];
    size_t lanes = O < LANES ? O : LANES;  // the others are zeros
    for (size_t o = 0; o < lanes; ++o) sums[o] = at[o];
    for (size_t o = LANES; o < O; ++o) sums[o - LANES] += at[o];
    for (size_t half = LANES / 2; half; half /= 2) {
        for (size_t o = 0; o + half < lanes; ++o) sums[o] += sums[o + half];
        if (half < lanes) lanes = half;
    }
    const Vec<T> scale = 1 / sums[0];
    for (size_t o = 0; o < O; ++o) at[o] *= scale;
}

constexpr size_t NARROW_SOFTMAX = 48;

// Does it, if rows are short enough and there are enough of them.
template <class T> bool narrow_softmax(T* Y, const T* X, size_t B, size_t O, T inverse_temperature) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    static_assert(NARROW_SOFTMAX <= 2 * LANES);
    if (O > NARROW_SOFTMAX || B < W) return false;
    Vec<T> at[NARROW_SOFTMAX + W];
    T last[W * NARROW_SOFTMAX + F];
    const size_t deep = (O + F - 1) / F * F;
    for (size_t b = 0; b < B; b += W) {
        if (b + W > B) b = B - W;
        const T* rows = X + b * O;
        // Strips may reach into the next rows, but not over the end of X.
        if ((B - b - W + 1) * O < deep) rows = static_cast<T*>(std::memcpy(last, rows, W * O * sizeof(T)));
        load_rows(at, rows, O);
        softmax_of_columns(at, O, inverse_temperature);
        store_rows(Y + b * O, at, O);
    }
    return true;
}

#else

template <class T> bool narrow_softmax(T*, const T*, size_t, size_t, T) { return false; }

#endif

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

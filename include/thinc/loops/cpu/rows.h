// Loops over rows that need a sum of the row before they can write it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "thinc/kernels/normalization.h"
#include "thinc/loops/cpu/narrow_softmax.h"
#include "thinc/loops/cpu/segment_softmax.h"

namespace thinc {
namespace LEVEL {
namespace {

// Rows that are taken together, each step for all of them before the next step. So what a row waits for, the fold of
// its lanes and a division, happens while another row is summed. Rows too long for the first cache go one by one.
constexpr size_t BLOCK = 4, BLOCK_COLUMNS = 1024;

template <class Body> inline void by_blocks(size_t B, size_t columns, Body body) {
    const size_t most = columns <= BLOCK_COLUMNS ? BLOCK : 1;
    for (size_t b = 0; b < B; b += most) body(b, B - b < most ? B - b : most);
}

// Y = e^exponent(X) 2^RAISED for the last n < LANES elements of a row, added to its lanes; Y has room for LANES.
template <class T, class Exponent>
inline void add_last_exponentials(T* lanes, T* __restrict Y, const T* __restrict X, size_t n, Exponent exponent) {
    constexpr size_t W = WIDTH<T>;
    each_part<T>(n, [&](size_t v, auto part) {
        store(Y + v * W, part.select(exponent(part.load(X + v * W)), broadcast(T(-INFINITY))));
    });
    const size_t padded = (n + W - 1) / W * W;
    for (size_t l = 0; l < padded; ++l) Y[l] = exp_below_zero(Y[l]);
    each_part<T>(n, [&](size_t v, auto) { store(lanes + v * W, load(lanes + v * W) + load(Y + v * W)); });
}

// Y = e^exponent(X) 2^RAISED, and the sum of that. Those after the last whole lanes go to `last`.
template <class T, class Exponent>
T exponentials(T* __restrict Y, T* __restrict last, const T* __restrict X, size_t O, Exponent exponent) {
    T lanes[LANES] = {};
    size_t o = 0;
    for (; o + LANES <= O; o += LANES)
        for (size_t l = 0; l < LANES; ++l) lanes[l] += Y[o + l] = exp_below_zero(exponent(X[o + l]));
    if (o == O) return sum_of(row_of(lanes));
    T all[LANES];  // a copy, so that the lanes stay in registers within the loop: at v3 a quarter of its speed
    std::memcpy(all, lanes, sizeof all);
    add_last_exponentials(all, last, X + o, O - o, exponent);
    return sum_of(row_of(all));
}

template <class T>
void softmax_rows(T* __restrict Y, const T* __restrict X, size_t B, size_t O, T inverse_temperature) {
    constexpr size_t W = WIDTH<T>;
    if (O == 1) {  // exp(0) / exp(0), unless x is not finite
        for (size_t b = 0; b < B; ++b) Y[b] = (X[b] - X[b]) + 1;
        return;
    }
    if (narrow_softmax(Y, X, B, O, inverse_temperature)) return;
    const size_t whole = O / LANES * LANES;
    by_blocks(B, O, [=](size_t first, size_t rows) {
        alignas(64) T last[BLOCK][LANES];
        T best[BLOCK], scale[BLOCK];
        // A NaN anywhere makes its own exponential, hence the sum, hence the whole row NaN.
        for (size_t r = 0; r < rows; ++r) best[r] = maximum(X + (first + r) * O, O);
        for (size_t r = 0; r < rows; ++r) {
            const T *x = X + (first + r) * O, most = best[r];
            T* y = Y + (first + r) * O;
            if (inverse_temperature == 1)
                scale[r] = 1 / exponentials(y, last[r], x, O, [=](auto x) { return x - most; });
            else
                scale[r] = 1 / exponentials(y, last[r], x, O, [=](auto x) { return (x - most) * inverse_temperature; });
        }
        for (size_t r = 0; r < rows; ++r)
            for (size_t o = 0; o < whole; ++o) Y[(first + r) * O + o] *= scale[r];
        // At the end, since a load from where a masked store has left what was there waits for that store all the same.
        for (size_t r = 0; r < rows; ++r)
            each_part<T>(O - whole, [&](size_t v, auto part) {
                part.store(Y + (first + r) * O + whole + v * W, load(last[r] + v * W) * scale[r]);
            });
    });
}

template <class T>
void softmax_slopes(T* __restrict dX, const T* __restrict dY, const T* __restrict Y, size_t B, size_t O,
                    T inverse_temperature) {
    if (O == 1) {
        for (size_t b = 0; b < B; ++b) {
            const T d = dY[b] * inverse_temperature;
            dX[b] = Y[b] * (d - (T(0) + Y[b] * d));
        }
        return;
    }
    for (size_t b = 0; b < B; ++b, dX += O, dY += O, Y += O) {
        const T sum = sum_lanes<T>(O, [=](auto y, auto dy) { return y * (dy * inverse_temperature); }, Y, dY);
        each_vector<T>(O, [=](size_t o, auto part) {
            part.store(dX + o, part.load(Y + o) * (part.load(dY + o) * inverse_temperature - sum));
        });
    }
}

// A vector that all rows read or add to, copied to where loads do not cross cache lines: NumPy's arrays begin at
// multiples of 16 bytes only. Not worth it for few rows; a long vector stays where it is.
template <class T> struct Nearby {
    alignas(64) T values[BLOCK_COLUMNS];
    T* here(const T* X, size_t n, size_t rows) {
        if (n > BLOCK_COLUMNS || rows < BLOCK) return const_cast<T*>(X);
        std::memcpy(values, X, n * sizeof(T));
        return values;
    }
    void back(T* X, const T* from, size_t n) const {
        if (from == values) std::memcpy(X, values, n * sizeof(T));
    }
};

// Mean and variance come from sums, in double, of the differences to the row's first element and of their squares.
// That element is one of the row, so the square of its distance to the mean is at most I times the variance: the
// difference below loses a factor I of the precision of double at most. The mean is subtracted in two parts, so that
// a row whose mean is large against its deviation keeps its digits.
template <class T> struct Moments {
    T high, low, scale;
};

template <class T> inline Moments<T> moments_of(const T* X, size_t I, double eps) {
    const double pivot = X[0];
    const auto add = [=](auto& sum, auto& squares, auto x) {
        const auto d = x - pivot;
        sum += d;
        squares += d * d;
    };
    const Sums<double> sums = sum_both<double>(I, add, X);
    const double shift = sums.first / double(I), mu = pivot + shift;
    const double var = sums.second / double(I) - shift * shift;
    return {T(mu), T(mu - double(T(mu))), T(1 / std::sqrt((var > 0 ? var : var * 0) + eps))};
}

template <class T>
void normalize(T* __restrict Y, const T* __restrict X, Moments<T> of, const T* __restrict G, const T* __restrict b,
               size_t I) {
    each_vector<T>(I, [=](size_t i, auto part) {
        const Vec<T> x = (part.load(X + i) - of.high) - of.low;
        part.store(Y + i, x * of.scale * part.load(G + i) + part.load(b + i));
    });
}

template <class T>
void layer_norm_rows(T* Y, T* mean, T* rstd, const T* X, const T* G, const T* b, size_t B, size_t I, double eps) {
    Nearby<T> gain, bias;
    G = gain.here(G, I, B), b = bias.here(b, I, B);
    by_blocks(B, I, [=](size_t first, size_t rows) {
        Moments<T> of[BLOCK];
        for (size_t r = 0; r < rows; ++r) of[r] = moments_of(X + (first + r) * I, I, eps);
        for (size_t r = 0; r < rows; ++r) {
            const size_t row = first + r;
            normalize(Y + row * I, X + row * I, of[r], G, b, I);
            mean[row] = of[r].high, rstd[row] = of[r].scale;
        }
    });
}

// With x the normalised row: the means of dY G and of dY G x, by which the gradient of a row is corrected.
template <class T> inline Sums<T> corrections(const T* dY, const T* X, T mean, T rstd, const T* G, size_t I) {
    const auto add = [=](auto& sum, auto& dot, auto dy, auto g, auto x) {
        const auto d = dy * g;
        sum += d;
        dot += d * ((x - mean) * rstd);
    };
    const Sums<T> sums = sum_both<T>(I, add, dY, G, X);
    return {sums.first / T(I), sums.second / T(I)};
}

template <class T>
void layer_norm_slope(T* __restrict dX, T* __restrict dG, T* __restrict db, const T* __restrict dY,
                      const T* __restrict X, T mean, T rstd, Sums<T> by, const T* __restrict G, size_t I) {
    each_vector<T>(I, [=](size_t i, auto part) {
        const Vec<T> x = (part.load(X + i) - mean) * rstd, dy = part.load(dY + i);
        part.store(dG + i, part.load(dG + i) + dy * x);
        part.store(db + i, part.load(db + i) + dy);
        part.store(dX + i, ((dy * part.load(G + i) - by.first) - x * by.second) * rstd);
    });
}

template <class T>
void layer_norm_slopes(T* dX, T* dG, T* db, const T* dY, const T* X, const T* mean, const T* rstd, const T* G, size_t B,
                       size_t I) {
    Nearby<T> gain, gain_sums, bias_sums;
    T *dg = gain_sums.here(dG, I, B), *dbias = bias_sums.here(db, I, B);
    const T* g = gain.here(G, I, B);
    by_blocks(B, I, [=](size_t first, size_t rows) {
        Sums<T> by[BLOCK];
        for (size_t r = 0; r < rows; ++r) {
            const size_t row = first + r;
            by[r] = corrections(dY + row * I, X + row * I, mean[row], rstd[row], g, I);
        }
        for (size_t r = 0; r < rows; ++r) {
            const size_t row = first + r, at = row * I;
            layer_norm_slope(dX + at, dg, dbias, dY + at, X + at, mean[row], rstd[row], by[r], g, I);
        }
    });
    gain_sums.back(dG, dg, I);
    bias_sums.back(db, dbias, I);
}

template <class T> constexpr NormalizationKernels<T> normalization() {
    return {softmax_rows<T>,           softmax_slopes<T>,  segment_softmax<T>,
            segment_softmax_slopes<T>, layer_norm_rows<T>, layer_norm_slopes<T>};
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Rows in pairs, each brought to length 1.
#pragma once

#include <cmath>
#include <cstddef>

#include "thinc/formula/distances.h"
#include "thinc/kernels/distances.h"
#include "thinc/loops/cpu/map.h"
#include "thinc/loops/cpu/rows.h"

namespace thinc {
namespace LEVEL {
namespace {

// The length of a row is scale * norm. The scale, its largest magnitude, is divided out first, so that no square
// overflows or vanishes. A row of zeros has scale 1 and an infinite norm: its unit row is zero.
template <class T> struct Length {
    T scale, norm;

    Length(const T* X, size_t O) {
        T lanes[LANES] = {}, largest = 0;
        size_t o = 0;
        for (; o + LANES <= O; o += LANES)
            for (size_t l = 0; l < LANES; ++l) lanes[l] = larger(lanes[l], X[o + l]);
        for (size_t l = 0; o + l < O; ++l) lanes[l] = larger(lanes[l], X[o + l]);
        for (size_t l = 0; l < LANES; ++l) largest = larger(largest, lanes[l]);
        const T s = scale = largest > 0 ? largest : T(1);
        norm = std::sqrt(sum_lanes<T>(O, [=](auto x) { return (x / s) * (x / s); }, X));
        if (norm == 0) norm = T(HUGE_VAL);
    }
    static T larger(T best, T x) { return std::fabs(x) > best ? std::fabs(x) : best; }
    T reciprocal() const { return 1 / (norm * scale); }
};

template <class T> T similarity(const T* X, const T* Y, const Length<T>& x, const Length<T>& y, size_t O) {
    const T sx = x.scale, sy = y.scale;
    return sum_lanes<T>(O, [=](auto u, auto v) { return (u / sx) * (v / sy); }, X, Y) / x.norm / y.norm;
}

template <class T> void cosines(T* s, const T* X, const T* Y, size_t N, size_t O) {
    for (size_t n = 0; n < N; ++n, X += O, Y += O) s[n] = similarity(X, Y, Length<T>(X, O), Length<T>(Y, O), O);
}

template <class T>
void cosine_slopes(T* dX, T* dY, const T* d, const T* X, const T* Y, size_t N, size_t O) {
    for (size_t n = 0; n < N; ++n, X += O, Y += O, dX += O, dY += O) {
        const Length<T> x(X, O), y(Y, O);
        const T s = similarity(X, Y, x, y, O), dn = d[n], per_x = x.reciprocal(), per_y = y.reciprocal();
        each(O, [=](size_t o) {
            const T u = X[o] / x.scale / x.norm, v = Y[o] / y.scale / y.norm;
            dX[o] = formula::cosine_slope(dn, u, v, s, per_x);
            dY[o] = formula::cosine_slope(dn, v, u, s, per_y);
        });
    }
}

template <class T> void loglosses(T* out, const T* y, const T* p, size_t n) {
    each(n, [=](size_t i) { out[i] = formula::logloss(y[i], p[i]); });
}

template <class T> constexpr DistancesKernels<T> distances() { return {loglosses<T>, cosines<T>, cosine_slopes<T>}; }

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

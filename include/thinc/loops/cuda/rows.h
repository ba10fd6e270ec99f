// Loops over rows that need a sum of the row before they can write it: one team per row.
#pragma once

#include "thinc/formula/math.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

template <class T> __device__ inline T exp_below_zero(T x) {
    return formula::select(x < formula::Format<T>::exp_is_zero, T(0), formula::exp_low(x));
}

template <class T>
__global__ void softmax_rows(T* Y__bo, const T* X__bo, size_t B, size_t O, double inverse_temperature) {
    const T inverse = T(inverse_temperature);
    each_row(B, [=](size_t b, Team team) {
        const T* X = X__bo + b * O;
        T* Y = Y__bo + b * O;
        // A NaN anywhere makes its own exponential, hence the sum, hence the whole row NaN.
        const T best = team.largest<T>(O, [=](size_t o) { return X[o]; });
        const T total = team.sum<T>(O, [=](size_t o) { return exp_below_zero((X[o] - best) * inverse); });
        const T scale = 1 / total;
        team.each(O, [=](size_t o) { Y[o] = exp_below_zero((X[o] - best) * inverse) * scale; });
    });
}

template <class T>
__global__ void softmax_slopes(T* dX__bo, const T* dY__bo, const T* Y__bo, size_t B, size_t O,
                               double inverse_temperature) {
    const T inverse = T(inverse_temperature);
    each_row(B, [=](size_t b, Team team) {
        const T *dY = dY__bo + b * O, *Y = Y__bo + b * O;
        T* dX = dX__bo + b * O;
        const T sum = team.sum<T>(O, [=](size_t o) { return Y[o] * (dY[o] * inverse); });
        team.each(O, [=](size_t o) { dX[o] = Y[o] * (dY[o] * inverse - sum); });
    });
}

// Mean and variance come from sums, in double, of the differences to the row's first element and of their squares: that
// element is one of the row, so the subtraction below loses a factor I of the precision of double at most. The mean
// is subtracted in two parts, so that a row whose mean is large against its deviation keeps its digits.
template <class T>
__global__ void layer_norm_rows(T* Y__bi, T* mean__b, T* rstd__b, const T* X__bi, const T* G, const T* bias, size_t B,
                                size_t I, double eps) {
    each_row(B, [=](size_t b, Team team) {
        const T* X = X__bi + b * I;
        T* Y = Y__bi + b * I;
        const double pivot = X[0];
        const auto sums = team.sum<Pair<double>>(I, [=](size_t i) {
            const double d = X[i] - pivot;
            return Pair<double>{d, d * d};
        });
        const double shift = sums.first / double(I), mean = pivot + shift;
        const double variance = sums.second / double(I) - shift * shift;
        const T high = T(mean), low = T(mean - double(high));
        const T scale = T(1 / formula::square_root((variance > 0 ? variance : variance * 0) + eps));
        team.each(I, [=](size_t i) { Y[i] = ((X[i] - high) - low) * scale * G[i] + bias[i]; });
        if (team.lane == 0) mean__b[b] = high, rstd__b[b] = scale;
    });
}

// The sums over rows are made in P parts: part p adds up rows p, p + P, ... in order.
template <class T>
__global__ void layer_norm_slopes(T* dX__bi, T* dG__pi, T* db__pi, const T* dY__bi, const T* X__bi, const T* mean__b,
                                  const T* rstd__b, const T* G, size_t B, size_t I, size_t P) {
    each_row(P, [=](size_t p, Team team) {
        T *dG = dG__pi + p * I, *db = db__pi + p * I;
        for (size_t b = p; b < B; b += P) {
            const T *dY = dY__bi + b * I, *X = X__bi + b * I;
            T* dX = dX__bi + b * I;
            const T mean = mean__b[b], scale = rstd__b[b];
            const auto sums = team.sum<Pair<T>>(I, [=](size_t i) {
                const T d = dY[i] * G[i];
                return Pair<T>{d, d * ((X[i] - mean) * scale)};
            });
            const T sum = sums.first / T(I), dot = sums.second / T(I);
            const bool first = b == p;
            team.each(I, [=](size_t i) {
                const T x = (X[i] - mean) * scale, dy = dY[i];
                dG[i] = first ? dy * x : dG[i] + dy * x;
                db[i] = first ? dy : db[i] + dy;
                dX[i] = ((dy * G[i] - sum) - x * dot) * scale;
            });
        }
    });
}

}  // namespace LEVEL
}  // namespace thinc

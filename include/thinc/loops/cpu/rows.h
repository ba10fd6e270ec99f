// Loops over rows that need a sum of the row before they can write it.
//
// A row is summed in sixteen lanes, element i in lane i mod 16, and the lanes are folded in halves. So the sum of a
// row depends on its values and length alone: not on the instruction set, nor on where the row lies.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "thinc/formula/math.h"
#include "thinc/kernels/normalization.h"
#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

constexpr size_t LANES = 16;

// The sixteen lanes, in as many vectors of the level as that takes.
template <class A> struct Row {
    static constexpr size_t W = WIDTH<A>, vectors = LANES / W;
    Vec<A> part[vectors];
};

// As many elements from p on as a vector of A has, as numbers of type A.
template <class A, class T> inline Vec<A> load_as(const T* p) {
    return __builtin_convertvector(*reinterpret_cast<const typename VecOf<T, WIDTH<A>>::loose*>(p), Vec<A>);
}

// Lane l takes on lane l + half, for halves of 8, 4, 2, 1.
template <class A> inline A fold(const Row<A>& row) {
    A lanes[LANES];
    for (size_t v = 0; v < row.vectors; ++v) store(lanes + v * row.W, row.part[v]);
#pragma GCC unroll 4
    for (size_t half = LANES / 2; half; half /= 2)
#pragma GCC unroll 8
        for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    return lanes[0];
}

// The sum over i < n of term(p[i], q[i], ...), computed in A. `term` takes a vector of elements, or one.
template <class A, class Term, class... P> inline A sum_lanes(size_t n, Term term, const P*... p) {
    Row<A> row = {};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma GCC unroll 8
        for (size_t v = 0; v < row.vectors; ++v) row.part[v] += term(load_as<A>(p + i + v * row.W)...);
    for (size_t l = 0; i + l < n; ++l) row.part[l / row.W][l % row.W] += term(A(p[i + l])...);
    return fold(row);
}

// The largest of n > 0 elements; NaNs are passed over unless the first element is one.
template <class T> inline T maximum(const T* X, size_t n) {
    constexpr size_t W = WIDTH<T>;
    T best = X[0];
    size_t i = 0;
    if (n >= W) {
        Vec<T> lanes = broadcast(best);
        for (; i + W <= n; i += W) {
            const Vec<T> x = load(X + i);
            lanes = x > lanes ? x : lanes;
        }
        for (size_t l = 0; l < W; ++l) best = lanes[l] > best ? lanes[l] : best;
    }
    for (; i < n; ++i) best = X[i] > best ? X[i] : best;
    return best;
}

template <class T> void softmax_rows(T* __restrict Y, const T* __restrict X, size_t B, size_t O, T inverse_temperature) {
    for (size_t b = 0; b < B; ++b, X += O, Y += O) {
        // A NaN anywhere makes its own exponential, hence the sum, hence the whole row NaN.
        const T best = maximum(X, O);
        for (size_t o = 0; o < O; ++o) Y[o] = formula::exp((X[o] - best) * inverse_temperature);
        const T scale = 1 / sum_lanes<T>(O, [](auto y) { return y; }, Y);
        for (size_t o = 0; o < O; ++o) Y[o] *= scale;
    }
}

template <class T>
void softmax_slopes(T* __restrict dX, const T* __restrict dY, const T* __restrict Y, size_t B, size_t O, T inverse_temperature) {
    for (size_t b = 0; b < B; ++b, dX += O, dY += O, Y += O) {
        const T sum = sum_lanes<T>(O, [=](auto y, auto dy) { return y * (dy * inverse_temperature); }, Y, dY);
        for (size_t o = 0; o < O; ++o) dX[o] = Y[o] * (dY[o] * inverse_temperature - sum);
    }
}

// Columns that are handled together by the loops over segments; their sums stay on the stack.
constexpr size_t COLUMNS = 64;

template <class T, class Body> void column_blocks(const int32_t* lengths, size_t B, size_t O, Body body) {
    for (size_t b = 0, start = 0; b < B; start += lengths[b], ++b)
        for (size_t o = 0; o < O; o += COLUMNS) body(start * O + o, lengths[b], O - o < COLUMNS ? O - o : COLUMNS);
}

template <class T> void segment_softmax(T* Y, const T* X, const int32_t* lengths, size_t B, size_t O) {
    column_blocks<T>(lengths, B, O, [=](size_t first, size_t rows, size_t n) {
        T sums[COLUMNS] = {};
        for (size_t t = 0; t < rows; ++t) {
            const T* x = X + first + t * O;
            T* y = Y + first + t * O;
            for (size_t o = 0; o < n; ++o) sums[o] += y[o] = formula::exp(formula::clamp(x[o], T(-20), T(20)));
        }
        for (size_t t = 0; t < rows; ++t) {
            T* y = Y + first + t * O;
            for (size_t o = 0; o < n; ++o) y[o] /= sums[o];
        }
    });
}

template <class T>
void segment_softmax_slopes(T* dX, const T* dY, const T* Y, const int32_t* lengths, size_t B, size_t O) {
    column_blocks<T>(lengths, B, O, [=](size_t first, size_t rows, size_t n) {
        T sums[COLUMNS] = {};
        for (size_t t = 0; t < rows; ++t)
            for (size_t o = 0; o < n; ++o) sums[o] += Y[first + t * O + o] * dY[first + t * O + o];
        for (size_t t = 0; t < rows; ++t)
            for (size_t o = 0; o < n; ++o) {
                const size_t at = first + t * O + o;
                dX[at] = Y[at] * dY[at] - Y[at] * sums[o];
            }
    });
}

// Mean and variance are summed in double. The mean is subtracted in two parts, so that a row whose mean is large
// against its deviation keeps its digits.
template <class T>
void layer_norm_rows(T* __restrict Y, T* mean, T* rstd, const T* __restrict X, const T* __restrict G,
                     const T* __restrict b, size_t B, size_t I, double eps) {
    for (size_t r = 0; r < B; ++r, X += I, Y += I) {
        const double mu = sum_lanes<double>(I, [](auto x) { return x; }, X) / double(I);
        const double var = sum_lanes<double>(I, [=](auto x) { return (x - mu) * (x - mu); }, X) / double(I);
        const T high = T(mu), low = T(mu - double(high)), scale = T(1 / std::sqrt(var + eps));
        for (size_t i = 0; i < I; ++i) Y[i] = ((X[i] - high) - low) * scale * G[i] + b[i];
        mean[r] = high;
        rstd[r] = scale;
    }
}

template <class T>
void layer_norm_slopes(T* __restrict dX, T* __restrict dG, T* __restrict db, const T* __restrict dY,
                       const T* __restrict X, const T* mean, const T* rstd, const T* __restrict G, size_t B,
                       size_t I) {
    for (size_t r = 0; r < B; ++r, X += I, dX += I, dY += I) {
        const T mu = mean[r], scale = rstd[r];
        const T sum = sum_lanes<T>(I, [](auto dy, auto g) { return dy * g; }, dY, G) / T(I);
        const T dot =
            sum_lanes<T>(I, [=](auto dy, auto g, auto x) { return dy * g * ((x - mu) * scale); }, dY, G, X) / T(I);
        for (size_t i = 0; i < I; ++i) {
            const T x = (X[i] - mu) * scale;
            dG[i] += dY[i] * x;
            db[i] += dY[i];
            dX[i] = ((dY[i] * G[i] - sum) - x * dot) * scale;
        }
    }
}

template <class T> constexpr NormalizationKernels<T> normalization() {
    return {softmax_rows<T>,           softmax_slopes<T>,  segment_softmax<T>,
            segment_softmax_slopes<T>, layer_norm_rows<T>, layer_norm_slopes<T>};
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

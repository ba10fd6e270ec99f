// Loops over rows that need a sum of the row before they can write it.
//
// A row is summed in 32 lanes, element i in lane i mod 32, and the lanes are folded in halves. So the sum of a
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

constexpr size_t LANES = 32;

// The lanes, in as many vectors of the level as that takes.
template <class A> struct Row {
    static constexpr size_t W = WIDTH<A>, vectors = LANES / W;
    Vec<A> part[vectors];
};

template <class A> inline Row<A> row_of(const A* lanes) {
    Row<A> row;
    for (size_t v = 0; v < row.vectors; ++v) row.part[v] = load(lanes + v * row.W);
    return row;
}

// As many elements from p on as a vector of A has, as numbers of type A. Lane by lane, compilers find the one
// instruction that converts; from a conversion of vectors GCC 12 makes two halves.
template <class A, class T> inline Vec<A> load_as(const T* p) {
    if constexpr (sizeof(A) == sizeof(T)) {
        return load(p);
    } else {
        Vec<A> v;
#pragma GCC unroll 16
        for (size_t l = 0; l < WIDTH<A>; ++l) v[l] = A(p[l]);
        return v;
    }
}

template <class A, size_t n, size_t... i>
inline typename VecOf<A, n / 2>::type add_halves(typename VecOf<A, n>::type v, std::index_sequence<i...>) {
    return __builtin_shufflevector(v, v, i...) + __builtin_shufflevector(v, v, (n / 2 + i)...);
}
template <class A, size_t n> inline A fold_vector(typename VecOf<A, n>::type v) {
    if constexpr (n == 2) return v[0] + v[1];
    else return fold_vector<A, n / 2>(add_halves<A, n>(v, std::make_index_sequence<n / 2>()));
}

// Lane l takes on lane l + half, for halves of 16, 8, 4, 2, 1.
template <class A> inline A fold(Row<A> row) {
#pragma GCC unroll 4
    for (size_t half = row.vectors / 2; half; half /= 2)
#pragma GCC unroll 8
        for (size_t v = 0; v < half; ++v) row.part[v] += row.part[v + half];
    return fold_vector<A, row.W>(row.part[0]);
}

template <class A> struct Sums {
    A first, second;
};

// Two sums over i < n at once, computed in A: `add(s, t, p[i], q[i], ...)` adds an element's terms to both. It is
// called with vectors of elements, or with one.
template <class A, class Add, class... P> inline Sums<A> sum_both(size_t n, Add add, const P*... p) {
    Row<A> s = {}, t = {};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma GCC unroll 16
        for (size_t v = 0; v < s.vectors; ++v) add(s.part[v], t.part[v], load_as<A>(p + i + v * s.W)...);
    for (size_t l = 0; i + l < n; ++l) {
        A one = s.part[l / s.W][l % s.W], two = t.part[l / s.W][l % s.W];
        add(one, two, A(p[i + l])...);
        s.part[l / s.W][l % s.W] = one;
        t.part[l / s.W][l % s.W] = two;
    }
    return {fold(s), fold(t)};
}

// One sum over i < n of term(p[i], q[i], ...).
template <class A, class Term, class... P> inline A sum_lanes(size_t n, Term term, const P*... p) {
    Row<A> row = {};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma GCC unroll 16
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

// e^x 2^RAISED for x <= 0. The factor goes with the division by the sum.
template <class T>
inline T exp_below_zero(T x) {
    return formula::select(x < formula::Format<T>::exp_is_zero, T(0), formula::exp_raised(x));
}

template <class T, class Exponent>
void softmax_row(T* __restrict Y, size_t O, Exponent exponent) {
    T lanes[LANES] = {};
    size_t o = 0;
    for (; o + LANES <= O; o += LANES)
        for (size_t l = 0; l < LANES; ++l) lanes[l] += Y[o + l] = exp_below_zero(exponent(o + l));
    for (size_t l = 0; o + l < O; ++l) lanes[l] += Y[o + l] = exp_below_zero(exponent(o + l));
    const T scale = 1 / fold(row_of(lanes));
    for (o = 0; o < O; ++o) Y[o] *= scale;
}

template <class T>
void softmax_rows(T* __restrict Y, const T* __restrict X, size_t B, size_t O, T inverse_temperature) {
    for (size_t b = 0; b < B; ++b, X += O, Y += O) {
        // A NaN anywhere makes its own exponential, hence the sum, hence the whole row NaN.
        const T best = maximum(X, O);
        if (inverse_temperature == 1) softmax_row(Y, O, [=](size_t o) { return X[o] - best; });
        else softmax_row(Y, O, [=](size_t o) { return (X[o] - best) * inverse_temperature; });
    }
}

template <class T>
void softmax_slopes(T* __restrict dX, const T* __restrict dY, const T* __restrict Y, size_t B, size_t O,
                    T inverse_temperature) {
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

// Mean and variance come from sums, in double, of the differences to the row's first element and of their squares.
// That element is one of the row, so the square of its distance to the mean is at most I times the variance: the
// difference below loses a factor I of the precision of double at most. The mean is subtracted in two parts, so that
// a row whose mean is large against its deviation keeps its digits.
template <class T>
void layer_norm_rows(T* __restrict Y, T* mean, T* rstd, const T* __restrict X, const T* __restrict G,
                     const T* __restrict b, size_t B, size_t I, double eps) {
    for (size_t r = 0; r < B; ++r, X += I, Y += I) {
        const double pivot = X[0];
        const auto add = [=](auto& sum, auto& squares, auto x) {
            const auto d = x - pivot;
            sum += d;
            squares += d * d;
        };
        const Sums<double> sums = sum_both<double>(I, add, X);
        const double shift = sums.first / double(I), mu = pivot + shift;
        const double var = sums.second / double(I) - shift * shift;
        const T high = T(mu), low = T(mu - double(high)), scale = T(1 / std::sqrt((var > 0 ? var : var * 0) + eps));
        for (size_t i = 0; i < I; ++i) Y[i] = ((X[i] - high) - low) * scale * G[i] + b[i];
        mean[r] = high;
        rstd[r] = scale;
    }
}

template <class T>
void layer_norm_slopes(T* __restrict dX, T* __restrict dG, T* __restrict db, const T* __restrict dY,
                       const T* __restrict X, const T* mean, const T* rstd, const T* __restrict G, size_t B, size_t I) {
    for (size_t r = 0; r < B; ++r, X += I, dX += I, dY += I) {
        const T mu = mean[r], scale = rstd[r];
        const auto add = [=](auto& sum, auto& dot, auto dy, auto g, auto x) {
            const auto d = dy * g;
            sum += d;
            dot += d * ((x - mu) * scale);
        };
        const Sums<T> sums = sum_both<T>(I, add, dY, G, X);
        const T sum = sums.first / T(I), dot = sums.second / T(I);
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

// Elementwise loops over contiguous ranges. The output may be one of the inputs.
#pragma once

#include <cstddef>
#include <utility>

#include "thinc/kernels/activations.h"

namespace thinc {
namespace LEVEL {
namespace {

// body(i) for i < n, in any order and many at once: no i may read what another one writes.
template <class Body>
inline void each(size_t n, Body body) {
#if defined(__clang__)
#pragma clang loop vectorize(assume_safety)
#elif defined(__GNUC__)
#pragma GCC ivdep
#endif
    for (size_t i = 0; i < n; ++i) body(i);
}

// A function of numbers for `each`: what of the formula F is computed, with its parameters as numbers of type T.
template <class F>
using Parameters = std::make_index_sequence<F::parameters>;

template <class F, class T, size_t... I>
void value_at(T* Y, const T* X, size_t n, const double* p, std::index_sequence<I...>) {
    const T c[] = {T(p[I])..., 0};
    each(n, [=](size_t i) { Y[i] = F::value(X[i], c[I]...); });
}

template <class F, class T, size_t... I>
void gradient_at(T* dX, const T* dY, const T* X, size_t n, const double* p, std::index_sequence<I...>) {
    const T c[] = {T(p[I])..., 0};
    each(n, [=](size_t i) { dX[i] = F::gradient(dY[i], X[i], c[I]...); });
}

template <class F, class T>
void map_value(T* Y, const T* X, size_t n, const double* p) {
    value_at<F>(Y, X, n, p, Parameters<F>());
}

template <class F, class T>
void map_slope(T* Y, const T* X, size_t n, const double*) {
    each(n, [=](size_t i) { Y[i] = F::slope(X[i]); });
}

template <class F, class T>
void map_gradient(T* dX, const T* dY, const T* X, size_t n, const double* p) {
    gradient_at<F>(dX, dY, X, n, p, Parameters<F>());
}

template <class F, class T>
void map_gradient3(T* dX, const T* dY, const T* X, const T* Y, size_t n, const double*) {
    each(n, [=](size_t i) { dX[i] = F::gradient(dY[i], X[i], Y[i]); });
}

// Rows of a table of kernels.
template <class F>
constexpr MapOp map() {
    return {map_value<F, float>, map_value<F, double>};
}
template <class F>
constexpr MapOp slopes() {
    return {map_slope<F, float>, map_slope<F, double>};
}
template <class F>
constexpr Map2Op gradients() {
    return {map_gradient<F, float>, map_gradient<F, double>};
}
template <class F>
constexpr Map3Op gradients3() {
    return {map_gradient3<F, float>, map_gradient3<F, double>};
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

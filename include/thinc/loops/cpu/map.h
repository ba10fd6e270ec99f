// Elementwise loops over contiguous ranges. Input and output may be the same memory.
#pragma once

#include <cstddef>

#include "thinc/kernels/activations.h"

namespace thinc {
namespace LEVEL {
namespace {

template <class F, class T> void map_value(T* Y, const T* X, size_t n, const double* p) {
    for (size_t i = 0; i < n; ++i) Y[i] = F::value(X[i], p);
}

template <class F, class T> void map_slope(T* dX, const T* dY, const T* X, size_t n, const double* p) {
    for (size_t i = 0; i < n; ++i) dX[i] = dY[i] * F::slope(X[i], p);
}

template <class F> constexpr MapOp map() { return {map_value<F, float>, map_value<F, double>}; }
template <class F> constexpr Map2Op slopes() { return {map_slope<F, float>, map_slope<F, double>}; }

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Elementwise kernels: what the binding of the theme sees. Ranges are given by pointer and count.
#pragma once

#include <cstddef>

#include "thinc/isa.h"

namespace thinc {

// One function per dtype; `p` points to the parameters of the formula, as doubles.
template <class T> using Map = void (*)(T* Y, const T* X, size_t n, const double* p);
template <class T> using Map2 = void (*)(T* dX, const T* dY, const T* X, size_t n, const double* p);

struct MapOp {
    Map<float> f32;
    Map<double> f64;
};
struct Map2Op {
    Map2<float> f32;
    Map2<double> f64;
};

struct ActivationsTable {
    MapOp relu;
    Map2Op backprop_relu;
};

}  // namespace thinc

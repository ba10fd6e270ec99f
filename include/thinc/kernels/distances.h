// Elementwise losses, and the angle between rows.
#pragma once

#include <cstddef>

#include "thinc/isa.h"

namespace thinc {

template <class T> struct DistancesKernels {
    void (*logloss)(T* out, const T* y, const T* p, size_t n);
    void (*cosine)(T* s__n, const T* X__no, const T* Y__no, size_t N, size_t O);
    void (*backprop_cosine)(T* dX__no, T* dY__no, const T* d__n, const T* X__no, const T* Y__no, size_t N, size_t O);
};

struct DistancesTable {
    DistancesKernels<float> f32;
    DistancesKernels<double> f64;
};

}  // namespace thinc

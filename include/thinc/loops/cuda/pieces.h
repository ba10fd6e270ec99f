// Loops over elements of P pieces each, that lie side by side: the largest piece, and its gradient.
#pragma once

#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// The first of the largest pieces; a NaN counts as larger than any number.
template <class T> __global__ void maxout(T* Y, int32_t* which, const T* X, size_t n, size_t P) {
    each(n, [=](size_t i) {
        T best = X[i * P];
        int32_t at = 0;
        for (size_t p = 1; p < P; ++p) {
            const T x = X[i * P + p];
            if (!(x <= best) && best == best) best = x, at = int32_t(p);
        }
        Y[i] = best;
        which[i] = at;
    });
}

template <class T> __global__ void backprop_maxout(T* dX, const T* dY, const int32_t* which, size_t n, size_t P) {
    each(n, [=](size_t i) {
        for (size_t p = 0; p < P; ++p) dX[i * P + p] = size_t(which[i]) == p ? dY[i] : T(0);
    });
}

}  // namespace LEVEL
}  // namespace thinc

// Loops over elements of P pieces each, that lie side by side: the largest piece, and its gradient.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/kernels/activations.h"

namespace thinc {
namespace LEVEL {
namespace {

// The first of the largest pieces; a NaN counts as larger than any number.
template <class T>
inline void largest(T& best, int32_t& at, const T* pieces, size_t nP) {
    best = pieces[0];
    at = 0;
    for (size_t p = 1; p < nP; ++p) {
        const bool better = !(pieces[p] <= best) & (best == best);
        best = better ? pieces[p] : best;
        at = better ? int32_t(p) : at;
    }
}

// With the number of pieces known, the loop over elements is one of vectors.
template <size_t P, class T>
void maxout_of(T* __restrict Y, int32_t* __restrict which, const T* __restrict X, size_t n) {
    for (size_t i = 0; i < n; ++i) largest(Y[i], which[i], X + i * P, P);
}

template <class T>
void maxout(T* __restrict Y, int32_t* __restrict which, const T* __restrict X, size_t n, size_t nP) {
    switch (nP) {
        case 2:
            return maxout_of<2>(Y, which, X, n);
        case 3:
            return maxout_of<3>(Y, which, X, n);
        case 4:
            return maxout_of<4>(Y, which, X, n);
        default:
            for (size_t i = 0; i < n; ++i) largest(Y[i], which[i], X + i * nP, nP);
    }
}

template <size_t P, class T>
void backprop_maxout_of(T* __restrict dX, const T* __restrict dY, const int32_t* __restrict which, size_t n) {
    for (size_t i = 0; i < n; ++i)
        for (size_t p = 0; p < P; ++p) dX[i * P + p] = which[i] == int32_t(p) ? dY[i] : T(0);
}

template <class T>
void backprop_maxout(T* __restrict dX, const T* __restrict dY, const int32_t* __restrict which, size_t n, size_t nP) {
    switch (nP) {
        case 2:
            return backprop_maxout_of<2>(dX, dY, which, n);
        case 3:
            return backprop_maxout_of<3>(dX, dY, which, n);
        case 4:
            return backprop_maxout_of<4>(dX, dY, which, n);
        default:
            for (size_t i = 0; i < n; ++i)
                for (size_t p = 0; p < nP; ++p) dX[i * nP + p] = which[i] == int32_t(p) ? dY[i] : T(0);
    }
}

bool all_below(const int32_t* which, size_t n, size_t nP) {
    uint32_t most = 0;
    for (size_t i = 0; i < n; ++i) most = uint32_t(which[i]) > most ? uint32_t(which[i]) : most;
    return n == 0 || most < nP;
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

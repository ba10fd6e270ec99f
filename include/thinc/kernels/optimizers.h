// Updates of parameters: everything that an optimizer's step does to memory, in one pass.
#pragma once

#include <cstddef>

#include "thinc/isa.h"

namespace thinc {

// The numbers of one update, rounded to the dtype of the arrays. A zero switches its part off.
template <class T> struct Step {
    T learn_rate, beta1, beta2, gain1, gain2, eps, mod_rate;
    T l2;      // coupled: g += l2 w
    T scale;   // of the gradient, from clipping; 1 leaves it
    T decay;   // decoupled: w -= decay w
    T follow;  // e -= follow (e - w)
    bool adaptive;
};

template <class T> struct OptimizerKernels {
    // Sum over i in float64 of (g + l2 w)^2, each rounded to T; w may be null where l2 is zero.
    double (*squares)(const T* g, const T* w, T l2, size_t n);
    // e may be null. The gradient is zero afterwards.
    void (*adam)(T* w, T* g, T* m, T* v, T* e, size_t n, const Step<T>* step);
    void (*sgd)(T* w, T* g, T* e, size_t n, const Step<T>* step);
    void (*scale)(T* x, size_t n, T factor);
    void (*follow)(T* e, const T* w, size_t n, T rate);
};

struct OptimizersTable {
    OptimizerKernels<float> f32;
    OptimizerKernels<double> f64;
};

}  // namespace thinc

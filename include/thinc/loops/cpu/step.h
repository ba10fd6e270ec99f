// One pass over a parameter, its gradient and state. A block of elements is small enough for the first-level cache,
// so the parts of an update, each a plain loop that is run or not, read memory once between them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#include "thinc/formula/optimizers.h"
#include "thinc/kernels/optimizers.h"

namespace thinc {
namespace LEVEL {
namespace {

constexpr size_t STEP_BLOCK = 512, NORM_LANES = 32;

// Adds the squares of whole rows of 32 elements to the lanes. The local copy is what the compiler keeps in registers.
template <class T> void add_squares(double* lanes, const T* g, const T* w, T l2, size_t n) {
    double sums[NORM_LANES];
    std::memcpy(sums, lanes, sizeof sums);
    if (l2 == 0)
        for (size_t i = 0; i < n; i += NORM_LANES)
            for (size_t l = 0; l < NORM_LANES; ++l) sums[l] += double(g[i + l] * g[i + l]);
    else
        for (size_t i = 0; i < n; i += NORM_LANES)
            for (size_t l = 0; l < NORM_LANES; ++l) {
                const T x = g[i + l] + l2 * w[i + l];
                sums[l] += double(x * x);
            }
    std::memcpy(lanes, sums, sizeof sums);
}

// Element i in lane i mod 32, lanes folded in halves.
template <class T> double sum_of_squares(const T* g, const T* w, T l2, size_t n) {
    double lanes[NORM_LANES] = {};
    const size_t whole = n - n % NORM_LANES;
    add_squares(lanes, g, w, l2, whole);
    for (size_t i = whole; i < n; ++i) {
        const T x = l2 == 0 ? g[i] : g[i] + l2 * w[i];
        lanes[i - whole] += double(x * x);
    }
    for (size_t half = NORM_LANES / 2; half; half /= 2)
        for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    return lanes[0];
}

// The gradient with its L2 term, clipped, in a block of its own.
template <class T> void load_gradient(T* block, const T* g, const T* w, size_t n, const Step<T>& s) {
    std::memcpy(block, g, n * sizeof(T));
    if (s.l2 != 0)
        for (size_t i = 0; i < n; ++i) block[i] += s.l2 * w[i];
    if (s.scale != 1)
        for (size_t i = 0; i < n; ++i) block[i] *= s.scale;
}

template <class T> void follow_weights(T* e, const T* w, size_t n, T rate) {
    for (size_t i = 0; i < n; ++i) e[i] -= rate * (e[i] - w[i]);
}

// What comes after the step: decay, averages, and a gradient of zeros.
template <class T> void finish_block(T* w, T* g, T* e, size_t n, const Step<T>& s) {
    if (s.decay != 0)
        for (size_t i = 0; i < n; ++i) w[i] -= s.decay * w[i];
    if (e) follow_weights(e, w, n, s.follow);
    std::memset(g, 0, n * sizeof(T));
}

template <class T> void adam_step(T* w, T* g, T* m, T* v, T* e, size_t n, const Step<T>* step) {
    const Step<T> s = *step;
    T block[STEP_BLOCK];
    for (size_t start = 0; start < n; start += STEP_BLOCK) {
        const size_t count = n - start < STEP_BLOCK ? n - start : STEP_BLOCK;
        load_gradient(block, g + start, w + start, count, s);
        T *W = w + start, *M = m + start, *V = v + start;
        for (size_t i = 0; i < count; ++i) {
            M[i] = formula::first_moment(M[i], block[i], s.beta1, s.gain1);
            V[i] = formula::second_moment(V[i], block[i], s.beta2, s.gain2);
        }
        if (s.adaptive)
            for (size_t i = 0; i < count; ++i)
                W[i] -= s.learn_rate * formula::adam_direction(M[i], V[i], s.mod_rate, s.eps);
        else
            for (size_t i = 0; i < count; ++i) W[i] -= s.learn_rate * M[i];
        finish_block(W, g + start, e ? e + start : nullptr, count, s);
    }
}

template <class T> void sgd_step(T* w, T* g, T* e, size_t n, const Step<T>* step) {
    const Step<T> s = *step;
    T block[STEP_BLOCK];
    for (size_t start = 0; start < n; start += STEP_BLOCK) {
        const size_t count = n - start < STEP_BLOCK ? n - start : STEP_BLOCK;
        load_gradient(block, g + start, w + start, count, s);
        T* W = w + start;
        for (size_t i = 0; i < count; ++i) W[i] -= s.learn_rate * block[i];
        finish_block(W, g + start, e ? e + start : nullptr, count, s);
    }
}

template <class T> void scale_by(T* x, size_t n, T factor) {
    for (size_t i = 0; i < n; ++i) x[i] *= factor;
}

template <class T> constexpr OptimizerKernels<T> optimizers() {
    return {sum_of_squares<T>, adam_step<T>, sgd_step<T>, scale_by<T>, follow_weights<T>};
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

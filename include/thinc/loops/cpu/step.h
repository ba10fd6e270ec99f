// One pass over a parameter, its gradient and state. A block of elements is small enough for the first-level cache,
// so the parts of an update, each a plain loop that is run or not, read memory once between them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "thinc/formula/optimizers.h"
#include "thinc/kernels/optimizers.h"
#include "thinc/loops/cpu/lanes.h"

namespace thinc {
namespace LEVEL {
namespace {

constexpr size_t STEP_BLOCK = 512;

// Adds the squares of whole rows of 32 elements to the lanes. The local copy is what the compiler keeps in registers.
template <class T> void add_squares(double* lanes, const T* g, const T* w, T l2, size_t n) {
    double sums[LANES];
    std::memcpy(sums, lanes, sizeof sums);
    if (l2 == 0)
        for (size_t i = 0; i < n; i += LANES)
            for (size_t l = 0; l < LANES; ++l) sums[l] += double(g[i + l] * g[i + l]);
    else
        for (size_t i = 0; i < n; i += LANES)
            for (size_t l = 0; l < LANES; ++l) {
                const T x = g[i + l] + l2 * w[i + l];
                sums[l] += double(x * x);
            }
    std::memcpy(lanes, sums, sizeof sums);
}

// Element i in lane i mod 32, as in lanes.h.
template <class T> double sum_of_squares(const T* g, const T* w, T l2, size_t n) {
    double lanes[LANES] = {};
    const size_t whole = n - n % LANES;
    add_squares(lanes, g, w, l2, whole);
    for (size_t i = whole; i < n; ++i) {
        const T x = l2 == 0 ? g[i] : g[i] + l2 * w[i];
        lanes[i - whole] += double(x * x);
    }
    return sum_of(row_of(lanes));
}

// How many elements the block beginning at x has: the first ends where a cache line of x does, so that the next ones
// begin there. Most arrays begin at the same place in a line: NumPy's large ones, 16 bytes after its beginning, like
// those of the library, at it. What crosses no lines in one array does so in none then.
template <class T> size_t block_size(const T* x, size_t rest) {
    const size_t past = reinterpret_cast<uintptr_t>(x) % 64, most = STEP_BLOCK - past / sizeof(T);
    return rest < most ? rest : most;
}

// The gradient with its L2 term, clipped: where it is, or in the block, if there is something to do.
template <class T> const T* effective(const T* g, const T* w, T* block, size_t n, const Step<T>& s) {
    if (s.l2 == 0 && s.scale == 1) return g;
    std::memcpy(block, g, n * sizeof(T));
    if (s.l2 != 0)
        for (size_t i = 0; i < n; ++i) block[i] += s.l2 * w[i];
    if (s.scale != 1)
        for (size_t i = 0; i < n; ++i) block[i] *= s.scale;
    return block;
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

// Moments and weights of a block; `direction` gives the step from the moments.
template <class T, class Direction>
void adam_block(T* __restrict w, const T* __restrict g, T* __restrict m, T* __restrict v, size_t n, const Step<T>& s,
                Direction direction) {
    const T beta1 = s.beta1, beta2 = s.beta2, gain1 = s.gain1, gain2 = s.gain2, learn_rate = s.learn_rate;
    for (size_t i = 0; i < n; ++i) {
        m[i] = formula::first_moment(m[i], g[i], beta1, gain1);
        v[i] = formula::second_moment(v[i], g[i], beta2, gain2);
        w[i] -= learn_rate * direction(m[i], v[i]);
    }
}

template <class T> void adam_step(T* w, T* g, T* m, T* v, T* e, size_t n, const Step<T>* step) {
    const Step<T> s = *step;
    const auto adaptive = [mod_rate = s.mod_rate, eps = s.eps](T m, T v) {
        return formula::adam_direction(m, v, mod_rate, eps);
    };
    alignas(64) T block[STEP_BLOCK];
    for (size_t start = 0, count; start < n; start += count) {
        T *W = w + start, *M = m + start;
        count = block_size(M, n - start);
        const T* G = effective(g + start, W, block, count, s);
        if (s.adaptive) adam_block(W, G, M, v + start, count, s, adaptive);
        else adam_block(W, G, M, v + start, count, s, [](T m, T) { return m; });
        finish_block(W, g + start, e ? e + start : nullptr, count, s);
    }
}

template <class T> void sgd_step(T* w, T* g, T* e, size_t n, const Step<T>* step) {
    const Step<T> s = *step;
    alignas(64) T block[STEP_BLOCK];
    for (size_t start = 0, count; start < n; start += count) {
        T* W = w + start;
        count = block_size(W, n - start);
        const T* G = effective(g + start, W, block, count, s);
        for (size_t i = 0; i < count; ++i) W[i] -= s.learn_rate * G[i];
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

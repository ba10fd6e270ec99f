// Loops that reach the limits of the machine, for benchmarks to compare with.
#pragma once

#include "thinc/kernels/roofs.h"
#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// Independent chains: more than latency times units, and few enough for the registers.
constexpr size_t CHAINS = 12;

template <class T> double fma_loop(size_t n, T* sink) {
    Vec<T> acc[CHAINS];
    const Vec<T> a = broadcast(T(0.999)), b = broadcast(T(0.001));
    for (size_t c = 0; c < CHAINS; ++c) acc[c] = broadcast(T(c));
    const size_t steps = 1 + n / (CHAINS * WIDTH<T>);
    for (size_t s = 0; s < steps; ++s)
#pragma GCC unroll 12
        for (size_t c = 0; c < CHAINS; ++c) acc[c] = fma<T>(acc[c], a, b);
    for (size_t c = 1; c < CHAINS; ++c) acc[0] += acc[c];
    *sink = acc[0][0];
    return 2.0 * double(steps) * CHAINS * WIDTH<T>;
}

inline float read_loop(const float* X, size_t n) {
    constexpr size_t W = WIDTH<float>, PARTS = 8;
    Vec<float> acc[PARTS] = {};
    for (size_t i = 0; i + PARTS * W <= n; i += PARTS * W)
#pragma GCC unroll 8
        for (size_t p = 0; p < PARTS; ++p) acc[p] += load(X + i + p * W);
    for (size_t p = 1; p < PARTS; ++p) acc[0] += acc[p];
    return acc[0][0];
}

inline void copy_loop(float* __restrict Y, const float* __restrict X, size_t n) {
    constexpr size_t W = WIDTH<float>;
    for (size_t i = 0; i + W <= n; i += W) store(Y + i, load(X + i));
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Elementwise loops. The output may be one of the inputs.
#pragma once

#include "thinc/formula/activations.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// Sixteen bytes: what a thread loads at once, where arrays are aligned to them.
template <class T> struct alignas(16) Pack {
    static constexpr size_t size = 16 / sizeof(T);
    T at[size];
};

template <class T> __device__ inline bool aligned(const T* X) { return size_t(X) % sizeof(Pack<T>) == 0; }

template <class T, class Body, class... In> __device__ inline Pack<T> pack(Body body, const Pack<In>... x) {
    Pack<T> y;
    for (size_t k = 0; k < y.size; ++k) y.at[k] = body(x.at[k]...);
    return y;
}

// Y[i] = body(X[i], ...) for i < n.
template <class T, class Body, class... In> __device__ inline void map(T* Y, size_t n, Body body, const In*... X) {
    const bool packs = (aligned(Y) && ... && aligned(X));
    const size_t whole = packs ? n / Pack<T>::size : 0, done = whole * Pack<T>::size;
    each(whole, [=](size_t i) {
        reinterpret_cast<Pack<T>*>(Y)[i] = pack<T>(body, reinterpret_cast<const Pack<In>*>(X)[i]...);
    });
    each(n - done, [=](size_t i) { Y[done + i] = body(X[done + i]...); });
}

template <class F, class T>
__global__ void map_value(T* Y, const T* X, size_t n, double p0, double p1, double p2, double p3) {
    const T a = T(p0), b = T(p1), c = T(p2), d = T(p3);
    map(
        Y, n,
        [=](T x) {
            if constexpr (F::parameters == 0) return F::value(x);
            else if constexpr (F::parameters == 1) return F::value(x, a);
            else return F::value(x, a, b, c, d);
        },
        X);
}

template <class F, class T> __global__ void map_slope(T* Y, const T* X, size_t n) {
    map(Y, n, [=](T x) { return F::slope(x); }, X);
}

template <class F, class T>
__global__ void map_gradient(T* dX, const T* dY, const T* X, size_t n, double p0, double p1, double p2) {
    const T a = T(p0), b = T(p1), c = T(p2);
    map(
        dX, n,
        [=](T dy, T x) {
            if constexpr (F::parameters == 0) return F::gradient(dy, x);
            else if constexpr (F::parameters == 1) return F::gradient(dy, x, a);
            else return F::gradient(dy, x, a, b, c);
        },
        dY, X);
}

template <class F, class T> __global__ void map_gradient3(T* dX, const T* dY, const T* X, const T* Y, size_t n) {
    map(dX, n, [=](T dy, T x, T y) { return F::gradient(dy, x, y); }, dY, X, Y);
}

}  // namespace LEVEL
}  // namespace thinc

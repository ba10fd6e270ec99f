// One pass over a parameter, its gradient and state. The numbers of an update are rounded to the dtype of the arrays; a
// zero switches its part off.
#pragma once

#include "thinc/formula/number.h"
#include "thinc/formula/optimizers.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// Part p of the sum in double of (g + l2 w)^2, each square rounded to T: those of its share of the n elements.
template <class T>
__global__ void sum_of_squares(double* squares__p, const T* g, const T* w, size_t n, double l2, size_t P) {
    const size_t share = (n + P - 1) / P;
    each_row(P, [=](size_t p, Team team) {
        const size_t begin = p * share, end = begin + share < n ? begin + share : n;
        const double sum = team.sum<double>(end > begin ? end - begin : 0, [=](size_t i) {
            const T x = l2 == 0 ? g[begin + i] : g[begin + i] + T(l2) * w[begin + i];
            return double(x * x);
        });
        if (team.lane == 0) squares__p[p] = sum;
    });
}

// What a gradient with this sum of squares is multiplied by, to clip its norm.
template <class T> __device__ inline T clipping(const double* squares, T clip) {
    const T norm = formula::square_root(T(*squares));
    return norm > 0 && norm >= clip ? clip / norm : T(1);
}

// The gradient of element i with its L2 term, clipped. `squares` may be null where clip is zero.
template <class T>
__device__ inline T step_gradient(const T* g, const T* w, size_t i, T l2, T scale) {
    const T x = l2 == 0 ? g[i] : g[i] + l2 * w[i];
    return x * scale;
}

// What comes after the step: decay, averages (e may be null), and a gradient of zero.
template <class T>
__device__ inline void move_weight(T* w, T* g, T* e, size_t i, T step, T decay, T follow) {
    T x = w[i] - step;
    if (decay != 0) x -= decay * x;
    w[i] = x;
    if (e) e[i] -= follow * (e[i] - x);
    g[i] = 0;
}

template <class T>
__global__ void adam_step(T* w, T* g, T* m, T* v, T* e, size_t n, const double* squares, double learn_rate,
                          double beta1, double beta2, double gain1, double gain2, double eps, double mod_rate,
                          double adaptive, double l2, double clip, double decay, double follow) {
    const T scale = clip == 0 ? T(1) : clipping(squares, T(clip));
    each(n, [=](size_t i) {
        const T x = step_gradient(g, w, i, T(l2), scale);
        m[i] = formula::first_moment(m[i], x, T(beta1), T(gain1));
        v[i] = formula::second_moment(v[i], x, T(beta2), T(gain2));
        const T u = adaptive != 0 ? formula::adam_direction(m[i], v[i], T(mod_rate), T(eps)) : m[i];
        move_weight(w, g, e, i, T(learn_rate) * u, T(decay), T(follow));
    });
}

template <class T>
__global__ void sgd_step(T* w, T* g, T* e, size_t n, const double* squares, double learn_rate, double l2, double clip,
                         double decay, double follow) {
    const T scale = clip == 0 ? T(1) : clipping(squares, T(clip));
    each(n, [=](size_t i) {
        const T x = step_gradient(g, w, i, T(l2), scale);
        move_weight(w, g, e, i, T(learn_rate) * x, T(decay), T(follow));
    });
}

template <class T> __global__ void clip_norm(T* g, size_t n, const double* squares, double threshold) {
    const T scale = clipping(squares, T(threshold));
    each(n, [=](size_t i) { g[i] *= scale; });
}

template <class T> __global__ void follow_weights(T* e, const T* w, size_t n, double rate) {
    each(n, [=](size_t i) { e[i] -= T(rate) * (e[i] - w[i]); });
}

}  // namespace LEVEL
}  // namespace thinc

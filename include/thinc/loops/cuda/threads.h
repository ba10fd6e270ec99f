// Who does what: the threads of a launch share elements one by one, or rows team by team.
//
// Any launch is right: whatever its blocks and threads, they walk over all of the work, and what a result is made of
// does not depend on them.
#pragma once

#include "thinc/loops/cuda/rtc.h"

namespace thinc {
namespace LEVEL {

constexpr unsigned LANES = 32;

// body(i) for i < n, one thread each.
template <class Body> __device__ inline void each(size_t n, Body body) {
    const size_t threads = size_t(gridDim.x) * blockDim.x;
    for (size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += threads) body(i);
}

// Two numbers that are added up together.
template <class T> struct Pair {
    T first, second;
    __device__ Pair operator+(const Pair& other) const { return {first + other.first, second + other.second}; }
};

template <class T> __device__ inline T from_lane(T x, unsigned distance) {
    return __shfl_xor_sync(0xffffffffu, x, distance);
}
template <class T> __device__ inline Pair<T> from_lane(Pair<T> x, unsigned distance) {
    return {from_lane(x.first, distance), from_lane(x.second, distance)};
}

// The threads that share a row: a warp where blocks are made of whole warps, otherwise one thread.
struct Team {
    unsigned size, lane;

    // body(i) for i < n, each i by the same thread in every call.
    template <class Body> __device__ void each(size_t n, Body body) const {
        for (size_t i = lane; i < n; i += size) body(i);
    }

    // The sum of term(i) over i < n, known to all threads of the team: element i in lane i mod 32, the lanes folded
    // in halves, whatever the size of the team.
    template <class A, class Term> __device__ A sum(size_t n, Term term) const {
        return fold<A>(n, A{}, [=](A a, size_t i) { return a + term(i); }, [](A a, A b) { return a + b; });
    }

    // The largest x(i); NaNs are passed over unless the first one of all is NaN.
    template <class T, class X> __device__ T largest(size_t n, X x) const {
        const auto larger = [](T a, T b) { return b > a ? b : a; };
        return fold<T>(n, x(0), [=](T a, size_t i) { return larger(a, x(i)); }, larger);
    }

    template <class A, class Step, class Join> __device__ A fold(size_t n, A start, Step step, Join join) const {
        if (size == LANES) {
            A a = start;
            for (size_t i = lane; i < n; i += LANES) a = step(a, i);
            for (unsigned half = LANES / 2; half; half /= 2) a = join(a, from_lane(a, half));
            return a;
        }
        A lanes[LANES];
        for (unsigned l = 0; l < LANES; ++l) lanes[l] = start;
        for (size_t i = 0; i < n; ++i) lanes[i % LANES] = step(lanes[i % LANES], i);
        for (unsigned half = LANES / 2; half; half /= 2)
            for (unsigned l = 0; l < half; ++l) lanes[l] = join(lanes[l], lanes[l + half]);
        return lanes[0];
    }
};

// body(row, team) for row < n, one team each.
template <class Body> __device__ inline void each_row(size_t n, Body body) {
    const bool warps = blockDim.x % LANES == 0;
    const Team team = {warps ? LANES : 1, warps ? threadIdx.x % LANES : 0};
    const size_t per_block = blockDim.x / team.size;
    for (size_t row = blockIdx.x * per_block + threadIdx.x / team.size; row < n; row += gridDim.x * per_block)
        body(row, team);
}

// The segment that row t belongs to: segment b is the rows from starts[b] to starts[b + 1].
__device__ inline size_t segment_of(const int64_t* starts, size_t B, size_t t) {
    size_t low = 0, high = B;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (size_t(starts[middle]) <= t) low = middle;
        else high = middle;
    }
    return low;
}

}  // namespace LEVEL
}  // namespace thinc

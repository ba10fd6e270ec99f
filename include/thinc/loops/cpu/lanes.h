// A row's sum or largest element, in 32 lanes: element i in lane i mod 32, and the lanes are folded in halves.
//
// So the sum of a row depends on its values and length alone: not on the instruction set, nor on where the row lies.
#pragma once

#include <cstddef>
#include <utility>

#include "thinc/loops/cpu/parts.h"

namespace thinc {
namespace LEVEL {
namespace {

constexpr size_t LANES = 32;

// The lanes, in as many vectors of the level as that takes.
template <class A> struct Row {
    static constexpr size_t W = WIDTH<A>, vectors = LANES / W;
    Vec<A> part[vectors];
};

template <class A> inline Row<A> row_of(const A* lanes) {
    Row<A> row;
    for (size_t v = 0; v < row.vectors; ++v) row.part[v] = load(lanes + v * row.W);
    return row;
}

// Of the lanes of v, lane l joined with lane l + n / 2.
template <class A, size_t n, class Join, size_t... i>
inline typename VecOf<A, n / 2>::type join_halves(typename VecOf<A, n>::type v, Join join, std::index_sequence<i...>) {
    return join(__builtin_shufflevector(v, v, i...), __builtin_shufflevector(v, v, (n / 2 + i)...));
}
template <class A, size_t n, class Join> inline A fold_vector(typename VecOf<A, n>::type v, Join join) {
    if constexpr (n == 2) return join(A(v[0]), A(v[1]));
    else return fold_vector<A, n / 2>(join_halves<A, n>(v, join, std::make_index_sequence<n / 2>()), join);
}

// Lane l takes on lane l + half, for halves of 16, 8, 4, 2, 1.
template <class A, class Join> inline A fold(Row<A> row, Join join) {
#pragma GCC unroll 4
    for (size_t half = row.vectors / 2; half; half /= 2)
#pragma GCC unroll 8
        for (size_t v = 0; v < half; ++v) row.part[v] = join(row.part[v], row.part[v + half]);
    return fold_vector<A, row.W>(row.part[0], join);
}
template <class A> inline A sum_of(Row<A> row) {
    return fold(row, [](auto a, auto b) { return a + b; });
}

// Calls f(v, part) for each vector v of a row of lanes into which some of n < LANES elements go. Unrolled, since lanes
// with a number that is known are registers.
template <class A, class F> inline void each_part(size_t n, F f) {
    constexpr size_t W = WIDTH<A>;
#pragma GCC unroll 16
    for (size_t v = 0; v < LANES / W; ++v)
        if (v * W < n) f(v, Part<A>{n - v * W < W ? n - v * W : W});
}

template <class A> struct Sums {
    A first, second;
};

// Two sums over i < n at once, computed in A: `add(s, t, p[i], q[i], ...)` adds the terms of a vector of elements to
// both. The row is read once for every four vectors of lanes, since more than eight accumulators do not fit into
// registers everywhere.
template <class A, class Add, class... P> inline Sums<A> sum_both(size_t n, Add add, const P*... p) {
    Row<A> s = {}, t = {};
    constexpr size_t group = s.vectors < 4 ? s.vectors : 4;
    const size_t whole = n / LANES * LANES;
#pragma GCC unroll 4
    for (size_t g = 0; g < s.vectors; g += group) {
        Vec<A> first[group] = {}, second[group] = {};
        for (size_t i = 0; i < whole; i += LANES)
#pragma GCC unroll 4
            for (size_t v = 0; v < group; ++v) add(first[v], second[v], load_as<A>(p + i + (g + v) * s.W)...);
#pragma GCC unroll 4
        for (size_t v = 0; v < group; ++v) s.part[g + v] = first[v], t.part[g + v] = second[v];
    }
    each_part<A>(n - whole, [&](size_t v, auto part) {
        Vec<A> one = s.part[v], two = t.part[v];
        add(one, two, part.load(p + whole + v * s.W)...);
        s.part[v] = part.select(one, s.part[v]), t.part[v] = part.select(two, t.part[v]);
    });
    return {sum_of(s), sum_of(t)};
}

// One sum over i < n of term(p[i], q[i], ...), for vectors of elements.
template <class A, class Term, class... P> inline A sum_lanes(size_t n, Term term, const P*... p) {
    Row<A> row = {};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma GCC unroll 16
        for (size_t v = 0; v < row.vectors; ++v) row.part[v] += term(load_as<A>(p + i + v * row.W)...);
    each_part<A>(n - i, [&](size_t v, auto part) {
        const Vec<A> sum = row.part[v];
        row.part[v] = part.select(sum + term(part.load(p + i + v * row.W)...), sum);
    });
    return sum_of(row);
}

// The largest of n > 0 elements; NaNs are passed over unless the first element is one.
template <class T> inline T maximum(const T* X, size_t n) {
    const auto larger = [](auto a, auto b) { return a > b ? a : b; };
    Row<T> best;
#pragma GCC unroll 16
    for (size_t v = 0; v < best.vectors; ++v) best.part[v] = broadcast(X[0]);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma GCC unroll 16
        for (size_t v = 0; v < best.vectors; ++v) best.part[v] = larger(load(X + i + v * best.W), best.part[v]);
    each_part<T>(n - i, [&](size_t v, auto part) {
        const Vec<T> most = best.part[v];
        best.part[v] = part.select(larger(part.load(X + i + v * best.W), most), most);
    });
    return fold(best, larger);
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// A row's sum or largest element, in 32 lanes: element i in lane i mod 32, and the lanes are folded in halves.
//
// So the sum of a row depends on its values and length alone: not on the instruction set, nor on where the row lies.
#pragma once

#include <cstddef>
#include <utility>

#include "thinc/loops/cpu/vec.h"

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

// As many elements from p on as a vector of A has, as numbers of type A. Lane by lane, compilers find the one
// instruction that converts; from a conversion of vectors GCC 12 makes two halves.
template <class A, class T> inline Vec<A> load_as(const T* p) {
    if constexpr (sizeof(A) == sizeof(T)) {
        return load(p);
    } else {
        Vec<A> v;
#pragma GCC unroll 16
        for (size_t l = 0; l < WIDTH<A>; ++l) v[l] = A(p[l]);
        return v;
    }
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

template <class A> struct Sums {
    A first, second;
};

// Two sums over i < n at once, computed in A: `add(s, t, p[i], q[i], ...)` adds an element's terms to both. It is
// called with vectors of elements, or with one. The row is read once for every four vectors of lanes, since more
// than eight accumulators do not fit into registers everywhere.
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
    for (size_t l = 0; whole + l < n; ++l) {
        A one = s.part[l / s.W][l % s.W], two = t.part[l / s.W][l % s.W];
        add(one, two, A(p[whole + l])...);
        s.part[l / s.W][l % s.W] = one;
        t.part[l / s.W][l % s.W] = two;
    }
    return {sum_of(s), sum_of(t)};
}

// One sum over i < n of term(p[i], q[i], ...).
template <class A, class Term, class... P> inline A sum_lanes(size_t n, Term term, const P*... p) {
    Row<A> row = {};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
#pragma GCC unroll 16
        for (size_t v = 0; v < row.vectors; ++v) row.part[v] += term(load_as<A>(p + i + v * row.W)...);
    for (size_t l = 0; i + l < n; ++l) row.part[l / row.W][l % row.W] += term(A(p[i + l])...);
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
    T most = fold(best, larger);
    for (; i < n; ++i) most = larger(X[i], most);
    return most;
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

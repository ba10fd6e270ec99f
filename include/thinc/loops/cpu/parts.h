// Loops over vectors of elements, of which the last may be a part of one.
#pragma once

#include <cstddef>
#include <utility>

#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// As many elements from p on as a vector of A has, as numbers of type A. Lane by lane, compilers find the one
// instruction that converts; from a conversion of vectors GCC 12 makes two halves.
template <class A, class P> inline Vec<A> as_numbers(const P& p) {
    Vec<A> v;
#pragma GCC unroll 16
    for (size_t l = 0; l < WIDTH<A>; ++l) v[l] = A(p[l]);
    return v;
}
template <class A, class T> inline Vec<A> load_as(const T* p) {
    if constexpr (sizeof(A) == sizeof(T)) return load(p);
    else return as_numbers<A>(p);
}

// All lanes of a vector of A; elements in memory may be of another type.
template <class A> struct Whole {
    template <class T> Vec<A> load(const T* p) const { return load_as<A>(p); }
    void store(A* p, Vec<A> v) const { LEVEL::store(p, v); }
    Vec<A> select(Vec<A> there, Vec<A>) const { return there; }
};

#if defined(__GNUC__) || defined(__clang__)

template <class T, size_t N, size_t... l>
inline typename VecOf<Lane<T>, N>::type lanes_below(size_t n, std::index_sequence<l...>) {
    const typename VecOf<Lane<T>, N>::type lane = {Lane<T>(l)...};
    return lane < Lane<T>(n);
}
// Of N lanes, the first n: all bits, and none of the others.
template <class T, size_t N = WIDTH<T>> inline typename VecOf<Lane<T>, N>::type lanes_below(size_t n) {
    return lanes_below<T, N>(n, std::make_index_sequence<N>());
}

// N lanes, of which the first n are in memory; the others are zeros. Compilers make masked instructions of loops only
// here and there, so they are named.
template <size_t N, class T> inline typename VecOf<T, N>::type load_first(const T* p, size_t n) {
#if defined(__AVX512F__)
    const unsigned mask = (1u << n) - 1;
    if constexpr (N == 16) return _mm512_maskz_loadu_ps(__mmask16(mask), p);
    else if constexpr (sizeof(T) == 8) return _mm512_maskz_loadu_pd(__mmask8(mask), p);
    else return _mm256_maskz_loadu_ps(__mmask8(mask), p);
#elif defined(__AVX2__)
    if constexpr (N == 8) return _mm256_maskload_ps(p, (__m256i)lanes_below<T, N>(n));
    else if constexpr (sizeof(T) == 8) return _mm256_maskload_pd(p, (__m256i)lanes_below<T, N>(n));
    else return _mm_maskload_ps(p, (__m128i)lanes_below<T, N>(n));
#else
    static_assert(N == 2 || N == 4);
    if constexpr (N == 4) {
        if (n == 4) return *reinterpret_cast<const typename VecOf<T, 4>::loose*>(p);
        if (n == 3) return typename VecOf<T, 4>::type{p[0], p[1], p[2], 0};
        if (n == 2) return typename VecOf<T, 4>::type{p[0], p[1], 0, 0};
        return typename VecOf<T, 4>::type{p[0], 0, 0, 0};
    } else {
        return typename VecOf<T, 2>::type{p[0], n == 2 ? p[1] : T(0)};
    }
#endif
}
template <class T> inline void store_first(T* p, Vec<T> v, size_t n) {
#if defined(__AVX512F__)
    const unsigned mask = (1u << n) - 1;
    if constexpr (sizeof(T) == 8) _mm512_mask_storeu_pd(p, __mmask8(mask), v);
    else _mm512_mask_storeu_ps(p, __mmask16(mask), v);
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 8) _mm256_maskstore_pd(p, (__m256i)lanes_below<T>(n), v);
    else _mm256_maskstore_ps(p, (__m256i)lanes_below<T>(n), v);
#else
    if (n == WIDTH<T>) return store(p, v);
    p[0] = v[0];
    if (n > 1) p[1] = v[1];
    if constexpr (WIDTH<T> == 4)
        if (n > 2) p[2] = v[2];
#endif
}

// The first n lanes of a vector of A, where no more is in memory, if n is less than all.
template <class A> struct Part {
    size_t n;
    template <class T> Vec<A> load(const T* p) const {
        const auto v = load_first<WIDTH<A>>(p, n);
        if constexpr (sizeof(A) == sizeof(T)) return v;
        else return as_numbers<A>(v);
    }
    void store(A* p, Vec<A> v) const { store_first(p, v, n); }
    // The lanes that are there from one vector, the others from another.
    Vec<A> select(Vec<A> there, Vec<A> others) const { return lanes_below<A>(n) ? there : others; }
};

#else

template <class A> struct Part : Whole<A> {
    explicit Part(size_t) {}
};

#endif

// Calls f(i, Whole) for vectors of the elements below n, and f(i, Part) for the rest.
template <class A, class F> inline void each_vector(size_t n, F f) {
    size_t i = 0;
    for (; i + WIDTH<A> <= n; i += WIDTH<A>) f(i, Whole<A>());
#if defined(__GNUC__) || defined(__clang__)
    if (i < n) f(i, Part<A>{n - i});
#endif
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

// Short vectors: the compilers' own vector types, as wide as the level's registers.
//
// What is here is what a loop cannot be left to the vectoriser for: register blocks and transpositions. A
// compiler without vector types gets vectors of one element, so that the loops need not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#include "thinc/formula/number.h"

namespace thinc {
namespace LEVEL {
namespace {

#if defined(__AVX512F__)
constexpr size_t VECTOR_BYTES = 64, REGISTERS = 32;
#elif defined(__AVX__)
constexpr size_t VECTOR_BYTES = 32, REGISTERS = 16;
#elif defined(__aarch64__)
constexpr size_t VECTOR_BYTES = 16, REGISTERS = 32;
#else
constexpr size_t VECTOR_BYTES = 16, REGISTERS = 16;
#endif

// Integers as wide as T, one per lane of a vector of T.
template <size_t bytes> struct Integer;
template <> struct Integer<4> {
    using type = int32_t;
};
template <> struct Integer<8> {
    using type = int64_t;
};
template <class T> using Lane = typename Integer<sizeof(T)>::type;

#if defined(__GNUC__) || defined(__clang__)

template <class T, size_t n> struct VecOf {
    typedef T type __attribute__((vector_size(n * sizeof(T))));
    typedef T loose __attribute__((vector_size(n * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T> constexpr size_t WIDTH = VECTOR_BYTES / sizeof(T);
template <class T> using Vec = typename VecOf<T, WIDTH<T>>::type;
template <class T> using LooseVec = typename VecOf<T, WIDTH<T>>::loose;

#else

template <class T> constexpr size_t WIDTH = 1;
template <class T> using Vec = T;
template <class T> using LooseVec = T;

#endif

template <class T> inline Vec<T> load(const T* p) { return *reinterpret_cast<const LooseVec<T>*>(p); }
template <class T> inline void store(T* p, Vec<T> v) { *reinterpret_cast<LooseVec<T>*>(p) = v; }
// x - 0 is x for every x, so this is the broadcast alone; 0 + x would turn -0 into 0.
template <class T> inline Vec<T> broadcast(T x) { return x - Vec<T>{}; }

// a b + c with one rounding where the level can, with two at the baseline of x86-64.
inline float fma(float a, float b, float c) { return formula::Fused::add_product(a, b, c); }
inline double fma(double a, double b, double c) { return formula::Fused::add_product(a, b, c); }

#if defined(__GNUC__) || defined(__clang__)

// Keeps x in a register as a whole: compilers would follow its lanes back to scalars, and forward to scalar arithmetic.
template <class V> inline void keep_whole(V& x) {
#if defined(__AVX512F__)
    asm("" : "+v"(x));
#elif defined(__x86_64__)
    asm("" : "+x"(x));
#elif defined(__aarch64__)
    asm("" : "+w"(x));
#else
    (void)x;
#endif
}

// Lane by lane: compilers make one instruction of it, and need no licence to contract other expressions.
template <class T> inline Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
#if defined(__FMA__) || defined(__aarch64__)
#pragma GCC unroll 16
    for (size_t lane = 0; lane < WIDTH<T>; ++lane) c[lane] = fma(a[lane], b[lane], c[lane]);
    keep_whole(c);
    return c;
#else
    return a * b + c;
#endif
}

template <class Order, class V, size_t... i> inline V shuffled(V a, V b, std::index_sequence<i...>) {
    return __builtin_shufflevector(a, b, Order::at(i)...);
}

// Elements of a and b in turn, in units of `unit` elements, from one half of each 128-bit lane of `lane` elements.
template <size_t width, size_t lane, size_t unit, bool high> struct Interleave {
    static constexpr int at(size_t i) {
        const size_t within = i % lane, from = within / unit % 2, pair = within / (2 * unit);
        return int(from * width + i / lane * lane + (high ? lane / 2 : 0) + pair * unit + i % unit);
    }
};
// The even or the odd 128-bit lanes of a, then those of b.
template <size_t width, size_t lane, bool odd> struct Lanes {
    static constexpr int at(size_t i) {
        const size_t half = width / 2, from = i / half, nth = i % half / lane;
        return int(from * width + (2 * nth + odd) * lane + i % lane);
    }
};
// Vector s of those that hold every element P times in turn.
template <size_t width, size_t P, size_t s> struct Repeat {
    static constexpr int at(size_t i) { return int((s * width + i) / P); }
};
// Vector s of those that hold the first P elements over and over.
template <size_t width, size_t P, size_t s> struct Cycle {
    static constexpr int at(size_t i) { return int((s * width + i) % P); }
};
template <class Order, class T> inline Vec<T> shuffle(Vec<T> a, Vec<T> b) {
    return shuffled<Order>(a, b, std::make_index_sequence<WIDTH<T>>());
}

// The elements of a 128-bit lane.
template <class T> constexpr size_t LANE = 16 / sizeof(T);

// Within each lane, LANE vectors of LANE elements: rows become columns.
template <class T> inline void transpose_lanes(Vec<T>* x) {
    constexpr size_t W = WIDTH<T>, Q = LANE<T>;
    if constexpr (Q == 2) {
        const Vec<T> a = x[0], b = x[1];
        x[0] = shuffle<Interleave<W, Q, 1, false>, T>(a, b);
        x[1] = shuffle<Interleave<W, Q, 1, true>, T>(a, b);
    } else {
        const Vec<T> a = shuffle<Interleave<W, Q, 1, false>, T>(x[0], x[1]);
        const Vec<T> b = shuffle<Interleave<W, Q, 1, true>, T>(x[0], x[1]);
        const Vec<T> c = shuffle<Interleave<W, Q, 1, false>, T>(x[2], x[3]);
        const Vec<T> d = shuffle<Interleave<W, Q, 1, true>, T>(x[2], x[3]);
        x[0] = shuffle<Interleave<W, Q, 2, false>, T>(a, c);
        x[1] = shuffle<Interleave<W, Q, 2, true>, T>(a, c);
        x[2] = shuffle<Interleave<W, Q, 2, false>, T>(b, d);
        x[3] = shuffle<Interleave<W, Q, 2, true>, T>(b, d);
    }
}

// A vector from its halves in memory. With AVX-512 one instruction loads and inserts the upper one; from a shuffle GCC
// makes a load and a shuffle, and of shuffles there are enough where this is used. (The intrinsics without a mask
// compile to the same, with warnings of GCC 12.)
template <class T, size_t... i>
inline Vec<T> joined(const T* low, const T* high, [[maybe_unused]] std::index_sequence<i...> all) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return _mm512_maskz_insertf32x8(0xffff, _mm512_castps256_ps512(_mm256_loadu_ps(low)), _mm256_loadu_ps(high), 1);
    else return _mm512_maskz_insertf64x4(0xff, _mm512_castpd256_pd512(_mm256_loadu_pd(low)), _mm256_loadu_pd(high), 1);
#else
    typedef typename VecOf<T, WIDTH<T> / 2>::loose Half;
    const Half a = *reinterpret_cast<const Half*>(low), b = *reinterpret_cast<const Half*>(high);
    return __builtin_shufflevector(a, b, int(i)...);
#endif
}

// How many columns `load_columns` takes at a time: those of one load. Loads of 64 bytes would be half as many, but
// rows rarely begin at a cache line, and a load across two lines costs more than twice as much.
template <class T> constexpr size_t STRIP = VECTOR_BYTES == 64 ? 2 * LANE<T> : LANE<T>;

// The first of two steps that turn a strip: the lanes change places, for rows r, Q + r, 2Q + r ...
template <class T> inline void load_lanes(Vec<T>* y, const T* X, size_t ldx, size_t r) {
    constexpr size_t W = WIDTH<T>, Q = LANE<T>;
    constexpr std::make_index_sequence<W> all;
    const T* x = X + r * ldx;
    if constexpr (VECTOR_BYTES == 64) {
        const Vec<T> a = joined(x, x + Q * ldx, all), b = joined(x + 2 * Q * ldx, x + 3 * Q * ldx, all);
        y[r] = shuffle<Lanes<W, Q, false>, T>(a, b);
        y[Q + r] = shuffle<Lanes<W, Q, true>, T>(a, b);
    } else if constexpr (VECTOR_BYTES == 32) {
        y[r] = joined(x, x + Q * ldx, all);
    } else {
        y[r] = load(x);
    }
    keep_whole(y[r]);
    if constexpr (VECTOR_BYTES == 64) keep_whole(y[Q + r]);
}

// The second: the elements do, within the lanes.
template <class T> inline void finish_columns(Vec<T>* y) {
#pragma GCC unroll 2
    for (size_t c = 0; c < STRIP<T>; c += LANE<T>) transpose_lanes<T>(y + c);
}

#else

template <class V> inline void keep_whole(V&) {}
template <class T> inline T fma(Vec<T> a, Vec<T> b, Vec<T> c) { return fma(a, b, c); }
template <class T> constexpr size_t LANE = 1;
template <class T> constexpr size_t STRIP = 1;
template <class T> inline void load_lanes(Vec<T>* y, const T* X, size_t, size_t) { *y = *X; }
template <class T> inline void finish_columns(Vec<T>*) {}

#endif

// y[c][r] = X[r * ldx + c] for r < WIDTH, c < STRIP. Lane g of a vector comes from rows gQ to gQ + Q - 1, Q = LANE.
template <class T> [[gnu::always_inline]] inline void load_columns(Vec<T>* y, const T* X, size_t ldx) {
#pragma GCC unroll 4
    for (size_t r = 0; r < LANE<T>; ++r) load_lanes(y, X, ldx, r);
    finish_columns<T>(y);
#pragma GCC unroll 8
    for (size_t c = 0; c < STRIP<T>; ++c) keep_whole(y[c]);
}

// Y[c * ldy + r] = X[r * ldx + c] for r < WIDTH, c < STRIP.
template <class T> inline void transpose(T* Y, size_t ldy, const T* X, size_t ldx) {
    Vec<T> y[STRIP<T>];
    load_columns(y, X, ldx);
#pragma GCC unroll 8
    for (size_t c = 0; c < STRIP<T>; ++c) store(Y + c * ldy, y[c]);
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc

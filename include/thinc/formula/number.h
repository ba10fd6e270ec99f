// What formulas are made of: choices without branches, the bits of a number, polynomials. For host and device.
#pragma once

#include "thinc/formula/formula.h"

namespace thinc {
namespace LEVEL {
namespace formula {

template <class T>
struct Format;

template <>
struct Format<float> {
    using Bits = unsigned int;
    static constexpr int digits = 23, bias = 127;
    static constexpr float steps = 0x1p23f, smallest = 0x1p-126f, infinity = __builtin_huge_valf();
    static constexpr float exp_is_zero = -104, exp_is_infinite = 89;
};

template <>
struct Format<double> {
    using Bits = unsigned long long;
    static constexpr int digits = 52, bias = 1023;
    static constexpr double steps = 0x1p52, smallest = 0x1p-1022, infinity = __builtin_huge_val();
    static constexpr double exp_is_zero = -746, exp_is_infinite = 710;
};

template <class T>
FORMULA T select(bool condition, T yes, T no) {
    return condition ? yes : no;
}

FORMULA Format<float>::Bits bits(float x) { return __builtin_bit_cast(Format<float>::Bits, x); }
FORMULA Format<double>::Bits bits(double x) { return __builtin_bit_cast(Format<double>::Bits, x); }
FORMULA float number(Format<float>::Bits x) { return __builtin_bit_cast(float, x); }
FORMULA double number(Format<double>::Bits x) { return __builtin_bit_cast(double, x); }

template <class T>
FORMULA T magnitude(T x) {
    return number(bits(x) & ~bits(T(-0.0)));
}

// The magnitude of a number that is not negative, the sign of another.
template <class T>
FORMULA T with_sign(T x, T sign) {
    return number(bits(x) | (bits(sign) & bits(T(-0.0))));
}

// A NaN stays a NaN.
template <class T>
FORMULA T at_least(T x, T low) {
    return select(low > x, low, x);
}
template <class T>
FORMULA T at_most(T x, T high) {
    return select(high < x, high, x);
}
template <class T>
FORMULA T clamp(T x, T low, T high) {
    return at_most(at_least(x, low), high);
}

FORMULA float square_root(float x) { return __builtin_sqrtf(x); }
FORMULA double square_root(double x) { return __builtin_sqrt(x); }

// Two ways to add a product: rounded, which gives the same bits on every level, or fused where the level can.
struct Rounded {
    template <class T>
    FORMULA static T add_product(T a, T b, T c) {
        return c + a * b;
    }
};
struct Fused {
#if defined(__FMA__) || defined(__aarch64__)
    FORMULA static float add_product(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
    FORMULA static double add_product(double a, double b, double c) { return __builtin_fma(a, b, c); }
#else
    FORMULA static float add_product(float a, float b, float c) { return a * b + c; }
    FORMULA static double add_product(double a, double b, double c) { return a * b + c; }
#endif
};

// a * b + c where the product is exact (a factor is a power of two, or both have few bits), so that fusing changes no
// bit.
template <class T>
FORMULA T exact_product_add(T a, T b, T c) {
    return Fused::add_product(a, b, c);
}

// c0 + c1 x + c2 x^2 + ... with xx = x^2: two terms at a time, or four where there are many, so that the products
// wait less for each other than in Horner's rule.
template <class Sum = Rounded, class T>
FORMULA T polynomial(T, T, T c0) {
    return c0;
}
template <class Sum = Rounded, class T>
FORMULA T polynomial(T x, T, T c0, T c1) {
    return Sum::add_product(c1, x, c0);
}
template <class Sum = Rounded, class T>
FORMULA T polynomial(T x, T xx, T c0, T c1, T c2) {
    return Sum::add_product(xx, c2, polynomial<Sum>(x, xx, c0, c1));
}
template <class Sum = Rounded, class T>
FORMULA T polynomial(T x, T xx, T c0, T c1, T c2, T c3) {
    return Sum::add_product(xx, polynomial<Sum>(x, xx, c2, c3), polynomial<Sum>(x, xx, c0, c1));
}
template <class Sum = Rounded, class T, class... C>
FORMULA T polynomial(T x, T xx, T c0, T c1, T c2, T c3, T c4, C... c) {
    if constexpr (sizeof...(c) == 0)
        return Sum::add_product(xx, polynomial<Sum>(x, xx, c2, c3, c4), polynomial<Sum>(x, xx, c0, c1));
    else return Sum::add_product(xx * xx, polynomial<Sum>(x, xx, c4, T(c)...), polynomial<Sum>(x, xx, c0, c1, c2, c3));
}

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc

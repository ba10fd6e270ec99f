// exp, log, tanh, erf and sigmoid as branch-free polynomials, for host and device, float and double.
//
// Only additions, multiplications, divisions, comparisons and integer operations on the bits of a number are
// used, each rounded once, and in an order that the source fixes. So a loop over any of these vectorises, and
// every instruction set gives the same bits, provided that the compiler contracts nothing
// (-ffp-contract=off, for a device -fmad=false). Bounds on the errors: docs/numerics.md.
//
// The coefficients are minimax polynomials found with Sollya's fpminimax and remez for the intervals named.
#pragma once

#include "thinc/formula/number.h"

namespace thinc {
namespace LEVEL {
namespace formula {

// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2.
template <class Sum>
FORMULA float exp_tail(float r, float rr) {
    return polynomial<Sum>(r, rr, 4.99999911e-1f, 1.66665211e-1f, 4.16689627e-2f, 8.36866908e-3f, 1.37824577e-3f);
}

template <class Sum>
FORMULA double exp_tail(double r, double rr) {
    return polynomial<Sum>(r, rr, 0.50000000000000111, 0.16666666666666424, 0.04166666666652707, 8.3333333334870523e-3,
                           1.3888888944304325e-3, 1.9841269522449036e-4, 2.4801492495636072e-5, 2.7557572329195426e-6,
                           2.7630438957044910e-7, 2.5004469476879477e-8);
}

// log(2) in two parts of so few bits, 16 or 42 each, that their products with an exponent are exact.
template <class T>
struct Log2;

template <>
struct Log2<float> {
    static constexpr float inverse = 1.44269504f, high = 0x1.62e4p-1f, low = 0x1.7f7ep-20f;
};

template <>
struct Log2<double> {
    static constexpr double inverse = 1.4426950408889634, high = 0x1.62e42fefa38p-1, low = 0x1.ef35793c768p-45;
};

// A number as 2^exponent (1 + rest). Of the exponent only the last bits count, as many as a number keeps for it.
template <class T>
struct Split {
    typename Format<T>::Bits exponent;
    T rest;
};

// e^x 2^offset. With k the integer nearest to x / log(2), e^x is 2^k e^r. A sum as large as `shifted` has no bits
// for a fraction: its last bits are k + offset.
template <class Sum = Rounded, class T>
FORMULA Split<T> exp_split(T x, T offset) {
    const T shift = offset + (Format<T>::steps + Format<T>::steps / 2);
    const T shifted = Sum::add_product(x, T(Log2<T>::inverse), shift);
    const T k = shifted - shift;
    const T r = exact_product_add(k, -Log2<T>::low, exact_product_add(k, -Log2<T>::high, x)), rr = r * r;
    return {bits(shifted), Sum::add_product(rr, exp_tail<Sum>(r, rr), r)};
}

// e^x where neither it nor its inverse overflows: |x| <= 87 (float), 708 (double).
template <class Sum = Rounded, class T>
FORMULA T exp_bounded(T x) {
    const Split<T> e = exp_split<Sum>(x, T(Format<T>::bias));
    const T power = number(e.exponent << Format<T>::digits);
    return exact_product_add(power, e.rest, power);
}

// e^x 2^RAISED, from where e^x rounds to 0 up to 70 (float), 670 (double): the power is made so large that the result
// loses no bits yet.
template <class T>
constexpr int RAISED = Format<T>::digits + 1;
template <class Sum = Rounded, class T>
FORMULA T exp_raised(T x) {
    using F = Format<T>;
    const Split<T> e = exp_split<Sum>(x, T(F::bias + RAISED<T>));
    const T power = number(e.exponent << F::digits);
    return exact_product_add(power, e.rest, power);
}

// e^x in that range; small results lose their bits gradually. Below, a caller selects what its own result is: a 0
// selected here would be carried through all that follows by compilers that split paths, one more selection for each.
template <class Sum = Rounded, class T>
FORMULA T exp_low(T x) {
    return exp_raised<Sum>(x) * (T(0.5) / Format<T>::steps);
}

// e^x. The power is applied in two halves, so that the result can be infinite, or lose its bits gradually.
template <class T>
FORMULA T exp(T x) {
    using F = Format<T>;
    const Split<T> e = exp_split(x, T(0));
    const auto half = e.exponent >> 1;
    const T first = number((half << F::digits) + bits(T(1))),
            second = number(((e.exponent - half) << F::digits) + bits(T(1)));
    const T y = exact_product_add(first, e.rest, first) * second;
    return select(x < F::exp_is_zero, T(0), select(x > F::exp_is_infinite, F::infinity, y));
}

// log(1 + f) - f + f^2 / 2 for 1 + f within [sqrt(1/2), sqrt(2)].
FORMULA float log_rest(float f) {
    const float ff = f * f;
    return f * ff *
           polynomial(f, ff, 0.333333313f, -0.250008225f, 0.200012505f, -0.166233152f, 0.142012656f, -0.131601766f,
                      0.127648532f, -7.63837919e-2f);
}

// With s = f / (2 + f), log(1 + f) is log((1 + s) / (1 - s)) = f - f^2 / 2 + s (f^2 / 2 + R(s^2)).
FORMULA double log_rest(double f) {
    const double s = f / (2 + f), z = s * s;
    return s * (0.5 * f * f + z * polynomial(z, z * z, 0.66666666666667351, 0.39999999999409713, 0.28571428743564609,
                                             0.22222198443972385, 0.18183571495791290, 0.15313855444726071,
                                             0.14798017536961114));
}

// x is 2^k (1 + f), with 1 + f within [sqrt(1/2), sqrt(2)]; numbers below the smallest normal one are scaled first.
template <class T>
FORMULA T log(T x) {
    using F = Format<T>;
    constexpr T root = T(0.70710678118654752), large = F::steps + F::steps / 2;
    const bool subnormal = x < F::smallest;
    const auto shifted = bits(select(subnormal, x * F::steps, x)) + (bits(T(1)) - bits(root));
    const T k =
        number(bits(large) + (shifted >> F::digits)) - (large + (F::bias + select(subnormal, T(F::digits), T(0))));
    const T f = number((shifted & ~(~bits(T(0)) << F::digits)) + bits(root)) - 1;
    const T y = (f - (T(0.5) * f * f - (log_rest(f) + k * Log2<T>::low))) + k * Log2<T>::high;
    const T signed_y = select(x < 0, F::infinity - F::infinity, select(x == 0, -F::infinity, y));
    return select(x < F::infinity, signed_y, x);
}

// Small arguments: odd polynomial x + x^3 P(x^2). Large ones: 1 - 2 / (e^2|x| + 1), which is 1 from `top` on.
template <class Sum>
FORMULA float tanh_small(float x, float z) {
    return Sum::add_product(
        x * z, polynomial<Sum>(z, z * z, -0.333332807f, 0.133314103f, -5.37371188e-2f, 2.06306707e-2f, -5.69555396e-3f),
        x);
}

template <class Sum>
FORMULA double tanh_small(double x, double z) {
    return Sum::add_product(
        x * z,
        polynomial<Sum>(z, z * z, -0.33333333333332837, 0.13333333333259784, -5.3968253930222553e-2,
                        2.1869487552599071e-2, -8.8632206992547632e-3, 3.5919867546311606e-3, -1.4549465700135261e-3,
                        5.8627651482025592e-4, -2.2848371052483886e-4, 7.7053176489682022e-5, -1.6028089487323696e-5),
        x);
}

template <class Sum = Rounded, class T>
FORMULA T tanh(T x) {
    const T size = magnitude(x), top = sizeof(T) == 4 ? 10 : 20;
    const T large = select(size > top, T(1), 1 - 2 / (exp_bounded<Sum>(2 * size) + 1));
    return with_sign(select(size < T(0.625), tanh_small<Sum>(size, x * x), large), x);
}

// Up to 1: odd polynomial x + x P(x^2). Above: 1 - e^Q(|x|), where Q approximates log(erfc) with an error weighted by
// erfc.
FORMULA float erf_small(float x, float z) {
    return x + x * polynomial(z, z * z, 0.128379166f, -0.376126260f, 0.112835832f, -2.68536918e-2f, 5.18807443e-3f,
                              -8.00788926e-4f, 7.84617296e-5f);
}

FORMULA double erf_small(double x, double z) {
    return x + x * polynomial(z, z * z, 0.12837916709551258, -0.37612638903183876, 0.11283791670958741,
                              -2.6866170645619147e-2, 5.2239776290911978e-3, -8.5483271893313842e-4,
                              1.2055337767440446e-4, -1.4925738251937505e-5, 1.6463083045841479e-6,
                              -1.6370595645946312e-7, 1.4786264738928388e-8, -1.1829509212431825e-9,
                              6.683030766302347e-11);
}

FORMULA float log_erfc(float x) {
    return polynomial(x, x * x, -3.53719748e-4f, -1.12704003f, -0.638225675f, -0.103037365f, 2.18053181e-2f,
                      -2.93960702e-3f, 1.85573983e-4f);
}

FORMULA double log_erfc(double x) {
    return polynomial(x, x * x, -1.8436485853448894e-7, -1.1283772825987373, -0.63662870280471007, -0.10274664522452100,
                      1.9076960517778789e-2, 2.8222102172613828e-4, -1.7709166984065238e-3, 6.4282581773988988e-4,
                      -4.5950273551220215e-5, -6.9753704254544731e-5, 4.4771408345841491e-5, -1.6422018932191955e-5,
                      4.3019306053511631e-6, -8.4522535725730367e-7, 1.2483611737200355e-7, -1.3522850233208415e-8,
                      1.017097599048287e-9, -4.7519565726667126e-11, 1.0391066167197775e-12);
}

template <class T>
FORMULA T erf(T x) {
    const T size = magnitude(x), top = sizeof(T) == 4 ? 4 : 6;
    const T large = select(size > top, T(1), 1 - exp_bounded(log_erfc(size)));
    return with_sign(select(size < 1, erf_small(size, x * x), large), x);
}

// 1 / (1 + e^-x). With e = e^-|x| and q = e / (1 + e) it is 1 - q for positive x and e (1 - q) for negative x: written
// so, the error of q counts little where q is small, and that of e is not magnified by an inversion.
template <class Sum = Rounded, class T>
FORMULA T sigmoid(T x) {
    const T size = magnitude(x), e = exp_low<Sum>(-size), q = e / (1 + e), factor = select(x < 0, e, T(1));
    return select(size > -Format<T>::exp_is_zero, select(x < 0, T(0), T(1)), factor - factor * q);
}

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc

// Values and slopes of the elementwise functions, branch-free, for host and device.
//
// Where a function is constant beyond some x, the constant is selected at the end: clipping x at the start would
// give the same, but puts a comparison in front of everything that waits for x.
#pragma once

#include "thinc/formula/math.h"
#include "thinc/formula/normal.h"

namespace thinc {
namespace LEVEL {
namespace formula {

// A formula F with N parameters: `value` of x; `slope` of x (or of y, where it says so); `gradient` of dY and x.
template <class F, int N = 0>
struct Elementwise {
    static constexpr int parameters = N;

    template <class T, class... P>
    FORMULA static T gradient(T dY, T x, P... p) {
        return dY * F::slope(x, p...);
    }
};

// 1 / (1 + e^-x), x clipped to [-20, 20].
template <class T>
FORMULA T logistic(T x) {
    const T y = 1 / (1 + exp_bounded(-x));
    return select(x < -20, T(2.0611536181902037e-09), select(x > 20, T(0.99999999793884631), y));
}

// y = logistic(x).
struct Sigmoid : Elementwise<Sigmoid> {
    template <class T>
    FORMULA static T value(T x) {
        return logistic(x);
    }
    // In terms of y.
    template <class T>
    FORMULA static T slope(T y) {
        return y * (1 - y);
    }
};

struct Tanh : Elementwise<Tanh> {
    template <class T>
    FORMULA static T value(T x) {
        return tanh(x);
    }
    // In terms of y.
    template <class T>
    FORMULA static T slope(T y) {
        return 1 - y * y;
    }
};

// y = max(x, 0); a NaN stays.
struct Relu : Elementwise<Relu> {
    template <class T>
    FORMULA static T value(T x) {
        return select(x <= 0, T(0), x);
    }
    // In terms of y. No product: dY may be infinite.
    template <class T>
    FORMULA static T gradient(T dY, T y) {
        return select(y > 0, dY, T(0));
    }
};

// y = min(max(slope x + offset, least), most).
struct ClippedLinear : Elementwise<ClippedLinear, 4> {
    template <class T>
    FORMULA static T value(T x, T slope, T offset, T least, T most) {
        return clamp(x * slope + offset, least, most);
    }
};

// The gradient of ClippedLinear, with the bounds of x between which it is not constant.
struct ClippedLine : Elementwise<ClippedLine, 3> {
    template <class T>
    FORMULA static T gradient(T dY, T x, T slope, T low, T high) {
        return select((low < x) & (x < high), dY * slope, T(0));
    }
};

// y = x min(max(x / 5 + 1/2, 0), 1).
struct HardSwish : Elementwise<HardSwish> {
    template <class T>
    FORMULA static T value(T x) {
        return x * clamp(T(0.2) * x + T(0.5), T(0), T(1));
    }
    template <class T>
    FORMULA static T slope(T x) {
        return select(x > T(2.5), T(1), select(x < T(-2.5), T(0), T(0.4) * x + T(0.5)));
    }
};

// y = x min(max(x + 3, 0), 6) / 6.
struct HardSwishMobilenet : Elementwise<HardSwishMobilenet> {
    template <class T>
    FORMULA static T value(T x) {
        return x * (clamp(x + 3, T(0), T(6)) / 6);
    }
    template <class T>
    FORMULA static T slope(T x) {
        return select(x > 3, T(1), select(x < -3, T(0), (2 * x + 3) / 6));
    }
};

// y = x logistic(x).
struct Swish : Elementwise<Swish> {
    template <class T>
    FORMULA static T value(T x) {
        return x * logistic(x);
    }
    template <class T>
    FORMULA static T gradient(T dY, T x, T y) {
        return dY * (y + logistic(x) * (1 - y));
    }
};

// y = x (1 + r) / 2 with r = x / sqrt(1 + x^2). Below 0, 1 + r is 1 / (s (s + |x|)) with s the root: nothing cancels.
struct Dish : Elementwise<Dish> {
    template <class T>
    FORMULA static T gate(T x) {
        const T size = magnitude(x), s = square_root(1 + size * size), tail = 1 / (s * (s + size));
        return select(x < 0, tail, 2 - tail);
    }
    template <class T>
    FORMULA static T value(T x) {
        return T(0.5) * x * gate(x);
    }
    // (1 + 2 r - r^3) / 2 in g = 1 + r.
    template <class T>
    FORMULA static T slope(T x) {
        const T g = gate(x);
        return T(0.5) * g * ((3 - g) * g - 1);
    }
};

// y = x tanh(log(1 + e^x)) below the threshold, else x; with e = e^x and n = e (e + 2) the tanh is n / (n + 2). From 20
// on it is 1 to the last bit. The products of the exponential are fused where the level can.
struct Mish : Elementwise<Mish, 1> {
    template <class T>
    FORMULA static T value(T x, T threshold) {
        const T e = exp_low<Fused>(x), n = e * (e + 2);
        const T y = select(x < Format<T>::exp_is_zero, T(0), n / (n + 2));
        return x * select(x < at_most(threshold, T(20)), y, T(1));
    }
    // n / (n + 2) + 4 x e (e + 1) / (n + 2)^2
    template <class T>
    FORMULA static T slope(T x, T threshold) {
        const T e = exp_low<Fused>(x), n = e * (e + 2), q = 1 / (n + 2);
        const T y = select(x < Format<T>::exp_is_zero, T(0), q * (n + (n - e) * (4 * x * q)));
        return select(x < at_most(threshold, T(20)), y, T(1));
    }
};

// The error function by Abramowitz & Stegun 7.1.26, in t = 1 / (1 + p |x|).
struct PolynomialErf : Elementwise<PolynomialErf> {
    template <class T>
    FORMULA static T value(T x) {
        const T size = magnitude(x), t = 1 / (1 + T(0.3275911) * size);
        const T tail =
            t * polynomial(t, t * t, T(0.254829592), T(-0.284496736), T(1.421413741), T(-1.453152027), T(1.061405429));
        const T y = select(size > 9, T(1), 1 - tail * exp_bounded(-(x * x)));
        return select(x == 0, x, select(x < 0, -y, y));
    }
};

// y = 1 / cosh(x)^2, x clipped to [-20, 20].
struct SechSquared : Elementwise<SechSquared> {
    template <class T>
    FORMULA static T value(T x) {
        const T size = magnitude(x), e = exp_bounded(-2 * size), root = 1 + e;
        return select(size > 20, T(1.6993417021166355e-17), 4 * e / (root * root));
    }
};

// y = x Phi(x).
struct Gelu : Elementwise<Gelu> {
    template <class T>
    FORMULA static T value(T x) {
        return x * normal(x);
    }
    template <class T>
    FORMULA static T slope(T x) {
        return normal_slope(x);
    }
};

// y = x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3); (1 + tanh(u)) / 2 is 1 / (1 + e^-2u).
struct GeluApprox : Elementwise<GeluApprox> {
    template <class T>
    FORMULA static T value(T x) {
        const T u = T(2 * 0.7978845608028654) * (x + T(0.044715) * x * x * x), y = 1 / (1 + exp_bounded(-u));
        return x * select(u < -80, T(0), select(u > 80, T(1), y));
    }
    // (1 + tanh(u)) / 2 + v / cosh(u)^2, with e = e^-2|u|; beyond 10 it is 0 or 1.
    template <class T>
    FORMULA static T slope(T x) {
        const T cube = x * x * x, u = T(0.0356774) * cube + T(0.797885) * x, v = T(0.0535161) * cube + T(0.398942) * x;
        const T e = exp_bounded(-2 * magnitude(u)), t = 1 / (1 + e);
        const T y = t * (select(x < 0, e, T(1)) + v * (4 * e * t));
        return select(x < -10, T(0), select(x > 10, T(1), y));
    }
};

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc

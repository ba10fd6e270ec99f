// Values and slopes of the elementwise functions, branch-free, for host and device.
//
// Where a function is constant beyond some x, the constant is selected at the end: clipping x at the start would
// give the same, but puts a comparison in front of everything that waits for x.
#pragma once

#include "thinc/formula/math.h"

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
// on it is 1 to the last bit.
struct Mish : Elementwise<Mish, 1> {
    template <class T>
    FORMULA static T value(T x, T threshold) {
        const T e = exp_low(x), n = e * (e + 2);
        return select((x < threshold) & (x < 20), x * (n / (n + 2)), x);
    }
    // n / (n + 2) + 4 x e (e + 1) / (n + 2)^2
    template <class T>
    FORMULA static T slope(T x, T threshold) {
        const T e = exp_low(x), m = e * (e + 2) + 2;
        const T y = e * ((e + 2) * m + 4 * x * (e + 1)) / (m * m);
        return select((x < threshold) & (x < 20), y, T(1));
    }
};

// The error function by Abramowitz & Stegun 7.1.26, in t = 1 / (1 + p |x|).
struct PolynomialErf : Elementwise<PolynomialErf> {
    template <class T>
    FORMULA static T value(T x) {
        const T t = 1 / (1 + T(0.3275911) * magnitude(x));
        const T tail =
            t * polynomial(t, t * t, T(0.254829592), T(-0.284496736), T(1.421413741), T(-1.453152027), T(1.061405429));
        const T y = 1 - tail * exp_low(-(x * x));
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

// e^(x^2 / 2) (1 - Phi(x)) for x >= 0, with Phi the normal distribution: P(u) / (x + c), u = (x - c) / (x + c).
FORMULA float mills_ratio(float x) {
    const float t = 1 / (x + 3.25f), u = 1 - 6.5f * t;
    return t * polynomial(u, u * u, 0.737438381f, -0.539486706f, 0.274453878f, -8.09245110e-2f, 1.09740428e-3f,
                          8.30442272e-3f, -1.16405007e-3f, -1.05163408e-3f, 1.43459532e-4f, 1.27530890e-4f);
}

FORMULA double mills_ratio(double x) {
    const double t = 1 / (x + 5), u = 1 - 10 * t;
    return t * polynomial(u, u * u, 0.76919304975006297, -0.66538250289005674, 0.49530561596997730, -0.3135331566712962,
                          0.1650203661703374, -0.06911863870657, 0.02079506680083767, -2.9933767667057335e-3,
                          -0.0007978694080098152, 0.0005448990333908049, -5.937567479113074e-5, -4.9762654909074090e-5,
                          1.6681041215267366e-5, 3.9803846908315536e-6, -2.7689524580162573e-6, -3.3553715615822708e-7,
                          4.3288406982108883e-7, 4.0880426732365852e-8, -6.6011503482640491e-8, -8.2947591798028172e-9,
                          7.9421767392945741e-9, 1.4319590635934984e-9, -3.0290042358965410e-10);
}

// y = x Phi(x); its slope is Phi(x) + x phi(x), phi(x) = e^(-x^2 / 2) / sqrt(2 pi).
struct Gelu : Elementwise<Gelu> {
    template <class T>
    FORMULA static T bell(T x) {
        return exp_low(T(-0.5) * x * x);
    }
    template <class T>
    FORMULA static T phi(T x, T e) {
        const T tail = e * mills_ratio(magnitude(x));
        return select(x < 0, tail, 1 - tail);
    }
    template <class T>
    FORMULA static T value(T x) {
        return x * phi(x, bell(x));
    }
    template <class T>
    FORMULA static T slope(T x) {
        const T e = bell(x);
        return phi(x, e) + x * (e * T(0.39894228040143268));
    }
};

// y = x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3); (1 + tanh(u)) / 2 is sigmoid(2 u).
struct GeluApprox : Elementwise<GeluApprox> {
    template <class T>
    FORMULA static T value(T x) {
        return x * sigmoid(T(2 * 0.7978845608028654) * (x + T(0.044715) * x * x * x));
    }
    // (1 + tanh(u)) / 2 + v / cosh(u)^2 with x clipped to [-10, 10], and the u of the cosh to [-20, 20].
    template <class T>
    FORMULA static T slope(T x) {
        const T cube = x * x * x, u = magnitude(T(0.0356774) * cube + T(0.797885) * x);
        const T v = T(0.0535161) * cube + T(0.398942) * x;
        const T e = select(u > 20, T(4.2483542552915889e-18), exp_bounded(-2 * u)), t = 1 / (1 + e);
        const T y = select(x < 0, e, T(1)) * t + v * (4 * e * t * t);
        return select(x < -10, T(-9.77e-16), select(x > 10, T(1.0000000000000009), y));
    }
};

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc

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
        const T y = select(x < Format<T>::exp_is_zero, T(0), n / (n + 2));
        return x * select(x < at_most(threshold, T(20)), y, T(1));
    }
    // n / (n + 2) + 4 x e (e + 1) / (n + 2)^2
    template <class T>
    FORMULA static T slope(T x, T threshold) {
        const T e = exp_low(x), n = e * (e + 2), q = 1 / (n + 2);
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

// Phi(x), the normal distribution, in float to 1e-7: its odd part is x P(w), with w = x^2 brought to [-1, 1].
FORMULA float normal(float x) {
    const float w = x * x * 0.0725623583f - 1, ww = w * w;
    const float y =
        0.5f + x * polynomial(w, ww, 0.134659365f, -0.0671266541f, 0.0496438965f, -0.0397686325f, 0.0320642628f,
                              -0.0249949321f, 0.0183259957f, -0.0129543822f, 0.0090703778f, -0.00511998963f,
                              0.00186944171f, -0.0013263413f, 0.00145661354f, -0.000560956309f);
    return select(x < -5.25f, 0.0f, select(x > 5.25f, 1.0f, y));
}

// Phi(x) + x phi(x), phi(x) = e^(-x^2 / 2) / sqrt(2 pi), in float to 2e-7: as above.
FORMULA float normal_slope(float x) {
    const float w = x * x * 0.0604914934f - 1, ww = w * w;
    const float y = 0.5f + x * polynomial(w, ww, 0.123071812f, -0.0622810051f, 0.0493693091f, -0.0473148935f,
                                          0.0516577773f, -0.0592156537f, 0.0671834424f, -0.0726422071f, 0.067546308f,
                                          -0.0520691499f, 0.0474141315f, -0.0494890586f, 0.026280826f, 0.000295880483f,
                                          0.00463165902f, -0.0127475681f, 0.00526495697f);
    return select(x < -5.75f, 0.0f, select(x > 5.75f, 1.0f, y));
}

// In double the tail is e^(-x^2 / 2) times a polynomial in u = (x - 5) / (x + 5) over x + 5, x >= 0.
FORMULA double normal(double x, double e) {
    const double t = 1 / (magnitude(x) + 5), u = 1 - 10 * t;
    const double ratio =
        t * polynomial(u, u * u, 0.769193049750063, -0.66538250289005674, 0.49530561596997730, -0.31353315667129622,
                       0.1650203661703374, -0.06911863870657, 0.02079506680083767, -2.9933767667057335e-3,
                       -0.0007978694080098152, 0.0005448990333908049, -5.937567479113074e-05, -4.9762654909074090e-5,
                       1.6681041215267366e-5, 3.9803846908315536e-6, -2.7689524580162573e-6, -3.3553715615822708e-7,
                       4.3288406982108883e-7, 4.0880426732365852e-8, -6.6011503482640491e-8, -8.2947591798028172e-9,
                       7.9421767392945741e-9, 1.4319590635934984e-9, -3.0290042358965410e-10);
    return select(x < 0, ratio * e, 1 - ratio * e);
}

// e^(-x^2 / 2)
FORMULA double bell(double x) {
    const double power = -0.5 * x * x;
    return select(power < Format<double>::exp_is_zero, 0.0, exp_low(power));
}

FORMULA double normal(double x) { return normal(x, bell(x)); }

FORMULA double normal_slope(double x) {
    const double e = bell(x);
    return normal(x, e) + x * (e * 0.39894228040143268);
}

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

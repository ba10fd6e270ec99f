// The normal distribution Phi, and the slope of x Phi(x). Products are fused where the level can.
#pragma once

#include "thinc/formula/math.h"

namespace thinc {
namespace LEVEL {
namespace formula {

// Phi(x), the normal distribution, in float to 1e-7: its odd part is x P(w), with w = x^2 brought to [-1, 1].
FORMULA float normal(float x) {
    const float w = x * x * 0.0725623583f - 1, ww = w * w;
    const float y =
        0.5f + x * polynomial<Fused>(w, ww, 0.134659365f, -0.0671266541f, 0.0496438965f, -0.0397686325f, 0.0320642628f,
                                     -0.0249949321f, 0.0183259957f, -0.0129543822f, 0.0090703778f, -0.00511998963f,
                                     0.00186944171f, -0.0013263413f, 0.00145661354f, -0.000560956309f);
    return select(x < -5.25f, 0.0f, select(x > 5.25f, 1.0f, y));
}

// Phi(x) + x phi(x), phi(x) = e^(-x^2 / 2) / sqrt(2 pi), in float to 2e-7: as above.
FORMULA float normal_slope(float x) {
    const float w = x * x * 0.0604914934f - 1, ww = w * w;
    const float y =
        0.5f + x * polynomial<Fused>(w, ww, 0.123071812f, -0.0622810051f, 0.0493693091f, -0.0473148935f, 0.0516577773f,
                                     -0.0592156537f, 0.0671834424f, -0.0726422071f, 0.067546308f, -0.0520691499f,
                                     0.0474141315f, -0.0494890586f, 0.026280826f, 0.000295880483f, 0.00463165902f,
                                     -0.0127475681f, 0.00526495697f);
    return select(x < -5.75f, 0.0f, select(x > 5.75f, 1.0f, y));
}

// In double the tail is e^(-x^2 / 2) times a polynomial in u = (x - 5) / (x + 5) over x + 5, x >= 0.
FORMULA double normal(double x, double e) {
    const double t = 1 / (magnitude(x) + 5), u = 1 - 10 * t;
    const double ratio = t * polynomial<Fused>(u, u * u, 0.769193049750063, -0.66538250289005674, 0.49530561596997730,
                                               -0.31353315667129622, 0.1650203661703374, -0.06911863870657,
                                               0.02079506680083767, -2.9933767667057335e-3, -0.0007978694080098152,
                                               0.0005448990333908049, -5.937567479113074e-05, -4.9762654909074090e-5,
                                               1.6681041215267366e-5, 3.9803846908315536e-6, -2.7689524580162573e-6,
                                               -3.3553715615822708e-7, 4.3288406982108883e-7, 4.0880426732365852e-8,
                                               -6.6011503482640491e-8, -8.2947591798028172e-9, 7.9421767392945741e-9,
                                               1.4319590635934984e-9, -3.0290042358965410e-10);
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

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc

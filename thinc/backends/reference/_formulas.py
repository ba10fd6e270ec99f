"""The smooth functions behind the activations, on arrays of native float32 or float64."""

import math

# Beyond this the logistic is 0 or 1 to 2e-9, and the clip keeps exp in range.
LOGISTIC_LIMIT = 20.0
# Beyond this x / sqrt(1 + x * x) is 1 to the last bit of a float64, and x * x is still finite in float32.
RATIO_LIMIT = 1e9
# Chebyshev coefficients of log(erfc(z) / t) + z * z over y = 2 t - 1, with t = 2 / (2 + z), z >= 0.
# fmt: off
ERFC_COEFFICIENTS = (
    -1.3026537197817094, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632,
    -0.0009465953444820369, 0.00036683949785276145, 4.252332480690777e-05, -2.0278578112534242e-05,
    -1.6242900046470256e-06, 1.3036558355805232e-06, 1.5626441722066142e-08, -8.523809591492654e-08,
    6.5290544390988515e-09, 5.059343495551469e-09, -9.91364156493033e-10, -2.273651222931836e-10,
    9.646791102015527e-11, 2.3940380830391146e-12, -6.886027526497553e-12, 8.944879273090725e-13,
    3.130921399342958e-13, -1.1270822361367252e-13, 3.810905255189232e-16, 7.106097613609237e-15,
    -1.5230282014571043e-15, -9.457494571291233e-17, 1.210237189224279e-16, -2.816663087747177e-17,
)
# fmt: on


def logistic(xp, x):
    """`s(x) = 1 / (1 + exp(-x))`, with x clipped to [-20, 20]."""
    return 1.0 / (1.0 + xp.exp(-xp.clip(x, -LOGISTIC_LIMIT, LOGISTIC_LIMIT)))


def normal_cdf(xp, x):
    """`erfc(-x / sqrt(2)) / 2`, the probability that a standard normal is below x.

    Numerics: relative error of a few 1e-15 in float64, also in the lower tail.
    Source: W. H. Press et al., Numerical Recipes, 3rd ed., 6.2.2 (the form; coefficients recomputed).
    """
    z = xp.abs(x) * math.sqrt(0.5)
    t = 2.0 / (2.0 + z)
    y = 4.0 * t - 2.0
    d, dd = xp.zeros_like(y), xp.zeros_like(y)
    for c in reversed(ERFC_COEFFICIENTS[1:]):
        d, dd = y * d - dd + c, d
    tail = 0.5 * t * xp.exp(-z * z + 0.5 * (ERFC_COEFFICIENTS[0] + y * d) - dd)
    return xp.where(x < 0, tail, 1.0 - tail)


def normal_pdf(xp, x):
    """`exp(-x**2 / 2) / sqrt(2 pi)`, the density of a standard normal."""
    return xp.exp(-0.5 * x * x) * (1.0 / math.sqrt(2.0 * math.pi))


def polynomial_erf(xp, x):
    """The error function by a five-term polynomial in `t = 1 / (1 + p |x|)`, error at most 1.5e-7.

    Source: Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.26.
    """
    a1, a2, a3, a4, a5 = 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429
    t = 1.0 / (1.0 + 0.3275911 * xp.abs(x))
    polynomial = ((((a5 * t + a4) * t + a3) * t + a2) * t + a1) * t
    return xp.sign(x) * (1.0 - polynomial * xp.exp(-x * x))


def softplus_tanh(xp, x):
    """`tanh(log(1 + e^x))` and its slope, for x clipped to at most 20, where the tanh is 1.

    With e = e^x and n = e (e + 2), the tanh is n / (n + 2) and its slope 4 e (e + 1) / (n + 2)^2.
    """
    e = xp.exp(xp.minimum(x, LOGISTIC_LIMIT))
    n = e * (e + 2.0)
    return n / (n + 2.0), 4.0 * e * (e + 1.0) / ((n + 2.0) * (n + 2.0))


def ratio(xp, x):
    """`x / sqrt(1 + x * x)`, for x clipped to where the square is finite."""
    c = xp.clip(x, -RATIO_LIMIT, RATIO_LIMIT)
    return c / xp.sqrt(1.0 + c * c)


def unclipped_logistic(xp, x):
    """`1 / (1 + exp(-x))` over the whole range, by the exponential that does not overflow."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, e) / (1.0 + e)

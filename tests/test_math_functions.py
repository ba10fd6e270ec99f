"""The functions of `formula/math.h`: how exact they are, where they end, that levels agree bit for bit."""

import math

import numpy
import pytest
from support.math_error import FUNCTIONS, WORST, all_floats, exact, same_bits, ulps

_isa = pytest.importorskip("thinc.backends.cpu._isa", reason="thinc was built without compiled kernels")
activations = pytest.importorskip("thinc.backends.cpu.activations")

LEVELS = _isa.available()
INF, NAN = math.inf, math.nan
# A prime stride visits all exponents, and all last bits.
STRIDE = 4099

each_function = pytest.mark.parametrize("name", FUNCTIONS)
each_level = pytest.mark.parametrize("level", LEVELS)


def compute(name, values, dtype="float32", level=None):
    return activations._math(name, numpy.asarray(values, dtype=dtype), level)


def sampled_doubles():
    """Doubles of every exponent, and more of them where the functions are not constant."""
    rng = numpy.random.default_rng(0)
    bits = rng.integers(0, 1 << 64, size=100_000, dtype="uint64").view("float64")
    return numpy.concatenate([bits, rng.normal(size=50_000) * 3.0, rng.uniform(-750.0, 750.0, size=50_000)])


@each_function
def test_worst_error_in_float32_is_the_documented_one(name):
    worst = max(ulps(compute(name, X), exact(name, X)).max() for X in all_floats(STRIDE))
    assert 0.5 < worst <= WORST[name] < 2.0


@each_level
@each_function
def test_every_level_gives_the_same_bits(name, level):
    for X in [*all_floats(STRIDE), sampled_doubles()]:
        assert same_bits(compute(name, X, X.dtype, level), compute(name, X, X.dtype, LEVELS[-1]))


@each_level
@each_function
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_result_does_not_depend_on_the_place_in_the_array(name, level, dtype):
    X = numpy.random.default_rng(1).normal(size=100).astype(dtype) * 4
    expected = compute(name, X, dtype, level)
    for start in range(20):
        for stop in (start + 1, start + 7, start + 18, 100):
            assert same_bits(compute(name, X[start:stop], dtype, level), expected[start:stop])


@pytest.mark.parametrize(
    "name, reference",
    [("exp", math.exp), ("log", math.log), ("tanh", math.tanh), ("erf", math.erf)],
)
def test_float64_is_within_two_ulps(name, reference):
    X = sampled_doubles()
    X = X[numpy.isfinite(X) & (X > 0 if name == "log" else abs(X) < 700.0)]
    Y = numpy.array([reference(x) for x in X.tolist()])
    assert (abs(compute(name, X, "float64") - Y) <= 2.0 * numpy.spacing(abs(Y))).all()


def test_float64_sigmoid_is_within_three_ulps():
    X = numpy.random.default_rng(2).uniform(-740.0, 740.0, size=20_000)
    E = numpy.array([math.exp(-abs(x)) for x in X.tolist()])
    Y = numpy.where(X < 0, E, 1.0) / (1.0 + E)
    assert (abs(compute("sigmoid", X, "float64") - Y) <= 3.0 * numpy.spacing(Y)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "name, cases",
    [
        ("exp", [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (1e30, INF), (-1e30, 0.0)]),
        ("log", [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-1.0, NAN), (-1e-40, NAN)]),
        ("tanh", [(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (30.0, 1.0), (-1e30, -1.0)]),
        ("erf", [(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (7.0, 1.0), (-1e30, -1.0)]),
        ("sigmoid", [(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (800.0, 1.0), (-800.0, 0.0)]),
    ],
)
def test_values_at_the_ends_of_the_range(name, cases, dtype):
    arguments, expected = zip(*cases, (NAN, NAN), strict=True)
    Y = compute(name, arguments, dtype)
    numpy.testing.assert_array_equal(Y, numpy.array(expected, dtype))
    numbers = ~numpy.isnan(Y)
    assert (numpy.signbit(Y) == numpy.signbit(expected))[numbers].all()


@pytest.mark.parametrize(
    "dtype, last_finite, first_infinite",
    [("float32", 88.72283, 88.72284), ("float64", 709.782712, 709.782713)],
)
def test_exp_overflows_where_the_exact_one_does(dtype, last_finite, first_infinite):
    finite, infinite = compute("exp", [last_finite, first_infinite], dtype)
    assert finite < INF == infinite


@pytest.mark.parametrize("name", ["exp", "sigmoid"])
@pytest.mark.parametrize("dtype, x", [("float32", -95.0), ("float64", -730.0)])
def test_underflow_is_gradual(name, dtype, x):
    y = compute(name, [x], dtype)[0]
    info = numpy.finfo(dtype)
    assert 0 < y < info.tiny
    assert abs(float(y) - math.exp(x)) <= 0.5001 * float(info.smallest_subnormal)


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_odd_function_has_odd_bits(name):
    X = numpy.concatenate([X[X > 0] for X in all_floats(STRIDE)])
    assert same_bits(compute(name, -X), -compute(name, X))


@pytest.mark.parametrize("name, constant", [("exp", 1.0), ("sigmoid", 0.5)])
def test_arguments_too_small_to_matter_give_the_value_at_zero(name, constant):
    X = numpy.array([1e-10, -1e-10, 1e-40, -1e-40], "float32")
    assert (compute(name, X) == constant).all()


def test_unknown_level_or_function_raises():
    with pytest.raises(ValueError, match="level must be one of"):
        compute("exp", [0.0], level="v9")
    with pytest.raises(ValueError):
        compute("cosh", [0.0])

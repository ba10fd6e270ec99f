"""Known values and errors of the elementwise ops and maxout."""

import inspect

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

X = numpy.array([-25, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 25])


def parsed(table):
    """`name: number number ...` as a dict; names and numbers may go on over several lines."""
    numbers = {}
    for word in table.split():
        if word.endswith(":"):
            row = numbers[word[:-1]] = []
        else:
            row.append(float(word))
    return numbers


# Forward values and slopes of the specification; the digits are those of a float64 evaluation, where gelu
# and erf carry the error 1.5e-7 of a polynomial.
VALUES = parsed(
    """
    sigmoid: 2.0611536181902037e-09 0.04742587317756678 0.2689414213699951 0.3775406687981454 0.5
        0.6224593312018546 0.7310585786300049 0.9525741268224334 0.9975273768433653 0.9999999979388463
    swish: -5.1528840454755095e-08 -0.14227761953270035 -0.2689414213699951 -0.1887703343990727 0
        0.3112296656009273 0.7310585786300049 2.8577223804673 5.985164261060192 24.999999948471157
    mish: -3.472000464886143e-10 -0.14564746127562428 -0.30340146137410895 -0.22074377465173 0
        0.3752452113048951 0.8650983882673103 2.9865350049679575 5.999926634065252 25
    gelu: 0 -0.00404990184394427 -0.15865526383236372 -0.1542687686380031 0 0.3457312313619969
        0.8413447361676363 2.995950098156056 5.999999994059268 25
    gelu_approx: 0 -0.0036373920817729943 -0.1588080093917233 -0.15428599017485606 0 0.34571400982514394
        0.8411919906082768 2.996362607918227 5.9999999999156035 25
    dish: -0.00998801597763277 -0.07697505292422935 -0.14644660940672627 -0.13819660112501053 0
        0.36180339887498947 0.8535533905932737 2.9230249470757705 5.959181771496431 24.990011984022367
    hard_swish: 0 0 -0.3 -0.2 0 0.3 0.7 3 6 25
    hard_swish_mobilenet: 0 0 -0.3333333333333333 -0.20833333333333334 0 0.2916666666666667
        0.6666666666666666 3 6 25
    hard_sigmoid: 0 0 0.3 0.4 0.5 0.6 0.7 1 1 1
    hard_tanh: -1 -1 -1 -0.5 0 0.5 1 1 1 1
    relu: 0 0 0 0 0 0.5 1 3 6 25
    relu_k: 0 0 0 0 0 0.5 1 3 6 6
    erf: -1 -0.9999778948511022 -0.8427006897475899 -0.5205000163047472 0 0.5205000163047472
        0.8427006897475899 0.9999778948511022 1 1
    sechsq: 1.6993417021166355e-17 0.00986603716544019 0.41997434161402614 0.7864477329659276 1
        0.7864477329659276 0.41997434161402614 0.00986603716544019 2.45765474053327e-05
        1.6993417021166355e-17
    """
)
SLOPES = parsed(
    """
    mish: -3.3331065275441105e-10 -0.09339311453232084 0.05921675587739495 0.2895106779135122 0.6
        0.8864243753577274 1.0490362200997918 1.0211069109294437 1.0001341405062096 1
    gelu: -1.9134824341048484e-135 -0.011945577954499267 -0.08331546068677964 0.13250487389385646 0.5
        0.8674951261061435 1.0833154606867796 1.0119455779544992 1.000000035465175 1
    gelu_approx: -1.4432899320127035e-14 -0.011584135703742504 -0.08296389877796173 0.1326301544904709 0.5
        0.8673698306083679 1.0829639434814453 1.0115841627120972 1 1
    dish: -0.00039856319373954285 -0.021775813927782606 -0.030330085889910596 0.09750776405003786 0.5
        0.9024922359499621 1.0303300858899105 1.0217758139277826 1.0065266095354253 1.0003985631937395
    hard_swish: 0 0 0.1 0.3 0.5 0.7 0.9 1 1 1
    hard_swish_mobilenet: 0 -0.5 0.16666666666666666 0.3333333333333333 0.5 0.6666666666666666
        0.8333333333333334 1.5 1 1
    hard_sigmoid: 0 0 0.2 0.2 0.2 0.2 0.2 0 0 0
    hard_tanh: 0 0 0 1 1 1 0 0 0 0
    relu_k: 0 0 0 0 0 1 1 1 0 0
    swish: -4.9467686730356034e-08 -0.08810410601516963 0.07232948812851331 0.2600388126973482 0.5
        0.7399611873026519 0.9276705118714867 1.0881041060151693 1.012326432591525 1.0000000494676868
    """
)
# Of the constants above where a polynomial was replaced by an accurate function, and of single precision.
TOLERANCE = {"gelu": 1e-6, "gelu_approx": 1e-6}
UNARY = sorted(VALUES)
WITH_X = sorted(set(SLOPES) - {"swish"})
INPLACE = [name for name in UNARY if name not in ("erf", "sechsq")]


@pytest.mark.parametrize("name", UNARY)
def test_value_is_that_of_the_specification(ops, name):
    assert_allclose(getattr(ops, name)(X), VALUES[name], rtol=0, atol=TOLERANCE.get(name, 1e-10))


@pytest.mark.parametrize("name", WITH_X)
def test_slope_is_that_of_the_specification(ops, name):
    slope = getattr(ops, f"backprop_{name}")(numpy.ones_like(X), X)
    assert_allclose(slope, SLOPES[name], rtol=0, atol=TOLERANCE.get(name, 1e-10))


def test_swish_slope_is_that_of_the_specification(ops):
    slope = ops.backprop_swish(numpy.ones_like(X), X, ops.swish(X))
    assert_allclose(slope, SLOPES["swish"], rtol=0, atol=1e-10)


def test_mish_in_float32_keeps_its_small_values(ops):
    expected = [-3.47200046e-10, -0.145647451, -0.30340147, -0.220743775, 0, 0.375245214, 0.865098357]
    assert_allclose(ops.mish(X[:7].astype("float32")), expected, rtol=1e-5)


def test_mish_beyond_the_threshold_is_the_identity(ops):
    Z = numpy.array([4.9, 5, 5.1])
    assert_allclose(ops.mish(Z, threshold=5), [4.89946461, 5, 5.1])
    assert_allclose(ops.backprop_mish(numpy.ones(3), Z, threshold=5), [1.00095355, 1, 1])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_mish_with_a_large_threshold_stays_finite(ops, dtype):
    Z = numpy.array([10, 30, 100, 1000], dtype)
    assert_allclose(ops.mish(Z, threshold=1e4), Z, rtol=1e-3)
    assert_allclose(ops.backprop_mish(numpy.ones_like(Z), Z, threshold=1e4), 1.0, rtol=1e-3)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_mish_threshold_holds_for_every_dtype(ops, dtype):
    assert ops.mish(numpy.array([3], dtype), threshold=2)[0] == 3


@pytest.mark.parametrize("name", ["mish", "backprop_mish"])
def test_mish_threshold_must_be_a_number(ops, name):
    args = (X.astype("float32"),) * (2 if name.startswith("b") else 1)
    with pytest.raises(TypeError, match="must be real number, not NoneType"):
        getattr(ops, name)(*args, threshold=None)


def test_sigmoid_is_clipped(ops):
    assert_allclose(ops.sigmoid(numpy.array([-1e9, -20])), 2.0611536181902037e-09, rtol=1e-12)


def test_relu_of_special_values(ops):
    Z = numpy.array([-0.0, -numpy.inf, numpy.nan, numpy.inf], "float32")
    Y = ops.relu(Z)
    assert_array_equal(Y, [0.0, 0.0, numpy.nan, numpy.inf])
    assert not numpy.signbit(Y[0])


def test_relu_keeps_integers(ops):
    Z = numpy.array([-2, 3], "int32")
    assert ops.relu(Z).dtype == "int32"
    assert_array_equal(ops.relu(Z), [0, 3])
    assert ops.relu(Z, inplace=True) is Z and Z.tolist() == [0, 3]


def test_clipped_linear_of_known_values(ops):
    line = {"slope": 2, "offset": 1, "min_val": -0.5, "max_val": 1.5}
    assert_allclose(ops.clipped_linear(numpy.array([-2, 0, 0.2, 3]), **line), [-0.5, 1, 1.4, 1.5])
    Z = numpy.array([-0.75, -2, 0, 0.25, 3])
    assert_array_equal(ops.backprop_clipped_linear(numpy.ones(5), Z, **line), [0, 0, 2, 0, 0])


def test_clipped_linear_with_a_flat_or_falling_line_has_its_gradient(ops):
    Z = numpy.array([-2.0, -0.5, 0.5])
    assert not ops.backprop_clipped_linear(numpy.ones(3), Z, slope=0.0).any()
    assert_array_equal(ops.backprop_clipped_linear(numpy.ones(3), Z, slope=-1.0), [0, -1, 0])


@pytest.mark.parametrize("name, edge", [("hard_swish", 2.5), ("hard_swish_mobilenet", 3.0)])
def test_hard_swish_slope_at_the_corners_is_that_of_the_line(ops, name, edge):
    assert_array_equal(
        getattr(ops, f"backprop_{name}")(numpy.ones(2), numpy.array([-edge, edge])), [-0.5, 1.5]
    )


@pytest.mark.parametrize("name, x", [("dish", 1e20), ("gelu_approx", 1e13), ("hard_swish", 1e20)])
def test_slope_far_out_is_one(ops, name, x):
    Z = numpy.array([x], "float32")
    assert_allclose(getattr(ops, f"backprop_{name}")(numpy.ones_like(Z), Z), 1.0, rtol=1e-6)


def test_dtanh_and_dsigmoid_of_known_values(ops):
    Y = numpy.array([0.0, 0.5, 1.0])
    assert_array_equal(ops.dtanh(Y), [1, 0.75, 0])
    assert_array_equal(ops.dsigmoid(Y), [0, 0.25, 0])
    assert_array_equal(ops.backprop_sigmoid(numpy.full(3, 2.0), Y), [0, 0.5, 0])


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_result_has_the_dtype_of_the_input(ops, name, dtype):
    Y = getattr(ops, name)(X.astype(dtype))
    assert Y.dtype == dtype
    assert_allclose(Y, VALUES[name], rtol=0, atol=20 * numpy.finfo(dtype).eps + TOLERANCE.get(name, 0))


@pytest.mark.parametrize("name", [name for name in UNARY if name != "relu"])
def test_integers_are_promoted_to_float64(ops, name):
    Y = getattr(ops, name)(numpy.array([-3, 0, 1]))
    assert Y.dtype == "float64"
    assert_allclose(Y, getattr(ops, name)(numpy.array([-3.0, 0.0, 1.0])), rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in INPLACE if name != "relu"])
def test_integers_cannot_be_overwritten(ops, name):
    Z = numpy.array([-3, 0, 1])
    with pytest.raises(TypeError, match=f"{name}: X must have a float dtype; got int64"):
        getattr(ops, name)(Z, inplace=True)
    assert Z.tolist() == [-3, 0, 1]


@pytest.mark.parametrize("name", UNARY)
def test_text_is_refused(ops, name):
    with pytest.raises(TypeError, match=f"{name}: X must have a real dtype; got <U1"):
        getattr(ops, name)(numpy.array(["a"]))


@pytest.mark.parametrize("name", INPLACE)
@pytest.mark.parametrize("step", [2, -1, -2])
def test_inplace_on_a_view_changes_its_elements_only(ops, name, step):
    base = numpy.linspace(-2, 2, 21, dtype="float32")
    view, rest = base[::step], numpy.ones(21, bool)
    rest[::step] = False
    expected, untouched = getattr(ops, name)(view.copy()), base[rest].copy()
    assert getattr(ops, name)(view, inplace=True) is view
    assert_allclose(view, expected, rtol=0, atol=1e-6)
    assert_array_equal(base[rest], untouched)


@pytest.mark.parametrize("name", INPLACE)
def test_inplace_refuses_a_readonly_array(ops, name):
    Z = X.astype("float32")
    Z.flags.writeable = False
    with pytest.raises(ValueError, match=f"{name}: X must be writable"):
        getattr(ops, name)(Z, inplace=True)
    assert_array_equal(Z, X)


BACKWARD = [f"backprop_{name}" for name in [*WITH_X, "relu", "sigmoid", "swish"]]


def backward_args(op, dY, other):
    return (dY, other, other) if op == "backprop_swish" else (dY, other)


@pytest.mark.parametrize("op", BACKWARD)
def test_backward_op_does_not_broadcast(ops, op):
    dY, other = numpy.ones((2, 3), "float32"), numpy.ones((3,), "float32")
    with pytest.raises(ValueError, match="arrays have incompatible shapes: ") as error:
        getattr(ops, op)(*backward_args(op, dY, other))
    assert "(2, 3)" in str(error.value) and "(3,)" in str(error.value)


@pytest.mark.parametrize("op", BACKWARD)
def test_backward_op_overwrites_its_target_in_place(ops, op):
    dY, other = numpy.ones(5, "float32"), numpy.linspace(-2, 2, 5, dtype="float32")
    target, kept = (other, dY) if op == "backprop_sigmoid" else (dY, other)
    expected, before = getattr(ops, op)(*backward_args(op, dY, other)), kept.copy()
    assert getattr(ops, op)(*backward_args(op, dY, other), inplace=True) is target
    assert_array_equal(target, expected)
    assert_array_equal(kept, before)


@pytest.mark.parametrize("op", BACKWARD)
def test_backward_op_refuses_a_readonly_target(ops, op):
    dY, other = numpy.ones(5, "float32"), numpy.linspace(-2, 2, 5, dtype="float32")
    target = other if op == "backprop_sigmoid" else dY
    target.flags.writeable = False
    with pytest.raises(ValueError, match=f"{op}: d?Y must be writable"):
        getattr(ops, op)(*backward_args(op, dY, other), inplace=True)


@pytest.mark.parametrize("op", BACKWARD)
@pytest.mark.parametrize("view", [lambda A: A[:, ::2], lambda A: A[::-1], numpy.asfortranarray])
def test_backward_op_pairs_elements_whatever_the_strides(ops, op, view):
    rng = numpy.random.default_rng(0)
    dY, other = (view(rng.standard_normal((4, 6)).astype("float32")) for _ in range(2))
    expected = getattr(ops, op)(*backward_args(op, dY.copy("C"), other.copy("C")))
    for pair in ((dY, other.copy("C")), (dY.copy("C"), other), (dY, other)):
        assert_allclose(getattr(ops, op)(*backward_args(op, *pair)), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "op", ["sigmoid", "dsigmoid", "dtanh", "backprop_sigmoid", "softmax", "softmax_sequences"]
)
def test_inplace_is_keyword_only_where_it_always_was(ops, op):
    parameter = inspect.signature(getattr(ops, op)).parameters["inplace"]
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY


# -- maxout ---------------------------------------------------------------------------------------------


def test_maxout_of_known_values(ops):
    pieces = numpy.array([[[1, 1, 0], [0, 2, 2], [-1, -1, -1], [0, -0.0, 0]]], "float32")
    Y, which = ops.maxout(pieces)
    assert_array_equal(Y, [[1, 2, -1, 0]])
    assert_array_equal(which, [[0, 1, 0, 0]])
    assert which.dtype == "int32" and Y.dtype == "float32"


@pytest.mark.parametrize("P", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_first_nan_wins_in_maxout(ops, P, dtype):
    for place in range(P):
        pieces = numpy.arange(P, dtype=dtype).reshape(1, 1, P)
        pieces[0, 0, place:] = numpy.nan
        Y, which = ops.maxout(pieces)
        assert numpy.isnan(Y[0, 0]) and which[0, 0] == place


@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3), (0, 0, 1)])
def test_maxout_of_nothing_is_empty(ops, shape):
    Y, which = ops.maxout(numpy.zeros(shape, "float32"))
    assert Y.shape == which.shape == shape[:2]
    assert ops.backprop_maxout(Y, which, shape[2]).shape == shape


@pytest.mark.parametrize(
    "bad", [numpy.zeros((1, 1, 2), "float16"), numpy.zeros((1, 1, 2), "int32"), [[[1.0]]]]
)
def test_maxout_refuses_other_dtypes_and_lists(ops, bad):
    with pytest.raises(TypeError, match="X"):
        ops.maxout(bad)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 0)])
def test_maxout_refuses_other_shapes(ops, shape):
    with pytest.raises(ValueError, match="X"):
        ops.maxout(numpy.zeros(shape, "float32"))


def test_backprop_maxout_of_known_values(ops):
    dY = numpy.array([[1, 2], [3, 4]], "float32")
    dX = ops.backprop_maxout(dY, numpy.array([[0, 2], [1, 1]]), 3)
    assert_array_equal(dX, [[[1, 0, 0], [0, 0, 2]], [[0, 3, 0], [0, 4, 0]]])
    assert dX.dtype == "float32"


@pytest.mark.parametrize("index", [-1, -(2**31), 3, 2**31 - 1])
def test_backprop_maxout_refuses_which_out_of_range(ops, index):
    which = numpy.array([[0, index]], "int32")
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for maxout with size 3.*which"):
        ops.backprop_maxout(numpy.ones((1, 2), "float32"), which, 3)


@pytest.mark.parametrize("shape", [(1, 2), (2, 3), (3, 2), (2,)])
def test_backprop_maxout_refuses_which_of_another_shape(ops, shape):
    with pytest.raises(ValueError, match="which must have shape") as error:
        ops.backprop_maxout(numpy.ones((2, 2), "float32"), numpy.zeros(shape, "int32"), 3)
    assert str(shape) in str(error.value) and "(2, 2)" in str(error.value)


def test_backprop_maxout_names_a_negative_number_of_pieces(ops):
    with pytest.raises(ValueError, match="P must be at least 0; got -1"):
        ops.backprop_maxout(numpy.ones((1, 1), "float32"), numpy.zeros((1, 1), "int32"), -1)


def test_backprop_maxout_without_pieces_has_no_valid_which(ops):
    with pytest.raises(IndexError, match="index 0 is out of bounds for maxout with size 0"):
        ops.backprop_maxout(numpy.ones((1, 1), "float32"), numpy.zeros((1, 1), "int32"), 0)

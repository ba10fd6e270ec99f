"""Reference numbers of the dense layers, and what they share."""

import numpy
import pytest

from thinc.api import (
    ClippedLinear,
    Dish,
    Gelu,
    HardSigmoid,
    HardSwish,
    HardSwishMobilenet,
    HardTanh,
    Linear,
    Maxout,
    Mish,
    Relu,
    ReluK,
    Sigmoid,
    Softmax,
    Swish,
    fix_random_seed,
    normal_init,
)

X = numpy.array([[1, -2], [0.5, 3]], dtype="f")
W = numpy.array([[1, 2], [-1, 0.5], [0.25, -0.5]], dtype="f")
B = numpy.array([0.5, -1, 0], dtype="f")
DY = numpy.array([[1, 0.5, -1], [-1, 2, 0.25]], dtype="f")

# constructor: Y, dX, dW, db
REFERENCE = {
    Linear: (
        [[-2.5, -3, 1.25], [7, 0, -1.375]],
        [[0.25, 2.75], [-2.9375, -1.125]],
        [[0.5, -5], [1.5, 5], [-0.875, 2.75]],
        [0, 2.5, -0.75],
    ),
    Relu: (
        [[0, 0, 1.25], [7, 0, 0]],
        [[-0.25, 0.5], [-1, -2]],
        [[-0.5, -3], [0, 0], [-1, 2]],
        [-1, 0, -1],
    ),
    Mish: (
        [[-0.19682, -0.14565, 1.13187], [6.99999, 0, -0.3048]],
        [[-0.33316, 0.2974], [-2.20266, -1.39477]],
        [[-0.60975, -2.78058], [0.5533, 3.69339], [-1.08574, 2.12929]],
        [-1.10977, 1.1533, -1.09101],
    ),
    Gelu: (
        [[-0.01552, -0.00405, 1.11794], [7, 0, -0.11628]],
        [[-0.3123, 0.48312], [-2.00804, -1.48393]],
        [[-0.53761, -2.92478], [0.49403, 3.01195], [-1.13873, 2.14889]],
        [-1.03761, 0.99403, -1.15481],
    ),
    Swish: (
        [[-0.18965, -0.14228, 0.97162], [6.99362, 0, -0.27749]],
        [[-0.30377, 0.27601], [-2.00669, -1.50846]],
        [[-0.60213, -2.81758], [0.45595, 3.0881], [-0.99614, 1.9726]],
        [-1.10486, 0.95595, -0.9986],
    ),
    HardSwish: (
        [[0, 0, 0.9375], [7, 0, -0.30937]],
        [[-0.75, -0.5], [-2.00312, -1.49375]],
        [[-1, -2], [0.5, 3], [-1.00625, 1.9625]],
        [-1.5, 1, -1.0125],
    ),
    HardSwishMobilenet: (
        [[-0.20833, 0, 0.88542], [7, 0, -0.3724]],
        [[-0.3125, -0.33333], [-1.9974, -1.50521]],
        [[-0.83333, -2.33333], [0.25, 3.5], [-0.91146, 1.86458]],
        [-1.33333, 0.75, -0.90625],
    ),
    ClippedLinear: (
        [[0, 0, 1], [1, 0, 0]],
        [[0, 0], [0, 0]],
        [[0, 0], [0, 0], [0, 0]],
        [0, 0, 0],
    ),
    ReluK: (
        [[0, 0, 1.25], [6, 0, 0]],
        [[-0.25, 0.5], [0, 0]],
        [[0, 0], [0, 0], [-1, 2]],
        [0, 0, -1],
    ),
    HardTanh: (
        [[-1, -1, 1], [1, 0, -1]],
        [[0, 0], [-2, 1]],
        [[0, 0], [1, 6], [0, 0]],
        [0, 2, 0],
    ),
    HardSigmoid: (
        [[0, 0, 0.75], [1, 0.5, 0.225]],
        [[-0.05, 0.1], [-0.3875, 0.175]],
        [[0, 0], [0.2, 1.2], [-0.175, 0.55]],
        [0, 0.4, -0.15],
    ),
    Sigmoid: (
        [[0.07586, 0.04743, 0.7773], [0.99909, 0.5, 0.20181]],
        [[0.00424, 0.23805], [-0.49084, 0.22804]],
        [[0.06965, -0.14294], [0.27259, 1.45482], [-0.15297, 0.46702]],
        [0.06919, 0.52259, -0.13283],
    ),
    Softmax: (
        [[0.02266, 0.01374, 0.96359], [0.99886, 0.00091, 0.00023]],
        [[0.25, 2.75], [-2.9375, -1.125]],
        [[0.5, -5], [1.5, 5], [-0.875, 2.75]],
        [0, 2.5, -0.75],
    ),
    Dish: (
        [[-0.0894, -0.07698, 1.11304], [6.96482, 0, -0.13149]],
        [[-0.27808, 0.45941], [-2.00764, -1.50422]],
        [[-0.53071, -2.95808], [0.48911, 3.02178], [-1.04833, 2.0524]],
        [-1.03315, 0.98911, -1.05386],
    ),
}


def close(found, expected):
    numpy.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def with_params(layer, **params):
    for name, value in params.items():
        layer.set_param(name, numpy.asarray(value, dtype="f"))
    return layer


def check_reference(layer, Y, dX, dW, db):
    found, backprop = layer.begin_update(X)
    close(found, Y)
    close(backprop(DY), dX)
    close(layer.get_grad("W"), dW)
    close(layer.get_grad("b"), db)


@pytest.mark.parametrize("constructor", REFERENCE, ids=lambda c: c.__name__)
def test_reference_numbers(constructor):
    check_reference(with_params(constructor(3, 2), W=W, b=B), *REFERENCE[constructor])


def test_clipped_linear_with_all_arguments():
    layer = ClippedLinear(3, 2, slope=0.5, offset=1, min_val=-0.4, max_val=2)
    check_reference(
        with_params(layer, W=W, b=B),
        [[-0.25, -0.4, 1.625], [2, 1, 0.3125]],
        [[0.375, 1.25], [-0.96875, 0.4375]],
        [[0.5, -1], [0.5, 3], [-0.4375, 1.375]],
        [0.5, 1, -0.375],
    )


def test_dish_takes_the_derivative_at_the_pre_activation():
    layer = with_params(Dish(2, 2), W=W[:2], b=B[:2])
    Y, backprop = layer.begin_update(X)
    close(Y, [[-0.0894, -0.07698], [6.96482, 0]])
    close(backprop(DY[:, :2]), [[-0.01738, -0.06199], [-2.00487, -1.50975]])
    close(layer.get_grad("W"), [[-0.53071, -2.95808], [0.48911, 3.02178]])
    close(layer.get_grad("b"), [-1.03315, 0.98911])


@pytest.mark.parametrize("constructor", [ReluK, HardTanh, HardSigmoid])
def test_bounded_activations_pass_init_b_on(constructor):
    layer = constructor(3, 2, init_b=lambda ops, shape: ops.alloc(shape) + 7).initialize()
    assert (layer.get_param("b") == 7).all()


def test_clipped_linear_of_slope_zero_has_no_gradient():
    layer = with_params(ClippedLinear(3, 2, slope=0, offset=0.25), W=W, b=B)
    Y, backprop = layer.begin_update(X)
    assert (Y == 0.25).all()
    assert not backprop(DY).any()


def test_clipped_linear_of_negative_slope_has_a_gradient():
    layer = with_params(ClippedLinear(3, 2, slope=-1, min_val=-10, max_val=10), W=W, b=B)
    _, backprop = layer.begin_update(X)
    close(backprop(DY), [[-0.25, -2.75], [2.9375, 1.125]])


def test_clipped_linear_refuses_bounds_in_the_wrong_order():
    with pytest.raises(ValueError, match="min_val must be at most max_val; got 2 and 1"):
        ClippedLinear(3, 2, min_val=2, max_val=1)


@pytest.mark.parametrize("constructor", REFERENCE, ids=lambda c: c.__name__)
def test_gradient_of_another_shape_is_refused_before_anything_is_added(constructor):
    layer = with_params(constructor(3, 2), W=W, b=B)
    _, backprop = layer.begin_update(X)
    with pytest.raises(ValueError):
        backprop(numpy.ones((3, 3), dtype="f"))
    assert layer.grad_names == ()


@pytest.mark.parametrize("constructor", [Relu, Mish])
def test_error_of_a_gradient_of_another_shape_gives_both(constructor):
    _, backprop = with_params(constructor(3, 2), W=W, b=B).begin_update(X)
    with pytest.raises(ValueError, match=r"incompatible shapes: \(3, 3\) and \(2, 3\)"):
        backprop(numpy.ones((3, 3), dtype="f"))


def test_input_of_another_width_names_the_layer():
    with pytest.raises(ValueError, match=r"Shape mismatch for blis.gemm: \(2, 5\), \(2, 3\).*linear"):
        with_params(Linear(3, 2), W=W, b=B).predict(numpy.ones((2, 5), dtype="f"))


def test_input_of_another_rank_is_refused():
    with pytest.raises(ValueError, match="should be 2-dimensional, but found 3 dimension"):
        with_params(Linear(3, 2), W=W, b=B).predict(numpy.ones((2, 2, 2), dtype="f"))


def test_a_list_is_refused():
    with pytest.raises(TypeError):
        with_params(Linear(3, 2), W=W, b=B).predict(X.tolist())


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32"])
def test_input_of_another_dtype_is_refused(dtype):
    with pytest.raises(ValueError):
        with_params(Linear(3, 2), W=W, b=B).predict(numpy.ones((2, 2), dtype=dtype))


def test_float64_weights_work_with_float64_input():
    layer = Linear(3, 2)
    layer.set_param("W", W.astype("float64"))
    layer.set_param("b", B.astype("float64"))
    Y = layer.predict(X.astype("float64"))
    assert Y.dtype == "float64"
    close(Y, REFERENCE[Linear][0])


def test_nan_stays_in_its_row():
    rows = X.copy()
    rows[0, 0] = numpy.nan
    Y = with_params(Relu(3, 2), W=W, b=B).predict(rows)
    assert numpy.isnan(Y[0]).all()
    close(Y[1], [7, 0, 0])


@pytest.mark.parametrize("shape", [(0, 2), (3, 0)])
def test_linear_without_outputs_or_inputs_works(shape):
    nO, nI = shape
    layer = Linear(nO, nI).initialize()
    Y, backprop = layer.begin_update(numpy.ones((4, nI), dtype="f"))
    assert Y.shape == (4, nO)
    assert backprop(Y).shape == (4, nI)


def test_normalize_and_dropout_are_nodes_of_their_own():
    layer = Relu(4, 3, normalize=True, dropout=0.2)
    assert [node.name for node in layer.walk()] == [
        "relu>>layernorm>>dropout",
        "relu>>layernorm",
        "dropout",
        "relu",
        "layernorm",
    ]
    assert layer.has_dim("nO") is None
    assert layer.layers[0].get_dim("nO") == 4


def test_dropout_of_zero_is_a_node_too():
    assert Relu(4, 3, dropout=0.0).name == "relu>>dropout"


# -- initialization --------------------------------------------------------------------------------


@pytest.mark.parametrize("constructor", [Linear, Relu, Maxout, HardTanh])
def test_examples_set_both_dimensions(constructor):
    layer = constructor().initialize(X=X, Y=DY)
    assert (layer.get_dim("nO"), layer.get_dim("nI")) == (3, 2)


def test_an_example_that_contradicts_a_dimension_is_refused():
    with pytest.raises(ValueError, match="Attempt to change dimension 'nI' for model 'linear' from 3 to 2"):
        Linear(2, 3).initialize(X=X)


@pytest.mark.parametrize("constructor", [Sigmoid, Softmax])
def test_lenient_layers_ignore_such_an_example(constructor):
    layer = constructor(2, 3).initialize(X=X, Y=DY)
    assert (layer.get_dim("nO"), layer.get_dim("nI")) == (2, 3)


def test_a_dimension_that_stays_unset_is_an_error():
    with pytest.raises(ValueError, match="Cannot get dimension 'nO' for model 'linear': value unset"):
        Linear(None, 3).initialize()


@pytest.mark.parametrize("empty", [[], numpy.zeros((0, 0), dtype="f"), numpy.zeros(0, dtype="i")])
def test_a_dimension_is_not_inferred_from_an_empty_example(empty):
    layer = Linear(2)
    with pytest.raises(ValueError, match="linear: an example with rows is required to infer 'nI'"):
        layer.initialize(X=empty)
    assert layer.has_dim("nI") is None


def test_an_empty_example_does_no_harm_where_nothing_is_to_be_inferred():
    assert Linear(2, 3).initialize(X=[]).get_dim("nI") == 3


def test_an_uninitialized_layer_says_so():
    with pytest.raises(KeyError, match="Parameter 'W' for model 'linear' has not been allocated yet"):
        Linear(3, 2).predict(X)
    with pytest.raises(ValueError, match="value unset"):
        Maxout(3).predict(X)


@pytest.mark.parametrize("constructor", [Linear, Relu, Mish, ClippedLinear])
def test_seeded_uniform_weights(constructor):
    fix_random_seed(0)
    close(
        constructor(2, 3).initialize().get_param("W"),
        [[0.10695, 0.47146, 0.22514], [0.09833, -0.16726, 0.31964]],
    )


@pytest.mark.parametrize("constructor", [Gelu, Swish, Dish, HardSwish, HardSwishMobilenet])
def test_seeded_normal_weights(constructor):
    fix_random_seed(0)
    close(
        constructor(2, 3).initialize().get_param("W"),
        [[1.44034, 0.32673, 0.79914], [1.82968, 1.52485, -0.79794]],
    )


@pytest.mark.parametrize("constructor", [Sigmoid, Softmax])
def test_output_layers_start_with_zeros(constructor):
    layer = constructor(2, 3).initialize()
    assert not layer.get_param("W").any()
    assert not layer.get_param("b").any()


def test_weights_are_drawn_before_the_bias():
    order = []

    def drawn(name):
        return lambda ops, shape: order.append((name, shape)) or ops.alloc(shape)

    Maxout(2, 3, 4, init_W=drawn("W"), init_b=drawn("b")).initialize()
    Linear(2, 3, init_W=drawn("W"), init_b=drawn("b")).initialize()
    assert order == [("W", (2, 4, 3)), ("b", (2, 4)), ("W", (2, 3)), ("b", (2,))]


def test_initializing_again_draws_again():
    layer = Linear(2, 3).initialize()
    before = layer.get_param("W").copy()
    assert (layer.initialize().get_param("W") != before).any()


def test_initializers_may_be_partial_applications():
    layer = Linear(2, 3, init_W=lambda ops, shape: normal_init(ops, shape, scale=1.0)).initialize()
    assert layer.get_param("W").any()

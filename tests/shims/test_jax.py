"""Functions of JAX as layers: parameter trees, modes and keys, compilation."""

import copy
import importlib.util
import pickle

import numpy
import pytest

from thinc.api import Adam, ArgsKwargs, JaxShim, JaxWrapper, fix_random_seed, jax2xp, xp2jax

if importlib.util.find_spec("jax") is None:
    pytest.skip("JAX is not installed", allow_module_level=True)

import jax  # noqa: E402

X = numpy.random.RandomState(0).standard_normal((6, 4)).astype("f")


def params():
    rng = numpy.random.RandomState(0)
    return {
        "layers": [{"W": rng.standard_normal((4, 4)).astype("f"), "b": numpy.zeros(4, "f")}] * 2,
        "brain": jax.numpy.ones(4, "bfloat16"),
        "scale": numpy.float32(2),
        "steps": numpy.array([1, 2]),
        "nothing": None,
    }


def apply(params, X):
    for layer in params["layers"]:
        X = jax.numpy.tanh(X @ layer["W"] + layer["b"])
    return X * params["scale"] * params["brain"].astype("float32")


def train(model, optimizer, steps=3):
    for _ in range(steps):
        Y, backprop = model.begin_update(X)
        assert backprop(Y).shape == X.shape
        model.finish_update(optimizer)


def test_optimizer_sees_floating_point_leaves_by_path():
    model = JaxWrapper(apply, params())
    Y, backprop = model.begin_update(X)
    backprop(Y)
    seen = {}

    def descend(key, weights, gradient):
        seen[key] = weights.shape
        return weights - gradient, gradient

    model.finish_update(descend)
    paths = {"brain": (4,), "scale": (1,)}
    for i in range(2):
        paths |= {f"layers/{i}/W": (4, 4), f"layers/{i}/b": (4,)}
    assert seen == {(model.shims[0].id, path): shape for path, shape in paths.items()}
    after = model.shims[0].params
    assert after["scale"].shape == () and after["brain"].dtype == "bfloat16"
    assert after["steps"].tolist() == [1, 2] and after["nothing"] is None
    assert float(after["scale"]) != 2


def test_gradients_agree_with_those_of_jax():
    model = JaxWrapper(apply, params())
    Y, backprop = model.begin_update(X)
    dX = backprop(numpy.ones_like(Y))
    expected = jax.grad(lambda X: apply(model.shims[0].params, X).sum())(X)
    numpy.testing.assert_allclose(dX, expected, rtol=1e-5, atol=1e-6)


def test_update_without_gradients_does_nothing():
    model = JaxWrapper(apply, params())
    model.finish_update(lambda *args: pytest.fail("there is nothing to update"))


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda m: m.copy(), lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_train_by_themselves(duplicate):
    model = JaxWrapper(apply, params())
    before = model.predict(X)
    copied = duplicate(model)
    numpy.testing.assert_array_equal(copied.predict(X), before)
    train(copied, Adam(0.1))
    numpy.testing.assert_array_equal(model.predict(X), before)
    assert abs(copied.predict(X) - before).max() > 0


def test_bytes_restore_every_leaf():
    model, other = JaxWrapper(apply, params()), JaxWrapper(apply, params())
    model.shims[0].cfg["note"] = "kept"
    train(model, Adam(0.1))
    other.from_bytes(model.to_bytes())
    leaves = [jax.tree_util.tree_leaves(m.shims[0].params) for m in (model, other)]
    for one, two in zip(*leaves, strict=True):
        assert one.dtype == two.dtype
        numpy.testing.assert_array_equal(one, two)
    assert other.shims[0].cfg == {"note": "kept"}


@pytest.mark.parametrize(
    "change, words",
    [
        ({"scale": numpy.zeros(2, "f")}, r"scale must be float32 \(\); got float32 \(2,\)"),
        ({"scale": numpy.float64(1)}, "scale must be float32"),
        ({"brain": numpy.zeros(4, "f")}, "brain must be bfloat16"),
        ({"extra": numpy.zeros(2, "f")}, "paths"),
    ],
)
def test_other_trees_are_refused_and_change_nothing(change, words):
    shim = JaxShim(apply, params())
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        data = JaxShim(apply, {**params(), **change}).to_bytes()
    with pytest.raises(ValueError, match=words):
        shim.from_bytes(data)
    assert float(shim.params["scale"]) == 2


def test_mode_and_key_are_passed_to_functions_that_take_them():
    def dropout(params, X, is_train, rng):
        return X * jax.random.bernoulli(rng, 0.5, X.shape) if is_train else X

    model = JaxWrapper(dropout, {})
    numpy.testing.assert_array_equal(model.predict(X), X)
    fix_random_seed(0)
    one, two = model.begin_update(X)[0], model.begin_update(X)[0]
    assert (one == 0).any() and (one != two).any()
    fix_random_seed(0)
    numpy.testing.assert_array_equal(model.begin_update(X)[0], one)


def test_function_is_compiled_once_for_each_shape_and_mode():
    calls = []

    def counted(params, X):
        calls.append(X.shape)
        return X @ params["W"]

    model = JaxWrapper(counted, {"W": numpy.eye(4, dtype="f")})
    for _ in range(3):
        model.predict(X)
        train(model, Adam(0.1), steps=2)
    assert calls == [(6, 4)] * 2
    model.predict(X[:2])
    assert calls[2:] == [(2, 4)]
    JaxWrapper(counted, {"W": numpy.eye(4, dtype="f")}, jit=False).predict(X)
    JaxWrapper(counted, {"W": numpy.eye(4, dtype="f")}, jit=False).predict(X)
    assert len(calls) == 5


def test_other_values_than_arrays_are_part_of_the_compilation():
    def power(params, X, *, exponent, name=None):
        return X**exponent if name == "power" else X

    model = JaxWrapper(power, {})
    for exponent in (2, 3):
        inputs = ArgsKwargs(args=(X,), kwargs={"exponent": exponent, "name": "power"})
        Y, backprop = model.begin_update(inputs)
        numpy.testing.assert_allclose(Y, X**exponent, rtol=1e-5)
        grads = backprop(numpy.ones_like(Y))
        numpy.testing.assert_allclose(grads.args[0], exponent * X ** (exponent - 1), rtol=1e-5)
        assert grads.kwargs == {"exponent": exponent, "name": "power"}


def test_integers_in_and_out_have_no_gradient():
    def pick(params, X, rows):
        return {"picked": X[rows], "best": X.argmax(axis=1), "none": None}

    model = JaxWrapper(pick, {})
    Y, backprop = model.begin_update((X, numpy.array([1, 1])))
    assert Y["best"].tolist() == X.argmax(axis=1).tolist() and Y["none"] is None
    dX, d_rows = backprop({"picked": numpy.ones((2, 4), "f")})
    assert d_rows is None
    assert dX.sum(axis=1).tolist() == [0, 8, 0, 0, 0, 0]


def test_gradient_of_another_shape_is_refused():
    _, backprop = JaxWrapper(apply, params()).begin_update(X)
    with pytest.raises(ValueError, match="Mismatch in shape"):
        backprop(X[:2])


def test_arrays_convert_both_ways():
    for dtype in ("float32", "float16", "int32", "uint8", "bool", "complex64"):
        array = numpy.arange(6).reshape(2, 3).astype(dtype)
        back = jax2xp(xp2jax(array))
        assert back.dtype == array.dtype and back.flags.writeable
        numpy.testing.assert_array_equal(back, array)
    assert jax2xp(jax.numpy.ones(2, "bfloat16")).dtype == "float32"
    assert xp2jax(numpy.arange(3).astype(">f4")).tolist() == [0, 1, 2]

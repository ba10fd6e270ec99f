"""What the wrappers of all frameworks promise, with the frameworks themselves."""

import copy
import pickle

import numpy
import pytest

from thinc.api import Adam, Relu, Softmax, chain, fix_random_seed, to_categorical, warmup_linear

from .wrapped import FRAMEWORKS, digits, framework

# Keras and MXNet are of before some of the warnings of Python and NumPy.
pytestmark = pytest.mark.filterwarnings("default")

REFUSALS = (ValueError, RuntimeError, OSError, EOFError, pickle.UnpicklingError)
W = numpy.array([[1, 2, 3], [4, 5, 6]], dtype="f")
X = numpy.array([[1, 0], [0, 1], [1, 1], [2, -1]], dtype="f")
S = numpy.full((4, 3), 0.5, dtype="f")
DY, DX2 = numpy.ones((4, 3), dtype="f"), numpy.ones((4, 2), dtype="f")


@pytest.fixture(scope="module", params=FRAMEWORKS)
def models(request):
    return framework(request.param)


@pytest.fixture(scope="module")
def trained(models):
    """A chain with native layers on both sides, trained on the digits, its optimizer, the data."""
    fix_random_seed(0)
    images, labels, held_out, expected = digits()
    model = network(models, images)
    epochs, batches, order = 25, len(labels) // 32, numpy.random.RandomState(0)
    optimizer = Adam(warmup_linear(0.01, 1, epochs * batches), use_averages=True)
    for _ in range(epochs):
        for rows in numpy.array_split(order.permutation(len(labels)), batches):
            Y, backprop = model.begin_update(images[rows])
            backprop((Y - to_categorical(labels[rows], 10)) / len(rows))
            model.finish_update(optimizer)
            optimizer.step_schedules()
    return model, optimizer, held_out, expected


def network(models, images, seed=0):
    return chain(Relu(64), models.mlp(seed), Softmax(10)).initialize(images[:8], numpy.eye(10, dtype="f")[:8])


def accuracy(model, images, labels):
    return float((model.predict(images).argmax(axis=1) == labels).mean())


def test_digits_are_learned_beside_native_layers(trained):
    model, _, images, labels = trained
    assert accuracy(model, images, labels) >= 0.96


def test_averages_are_what_counts_inside_use_params(trained):
    model, optimizer, images, labels = trained
    before = model.predict(images)
    with model.use_params(optimizer.averages):
        averaged = model.predict(images)
        assert accuracy(model, images, labels) >= 0.96
        stored = model.layers[1].to_bytes()
    numpy.testing.assert_array_equal(model.predict(images), before)
    assert abs(averaged - before).max() > 0
    # The wrapped model was among what changed: with its averages alone the output differs as well.
    other = model.copy()
    other.layers[1].from_bytes(stored)
    assert abs(other.predict(images) - before).max() > 0
    with pytest.raises(ZeroDivisionError), model.use_params(optimizer.averages):
        1 / 0  # noqa: B018
    numpy.testing.assert_array_equal(model.predict(images), before)


def test_saved_and_loaded_state_gives_the_same_predictions(models, trained, tmp_path):
    model, _, images, _ = trained
    other = network(models, images, seed=1)
    assert abs(other.predict(images) - model.predict(images)).max() > 0
    model.to_disk(tmp_path / "model")
    other.from_disk(tmp_path / "model")
    numpy.testing.assert_array_equal(other.predict(images), model.predict(images))
    assert model.to_bytes() == model.to_bytes()


def test_copy_predicts_the_same_and_trains_by_itself(trained):
    model, _, images, _ = trained
    before = model.predict(images)
    copied = model.copy()
    ids = {part.layers[1].shims[0].id for part in (model, copied)}
    assert len(ids) == 2
    numpy.testing.assert_array_equal(copied.predict(images), before)
    Y, backprop = copied.begin_update(images[:32])
    backprop(Y)
    copied.finish_update(Adam(0.01))
    assert abs(copied.predict(images) - before).max() > 0
    numpy.testing.assert_array_equal(model.predict(images), before)


def test_outputs_and_gradients_of_two_inputs_and_two_outputs(models):
    model = models.combine(W)
    (Y, doubled), backprop = model.begin_update((X, S))
    numpy.testing.assert_array_equal(Y, X @ W / 2)
    numpy.testing.assert_array_equal(doubled, 2 * X)
    dX, dS = backprop((DY, DX2))
    numpy.testing.assert_allclose(dX, DY / 2 @ W.T + 2, rtol=1e-6)
    numpy.testing.assert_allclose(dS, X @ W, rtol=1e-6)
    for array in (Y, doubled, dX, dS):
        assert isinstance(array, numpy.ndarray) and array.dtype == "float32" and array.flags.writeable


def test_gradients_pass_none_on_both_sides(models):
    model = models.combine(W)
    _, backprop = model.begin_update((X, None))
    dX, nothing = backprop((DY, None))
    assert nothing is None
    numpy.testing.assert_allclose(dX, DY @ W.T, rtol=1e-6)


def test_gradients_in_another_structure_are_refused(models):
    for dY in ((DY,), DY, (DY, (DX2,))):
        _, backprop = models.combine(W).begin_update(X)
        with pytest.raises(ValueError, match="combine|pytorch|tensorflow|mxnet|jax"):
            backprop(dY)


def test_gradients_of_several_batches_add_up(models):
    def gradient(*batches):
        model = models.combine(W)
        for rows in batches:
            _, backprop = model.begin_update(rows)
            backprop((DY[: len(rows)], None))
        seen = []
        model.finish_update(lambda key, weights, grads: seen.append(grads.copy()) or (weights, grads))
        return numpy.concatenate([grads.ravel() for grads in seen])

    numpy.testing.assert_allclose(gradient(X[:2], X[2:]), gradient(X), rtol=1e-6)
    numpy.testing.assert_allclose(gradient(X), (X.T @ DY).ravel(), rtol=1e-6)


@pytest.mark.parametrize("input_gradient", [True, False])
def test_a_frozen_module_keeps_its_weights_beside_layers_that_learn(models, input_gradient):
    images, labels, *_ = digits()
    model, optimizer = network(models, images), Adam(0.01)
    wrapped = model.layers[1].freeze(input_gradient=input_gradient)
    features = model.layers[0].predict(images[:32])
    before = wrapped.predict(features)
    for _ in range(2):
        Y, backprop = model.begin_update(images[:32])
        backprop(Y - to_categorical(labels[:32], 10))
        model.finish_update(optimizer)
    numpy.testing.assert_array_equal(wrapped.predict(features), before)
    assert abs(model.predict(images[:32]) - Y).max() > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda A: A[::-1],
        lambda A: A[:, ::-1],
        lambda A: A.astype(">f4"),
        lambda A: numpy.asfortranarray(A),
        lambda A: numpy.repeat(A, 2, axis=1)[:, ::2],
        lambda A: A[:0],
    ],
)
def test_arrays_of_any_layout(models, make):
    given = make(X.copy())
    if models.package == "mxnet" and not given.size:
        pytest.skip("MXNet takes a size of 0 for one that it has to find out")
    dY = make(DY.copy())
    given.flags.writeable = dY.flags.writeable = False
    model = models.combine(W)
    (Y, _), backprop = model.begin_update(given)
    numpy.testing.assert_array_equal(Y, numpy.array(given, dtype="f") @ W)
    numpy.testing.assert_allclose(backprop((dY, None)), dY @ W.T, rtol=1e-6)
    assert not given.flags.writeable


def test_input_stays_writeable_and_as_it_was(models):
    given = X.copy()
    _, backprop = models.combine(W).begin_update(given)
    backprop((DY, DX2))
    assert given.flags.writeable
    numpy.testing.assert_array_equal(given, X)


@pytest.mark.parametrize("dtype", ["U3", "object", "longdouble", "M8[s]"])
def test_what_a_framework_cannot_hold_is_a_python_error(models, dtype):
    odd = numpy.zeros((4, 2), dtype="i8").astype(dtype)
    with pytest.raises(Exception, match=r"\w"):
        models.combine(W).predict(odd)


def test_backprop_after_predict_is_refused(models):
    _, backprop = models.combine(W)(X, is_train=False)
    with pytest.raises(ValueError, match="cannot backprop after predict"):
        backprop((DY, None))


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\xc0", b"garbage", b"\x82\xa6config\x80\xa5state\xc4\x02PK"]
)
def test_damaged_bytes_are_refused_and_change_nothing(models, data):
    model = models.mlp()
    images = numpy.ones((2, 64), dtype="f")
    before = model.predict(images)
    with pytest.raises(REFUSALS):
        model.shims[0].from_bytes(data)
    numpy.testing.assert_array_equal(model.predict(images), before)


def test_truncated_bytes_are_refused_and_change_nothing(models):
    model, other = models.mlp(), models.mlp(seed=1)
    images = numpy.ones((2, 64), dtype="f")
    other.predict(images)
    before, data = model.predict(images), other.shims[0].to_bytes()
    for length in (len(data) // 3, len(data) - 10):
        with pytest.raises(REFUSALS):
            model.shims[0].from_bytes(data[:length])
        numpy.testing.assert_array_equal(model.predict(images), before)


def test_bytes_hold_no_pickle_of_python(models):
    model = models.mlp()
    model.predict(numpy.ones((2, 64), dtype="f"))
    data = model.shims[0].to_bytes()
    assert data.startswith(b"\x82\xa6config\x80")
    # PyTorch writes a pickle of its own restricted kind, and reads no other.
    assert models.package == "torch" or b"\x80\x02}" not in data


def test_device_types(models):
    model = models.combine(W)
    model.predict(X)
    model.to_cpu()
    numpy.testing.assert_array_equal(model.predict(X)[0], X @ W)
    with pytest.raises(ValueError, match="device_type: tpu"):
        model.shims[0].to_device("tpu", 0)


def test_deep_copies_of_settings(models):
    shim = models.mlp().shims[0]
    shim.cfg["list"] = [1]
    copied = shim.copy()
    copied.cfg["list"].append(2)
    assert shim.cfg == {"list": [1]}
    assert copy.copy(shim).id == shim.id

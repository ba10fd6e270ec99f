"""Keras models as layers: subclassed and functional ones, what Keras alone has."""

import importlib.util
import warnings

import numpy
import pytest

from thinc.api import (
    Adam,
    TensorFlowShim,
    TensorFlowWrapper,
    enable_tensorflow,
    keras_model_fns,
    keras_subclass,
)
from thinc.shims import maybe_handshake_model

if importlib.util.find_spec("tensorflow") is None:
    pytest.skip("TensorFlow is not installed", allow_module_level=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    enable_tensorflow()

import tensorflow as tf  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")
keras = tf.keras
X = numpy.random.RandomState(0).standard_normal((6, 4)).astype("f")


class Net(keras.Model):
    def __init__(self, width=3):
        super().__init__()
        self.width = width
        self.hidden, self.drop, self.out = (
            keras.layers.Dense(width),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(2),
        )

    def call(self, X):
        return self.out(self.drop(self.hidden(X)))


class Described(Net):
    def get_config(self):
        return {"width": self.width}


@keras_subclass("tests.Decorated", X[:1], numpy.zeros((1, 2), "f"), (1, 4), compile_args={"loss": "mae"})
class Decorated(Net):
    pass


def sequential():
    dense = keras.layers.Dense
    return keras.Sequential([keras.Input((4,)), dense(3), keras.layers.BatchNormalization(), dense(2)])


def functional():
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Dropout(0.5)(inputs)))


@pytest.fixture(params=[sequential, functional, Described, Decorated, lambda: Decorated(width=5)])
def make(request):
    return request.param


def built(make):
    model = TensorFlowWrapper(make())
    model.predict(X)
    return model


def train(model, optimizer, steps=3):
    for _ in range(steps):
        Y, backprop = model.begin_update(X)
        assert backprop(Y).shape == X.shape
        model.finish_update(optimizer)


def test_training_changes_the_output_and_prediction_does_not(make):
    model = built(make)
    before = model.predict(X)
    numpy.testing.assert_array_equal(model.predict(X), before)
    train(model, Adam(0.1))
    assert abs(model.predict(X) - before).max() > 0


def test_weights_load_into_another_model(make):
    one, two = built(make), built(make)
    train(one, Adam(0.1))
    two.from_bytes(one.to_bytes())
    numpy.testing.assert_array_equal(two.predict(X), one.predict(X))


def test_copy_has_the_same_weights(make):
    model = built(make)
    train(model, Adam(0.1))
    copied = model.copy()
    numpy.testing.assert_array_equal(copied.predict(X), model.predict(X))
    train(copied, Adam(0.1))
    assert abs(copied.predict(X) - model.predict(X)).max() > 0


def test_subclass_that_does_not_describe_itself_stores_but_does_not_copy():
    model, other = built(lambda: Net(7)), built(lambda: Net(7))
    other.from_bytes(model.to_bytes())
    numpy.testing.assert_array_equal(other.predict(X), model.predict(X))
    with pytest.raises(ValueError, match="keras_subclass"):
        model.copy()


def test_dropout_is_active_in_training_only():
    model = built(functional)
    outputs = [model.begin_update(X)[0] for _ in range(2)]
    assert abs(outputs[0] - outputs[1]).max() > 0


def test_all_variables_are_one_vector_to_the_optimizer():
    model = built(functional)
    shim = model.shims[0]
    Y, backprop = model.begin_update(X)
    backprop(numpy.ones_like(Y))
    calls = []
    model.finish_update(lambda key, *arrays: calls.append((key, *(a.shape for a in arrays))) or arrays)
    assert calls == [((shim.id, "tensorflow-shim"), (10,), (10,))]
    assert shim.gradients is None


def test_update_without_gradients_is_an_error():
    with pytest.raises(ValueError, match="There are no gradients for optimization"):
        built(functional).finish_update(Adam())


def test_weights_by_name_are_used_inside_use_params():
    model = built(functional)
    shim = model.shims[0]
    before = model.predict(X)
    bias = shim._model.trainable_variables[1]
    with model.use_params({f"tensorflow_{shim.id}_{bias.path}": numpy.ones(2, "f"), "other": 1}):
        numpy.testing.assert_allclose(model.predict(X), before + 1, rtol=1e-6)
    numpy.testing.assert_array_equal(model.predict(X), before)


def test_rows_of_an_embedding_are_trained():
    model = built_on_ids = TensorFlowWrapper(keras.Sequential([keras.layers.Embedding(5, 2)]))
    ids = numpy.array([[1, 3]])
    before = built_on_ids.predict(numpy.arange(5)[None])
    Y, backprop = model.begin_update(ids)
    assert backprop(numpy.ones_like(Y)) is None
    model.finish_update(lambda key, weights, gradient: (weights - gradient, gradient))
    change = before - model.predict(numpy.arange(5)[None])
    numpy.testing.assert_allclose(change[0], [[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]], atol=1e-6)


def test_prediction_of_the_shim_is_the_output_alone():
    shim = built(functional).shims[0]
    inputs, _ = built(functional).attrs["convert_inputs"](None, X, False)
    assert shim(inputs, is_train=False).shape == (6, 2)


def test_model_that_was_not_built_is_refused_by_name():
    shim = TensorFlowWrapper(Net()).shims[0]
    with pytest.raises(ValueError, match="to_bytes: the model must have been built"):
        shim.to_bytes()
    with pytest.raises(ValueError, match="from_bytes: the model must have been built"):
        shim.from_bytes(built(Net).shims[0].to_bytes())


def test_weights_of_another_shape_are_refused_and_change_nothing():
    model = built(lambda: Described(3))
    before = model.predict(X)
    with pytest.raises(ValueError, match="could not be loaded"):
        model.shims[0].from_bytes(built(lambda: Described(4)).shims[0].to_bytes())
    numpy.testing.assert_array_equal(model.predict(X), before)


def test_bytes_of_earlier_releases_load(tmp_path):
    one, two, three = built(sequential), built(sequential), built(sequential)
    keras_model = one.shims[0]._model
    keras_model.save(tmp_path / "model.h5")
    two.shims[0].from_bytes((tmp_path / "model.h5").read_bytes())
    three.shims[0].from_bytes(("name", keras_model.get_weights()))
    numpy.testing.assert_array_equal(two.predict(X), one.predict(X))
    numpy.testing.assert_array_equal(three.predict(X), one.predict(X))


def test_decorated_classes_know_how_they_are_made():
    model = Decorated(width=5)
    assert model.catalogue_name == "tests.Decorated" and model.eg_shape == (1, 4)
    assert model.eg_compile == {"optimizer": "adam", "loss": "mae"}
    assert (model.eg_args.args, model.eg_args.kwargs) == ((), {"width": 5})
    assert model.eg_x is Decorated(2).eg_x
    assert keras_model_fns.get("tests.Decorated")(4).width == 4
    assert not model.built
    assert maybe_handshake_model(model) is model and model.built


def test_decorated_classes_take_plain_arguments_only():
    with pytest.raises(ValueError, match="the constructor arguments must be serializable"):
        Decorated(object())


def test_subclass_without_configuration_must_be_decorated():
    class Silent(Net):
        def get_config(self):
            raise NotImplementedError

    with pytest.raises(ValueError, match="keras_subclass"):
        TensorFlowWrapper(Silent())


def test_what_is_no_keras_model_is_refused():
    with pytest.raises(ValueError, match="Expected tf.keras.models.Model, got: <class 'int'>"):
        TensorFlowWrapper(3)


def test_shim_shows_the_summary_of_keras():
    assert "Total params" in str(TensorFlowShim(sequential()))

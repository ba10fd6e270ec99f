"""Keras models as layers."""

from collections.abc import Callable
from typing import Any

from .. import compat
from ..backends.convert import assert_tensorflow_installed
from ..model import Model
from ..shims import TensorFlowShim, maybe_handshake_model
from ._keras_subclass import keras_subclass
from ._tensorflow_conversion import convert_inputs as default_inputs
from ._tensorflow_conversion import convert_outputs as default_outputs
from ._tensorflow_conversion import forward

__all__ = ["TensorFlowWrapper", "forward", "keras_subclass"]


def TensorFlowWrapper(
    tensorflow_model: Any,
    convert_inputs: Callable | None = None,
    convert_outputs: Callable | None = None,
    optimizer: Any = None,
    model_class: type[Model] = Model,
    model_name: str = "tensorflow",
) -> Model[Any, Any]:
    """A Keras model as a layer: `Y = model(X)`, with arrays converted as in `PyTorchWrapper_v3`.

    Args:
        tensorflow_model: the model.
        convert_inputs: `(model, X, is_train) -> (ArgsKwargs of tensors, gradients -> dX)`.
        convert_outputs: `(model, output, is_train) -> (Y, dY -> gradient)`, the latter as for
            `TensorFlowShim.begin_update`.
        optimizer: kept by the shim, not used.
        model_class: the class to construct.
        model_name: the layer's name.
    Raises:
        ImportError: TensorFlow is not enabled.
        ValueError: it is no Keras model.
    """
    assert_tensorflow_installed()
    if not isinstance(tensorflow_model, compat.tensorflow.keras.models.Model):
        raise ValueError(f"Expected tf.keras.models.Model, got: {type(tensorflow_model)}")
    shim = TensorFlowShim(maybe_handshake_model(tensorflow_model), optimizer=optimizer)
    converters = {
        "convert_inputs": convert_inputs or default_inputs,
        "convert_outputs": convert_outputs or default_outputs,
    }
    return model_class(model_name, forward, shims=[shim], attrs=converters)

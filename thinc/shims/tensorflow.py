"""`TensorFlowShim`: a Keras model that a `Model` runs, trains and stores."""

import copy
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import catalogue

from .. import _msgpack, compat
from ..backends import get_current_ops
from ..backends.convert import is_tensorflow_array
from ..types import ArgsKwargs
from ..util import convert_recursive, iterate_recursive
from ._flat import flattened, unflattened
from ._message import message
from .shim import Shim

__all__ = ["TensorFlowShim", "keras_model_fns", "maybe_handshake_model"]

# Functions that construct the subclassed models which `keras_subclass` names.
keras_model_fns = catalogue.create("thinc", "keras", entry_points=True)

_EXAMPLES = ("catalogue_name", "eg_x", "eg_y", "eg_shape")


def maybe_handshake_model(keras_model: Any) -> Any:
    """The model itself, after it has been built from its examples, if it has any and was not yet built.

    Raises:
        ValueError: a subclassed model has neither a configuration nor examples.
    """
    missing = [name for name in _EXAMPLES if not hasattr(keras_model, name)]
    if missing:
        try:
            keras_model.get_config()
        except (AttributeError, NotImplementedError) as error:
            raise ValueError(
                "Keras subclassed models that have no get_config must be decorated with @keras_subclass; "
                f"got a {type(keras_model).__name__} without {', '.join(missing)}"
            ) from error
    elif not keras_model.built:
        with compat.tensorflow.device(_device(get_current_ops().device_type, 0)):
            keras_model.compile(**keras_model.eg_compile)
            keras_model(compat.tensorflow.convert_to_tensor(keras_model.eg_x))
    return keras_model


class TensorFlowShim(Shim):
    """A Keras model as a part of a `Model`.

    Optimizers see its trainable variables as one vector, under the key `(shim.id, "tensorflow-shim")`.

    Args:
        model: the model.
        config: settings, stored with the weights.
        optimizer: kept as `_optimizer`, not used.
    """

    gradients: list[Any] | None = None

    @property
    def _key(self) -> tuple[int, str]:
        return (self.id, "tensorflow-shim")

    def __str__(self) -> str:
        lines: list[str] = []
        self._model.summary(print_fn=lambda line, **options: lines.append(line))
        return "\n".join(lines)

    def __call__(self, X: ArgsKwargs, is_train: bool) -> Any:
        """The output in prediction, `begin_update`'s pair in training."""
        return self.begin_update(X) if is_train else self.predict(X)

    def predict(self, X: ArgsKwargs) -> Any:
        """The model's output, without training behaviour."""
        return self._model(*X.args, training=False, **X.kwargs)

    def begin_update(self, X: ArgsKwargs) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
        """The model's output in training, and the callback that takes its gradient.

        The callback takes a list of pairs, tensor of the output and its gradient, or the gradient of
        the one tensor. It adds to `gradients`, and returns `X` with tensors replaced
        by their gradients.
        """
        tensorflow = compat.tensorflow
        tensors = iterate_recursive(is_tensorflow_array, X)
        watched = [tensor for tensor in tensors if tensor.dtype.is_floating]
        with tensorflow.GradientTape() as tape:
            tape.watch(watched)
            output = self._model(*X.args, training=True, **X.kwargs)

        def backprop(d_output: Any) -> ArgsKwargs:
            pairs = d_output if isinstance(d_output, list) else [(output, d_output)]
            variables = self._model.trainable_variables
            found = tape.gradient(
                [tensor for tensor, _ in pairs],
                [*watched, *variables],
                output_gradients=[gradient for _, gradient in pairs],
            )
            # Rows picked from a matrix have gradients in a sparse form.
            dense = [None if g is None else tensorflow.convert_to_tensor(g) for g in found]
            self._add(dense[len(watched) :])
            of_input = {id(tensor): gradient for tensor, gradient in zip(watched, dense, strict=False)}
            return convert_recursive(is_tensorflow_array, lambda tensor: of_input.get(id(tensor)), X)

        return output, backprop

    def _add(self, gradients: Sequence[Any]) -> None:
        """Add to the gradients of the trainable variables, None standing for zeros."""
        if self.gradients is None:
            self.gradients = list(gradients)
            return
        for i, gradient in enumerate(gradients):
            if gradient is not None:
                before = self.gradients[i]
                self.gradients[i] = gradient if before is None else before + gradient

    def finish_update(self, optimizer: Callable) -> None:
        """Update all variables at once, by `optimizer((shim.id, "tensorflow-shim"), params, grads)`.

        Raises:
            ValueError: there are no gradients.
        """
        if self.gradients is None:
            raise ValueError(
                "There are no gradients for optimization. Be sure to call begin_update and its callback "
                "before calling finish_update."
            )
        variables = self._model.trainable_variables
        weights = [variable.numpy() for variable in variables]
        if weights:
            gradients = [
                weight * 0 if gradient is None else gradient.numpy()
                for weight, gradient in zip(weights, self.gradients, strict=True)
            ]
            updated, _ = optimizer(self._key, flattened(weights), flattened(gradients))
            _assign(variables, unflattened(updated, weights))
        self.gradients = None

    def skip_update(self) -> None:
        """Forget the gradients, if there are any, and keep the weights."""
        self.gradients = None

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the block, use other weights; afterwards the present ones, whatever the block does.

        Args:
            params: a vector under the key of `finish_update`, as in an optimizer's averages; or arrays
                by `tensorflow_{shim.id}_` and the name of a variable. Other keys are ignored.
        """
        prefix = f"tensorflow_{self.id}_"
        named = {_name(variable): variable for variable in self._model.weights}
        before = self._model.get_weights()
        try:
            for key, value in params.items():
                if isinstance(key, str) and key.startswith(prefix) and key[len(prefix) :] in named:
                    named[key[len(prefix) :]].assign(value)
            if self._key in params:
                trained = self._model.trainable_variables
                _assign(trained, unflattened(params[self._key], [variable.numpy() for variable in trained]))
            yield
        finally:
            self._model.set_weights(before)

    def copy(self) -> "TensorFlowShim":
        """A shim with an id of its own around a new model with the same weights.

        Raises:
            ValueError: a subclassed model does not say how to construct another one.
        """
        copied = copy.copy(self)
        copied.id = Shim._next_id()
        copied.cfg, copied.gradients = copy.deepcopy(self.cfg), None
        copied._model = _another(self._model)
        return copied

    def to_device(self, device_type: str, device_id: int) -> None:
        """Construct the model again on the "cpu" or the "gpu" with that number, with its weights.

        Raises:
            ValueError: any other device type.
        """
        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"Unexpected device_type: {device_type}. Try 'cpu' or 'gpu'")
        if device_type == "gpu" or compat.has_tensorflow_gpu:
            with compat.tensorflow.device(_device(device_type, device_id)):
                self._model = _another(self._model)

    def to_bytes(self) -> bytes:
        """MessagePack of `config` and `state`, the latter in Keras's own format of weights.

        Raises:
            ValueError: the model has not been built.
        """
        _check_built(self._model, "to_bytes")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.weights.h5"
            self._model.save_weights(str(path))
            return _msgpack.dumps({"config": self.cfg, "state": path.read_bytes()})

    def from_bytes(self, data: Any) -> "TensorFlowShim":
        """Load what `to_bytes` gave into a model of the same layers, all or nothing.

        Args:
            data: that, or what releases up to 9 wrote: HDF5, or a name and a list of arrays.
        Raises:
            ValueError: not such data, weights that do not fit, or the model has not been built.
        """
        maybe_handshake_model(self._model)
        _check_built(self._model, "from_bytes")
        before = self._model.get_weights()
        try:
            if isinstance(data, (tuple, list)):
                self._model.set_weights(data[1])
            elif data.startswith(b"\x89HDF"):
                self._load(data, "model.h5")
            else:
                loaded = message(self, data, "state")
                self._load(loaded["state"], "model.weights.h5")
                self.cfg = loaded["config"]
        except BaseException:
            self._model.set_weights(before)
            raise
        return self

    def _load(self, state: bytes, name: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(state)
            self._model.load_weights(str(path))


def _another(model: Any) -> Any:
    """A new model like this one, with the same weights."""
    try:
        if hasattr(model, "eg_args"):
            new = keras_model_fns.get(model.catalogue_name)(*model.eg_args.args, **model.eg_args.kwargs)
            maybe_handshake_model(new)
        else:
            new = type(model).from_config(model.get_config())
            if not new.built and model.built:
                new.build_from_config(model.get_build_config())
        new.set_weights(model.get_weights())
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(
            f"TensorFlowShim: a copy needs a model that can be constructed again; {type(model).__name__} "
            f"must have a get_config of its own or be decorated with @keras_subclass ({error})"
        ) from error
    return new


def _assign(variables: Sequence[Any], arrays: Sequence[Any]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _name(variable: Any) -> str:
    """The variable's full name: `path` since Keras 3, where names are short."""
    return getattr(variable, "path", variable.name)


def _device(device_type: str, device_id: int) -> str:
    return "/CPU:0" if device_type == "cpu" else f"/GPU:{device_id}"


def _check_built(model: Any, method: str) -> None:
    if not model.weights and not model.built:
        raise ValueError(
            f"TensorFlowShim.{method}: the model must have been built; call it on data once (its layers "
            "have no weights before)"
        )

"""PyTorch modules as layers. How arrays and tensors are converted is in `_torch_conversion`."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..shims import PyTorchGradScaler, PyTorchShim
from ._conversion import forward
from ._torch_conversion import (  # noqa: F401
    convert_pytorch_default_inputs,
    convert_pytorch_default_outputs,
    convert_rnn_inputs,
    convert_rnn_outputs,
    wrapped,
)

__all__ = ["PyTorchRNNWrapper", "PyTorchWrapper", "PyTorchWrapper_v2", "PyTorchWrapper_v3", "forward"]

ConverterT = Callable | None


@registry.layers("PyTorchRNNWrapper.v1")
def PyTorchRNNWrapper(
    pytorch_model: Any, convert_inputs: ConverterT = None, convert_outputs: ConverterT = None
) -> Model:
    """A recurrent module, time first, for Padded: its output is a pair, of which the state is dropped."""
    inputs, outputs = convert_inputs or convert_rnn_inputs, convert_outputs or convert_rnn_outputs
    return PyTorchWrapper(pytorch_model, inputs, outputs)


@registry.layers("PyTorchWrapper.v1")
def PyTorchWrapper(
    pytorch_model: Any, convert_inputs: ConverterT = None, convert_outputs: ConverterT = None
) -> Model[Any, Any]:
    """`PyTorchWrapper_v3` with the defaults of all other arguments."""
    return PyTorchWrapper_v3(pytorch_model, convert_inputs, convert_outputs)


@registry.layers("PyTorchWrapper.v2")
def PyTorchWrapper_v2(
    pytorch_model: Any, convert_inputs: ConverterT = None, convert_outputs: ConverterT = None,
    mixed_precision: bool = False, grad_scaler: PyTorchGradScaler | None = None, device: Any = None,
) -> Model[Any, Any]:  # fmt: skip
    """`PyTorchWrapper_v3` with the default serialization."""
    precision = mixed_precision, grad_scaler, device
    return PyTorchWrapper_v3(pytorch_model, convert_inputs, convert_outputs, *precision)


@registry.layers("PyTorchWrapper.v3")
def PyTorchWrapper_v3(
    pytorch_model: Any, convert_inputs: ConverterT = None, convert_outputs: ConverterT = None,
    mixed_precision: bool = False, grad_scaler: PyTorchGradScaler | None = None, device: Any = None,
    serialize_model: Callable[[Any], bytes] | None = None,
    deserialize_model: Callable[[Any, bytes, Any], Any] | None = None,
) -> Model[Any, Any]:  # fmt: skip
    """A PyTorch module as a layer: `Y = module(X)`.

    Arrays become tensors and back, at any depth of lists, tuples and dicts. A list or tuple X gives
    the positional arguments, a dict the named ones, an `ArgsKwargs` both. The gradient of an output
    with several tensors may hold None for those that the loss does not depend on. Dimensions are
    not inferred: set nO and nI where another layer asks for them.

    Args:
        pytorch_model: the module.
        convert_inputs: `(model, X, is_train) -> (ArgsKwargs of tensors, gradients -> dX)`.
        convert_outputs: `(model, (X, output), is_train) -> (Y, dY -> ArgsKwargs)`, the latter for
            `torch.autograd.backward`, with gradients under `grad_tensors`.
        mixed_precision, grad_scaler, device, serialize_model, deserialize_model: as for `PyTorchShim`.
    Raises:
        ImportError: PyTorch is not there (it is a ValueError as well).
    """
    precision = mixed_precision, grad_scaler, device
    shim = PyTorchShim(pytorch_model, None, None, *precision, serialize_model, deserialize_model)
    return wrapped("pytorch", shim, convert_inputs, convert_outputs)

"""TorchScript modules as layers."""

from collections.abc import Callable
from typing import Any

from .. import compat
from ..model import Model
from ..shims import PyTorchGradScaler, PyTorchShim, TorchScriptShim
from ._conversion import forward
from ._torch_conversion import (  # noqa: F401
    convert_pytorch_default_inputs,
    convert_pytorch_default_outputs,
    wrapped,
)

__all__ = ["TorchScriptWrapper_v1", "forward", "pytorch_to_torchscript_wrapper"]


def TorchScriptWrapper_v1(
    torchscript_model: Any | None = None,
    convert_inputs: Callable | None = None,
    convert_outputs: Callable | None = None,
    mixed_precision: bool = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any | None = None,
) -> Model[Any, Any]:
    """A TorchScript module as a layer. Its bytes include the module's code: load only what you trust.

    Args:
        torchscript_model: the module, or None to load one.
        The others as for `PyTorchWrapper_v2`.
    Raises:
        ImportError: PyTorch is not there.
        ValueError: the module is not a TorchScript module.
    """
    shim = TorchScriptShim(
        torchscript_model, mixed_precision=mixed_precision, grad_scaler=grad_scaler, device=device
    )
    return wrapped("pytorch_script", shim, convert_inputs, convert_outputs)


def pytorch_to_torchscript_wrapper(model: Model) -> Model[Any, Any]:
    """A layer with the compiled module of a PyTorch layer, its converters and its precision.

    Raises:
        ValueError: the model does not wrap a PyTorch module.
    """
    shim = model.shims[0]
    if not isinstance(shim, PyTorchShim):
        raise ValueError(
            f"Expected PyTorchShim when converting a PyTorch wrapper; got {type(shim).__name__}"
        )
    module = shim._model
    if not isinstance(module, compat.torch.nn.Module):
        raise ValueError(f"PyTorchShim does not wrap a PyTorch module; got {type(module).__name__}")
    return TorchScriptWrapper_v1(
        compat.torch.jit.script(module),
        convert_inputs=model.attrs["convert_inputs"],
        convert_outputs=model.attrs["convert_outputs"],
        mixed_precision=shim._mixed_precision,
        grad_scaler=shim._grad_scaler,
        device=shim.device,
    )

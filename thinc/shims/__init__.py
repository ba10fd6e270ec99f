"""Shims: models of other frameworks, wrapped so that a `Model` can train and store them."""

from .jax import JaxShim
from .mxnet import MXNetShim
from .pytorch import PyTorchShim
from .pytorch_grad_scaler import PyTorchGradScaler
from .shim import Shim
from .tensorflow import TensorFlowShim, keras_model_fns, maybe_handshake_model
from .torchscript import TorchScriptShim

__all__ = [
    "JaxShim",
    "MXNetShim",
    "PyTorchGradScaler",
    "PyTorchShim",
    "Shim",
    "TensorFlowShim",
    "TorchScriptShim",
    "keras_model_fns",
    "maybe_handshake_model",
]

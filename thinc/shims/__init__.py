"""Shims: models of other frameworks, wrapped so that a `Model` can train and store them."""

from .pytorch import PyTorchShim
from .pytorch_grad_scaler import PyTorchGradScaler
from .shim import Shim
from .torchscript import TorchScriptShim

__all__ = ["PyTorchGradScaler", "PyTorchShim", "Shim", "TorchScriptShim"]

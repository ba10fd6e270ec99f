"""`TorchScriptShim`: a compiled PyTorch module, stored with its code."""

import io
from typing import Any

from .. import _msgpack, compat
from ..backends.convert import assert_pytorch_installed, get_torch_default_device
from ._message import message
from .pytorch import PyTorchShim
from .pytorch_grad_scaler import PyTorchGradScaler

__all__ = ["TorchScriptShim"]


class TorchScriptShim(PyTorchShim):
    """A TorchScript module as a part of a `Model`.

    Its bytes hold code as well as weights: load only what you trust.

    Args:
        model: the module, or None to load one later. The others as for `PyTorchShim`.
    Raises:
        ImportError: PyTorch is not there.
        ValueError: the module is not a TorchScript module.
    """

    def __init__(
        self,
        model: Any,
        config: dict | None = None,
        optimizer: Any = None,
        mixed_precision: bool = False,
        grad_scaler: PyTorchGradScaler | None = None,
        device: Any = None,
    ):
        if model is not None:
            assert_pytorch_installed()
            if not isinstance(model, compat.torch.jit.ScriptModule):
                raise ValueError(
                    "PyTorchScriptShim must be initialized with ScriptModule or None (for deserialization); "
                    f"got {type(model).__name__}"
                )
        super().__init__(model, config, optimizer, mixed_precision, grad_scaler, device)

    def to_bytes(self) -> bytes:
        """MessagePack of `config` and `model`, the latter in TorchScript's own format."""
        buffer = io.BytesIO()
        compat.torch.jit.save(self._model, buffer)
        return _msgpack.dumps({"config": self.cfg, "model": buffer.getvalue()})

    def from_bytes(self, bytes_data: bytes) -> "TorchScriptShim":
        """Load what `to_bytes` gave, code included, onto the device of the current ops.

        Raises:
            ValueError: not such data.
        """
        loaded = message(self, bytes_data, "model")
        device = get_torch_default_device()
        # TorchScript cannot load straight onto Apple's device.
        first = compat.torch.device("cpu") if device.type == "mps" else device
        model = compat.torch.jit.load(io.BytesIO(loaded["model"]), map_location=first)
        model.to(device)
        self._model, self.cfg = model, loaded["config"]
        self._grad_scaler.to_(device)
        return self

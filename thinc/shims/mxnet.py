"""`MXNetShim`: a Gluon network that a `Model` runs, trains and stores."""

import copy
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import _msgpack, compat
from ..backends import get_current_ops
from ..backends.convert import is_mxnet_array, mxnet2xp, xp2mxnet
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._flat import flattened, unflattened
from ._message import message
from .shim import Shim

__all__ = ["MXNetShim"]


class MXNetShim(Shim):
    """A Gluon network as a part of a `Model`.

    Optimizers see all its parameters as one vector, under the key `(shim.id, "mxnet-shim")`.

    Args:
        model: the network; None to construct a shim without MXNet.
        config: settings, stored with the weights.
        optimizer: kept as `_optimizer`, not used.
    """

    _has_gradients = False

    @property
    def _key(self) -> tuple[int, str]:
        return (self.id, "mxnet-shim")

    def __call__(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Callable]:
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), _refuse_backprop

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The network's output, without recording gradients."""
        with compat.mxnet.autograd.pause(train_mode=False):
            return self._model(*inputs.args, **inputs.kwargs)

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[[ArgsKwargs], Any]]:
        """The network's output in training, and the callback that runs its backward pass.

        The callback takes the arguments of `mxnet.autograd.backward`, adds to the gradients of the
        parameters, and returns `inputs` with each array replaced by its gradient.
        """
        for param in self._model.collect_params().values():
            if param.grad_req == "write":
                param.grad_req = "add"
        with compat.mxnet.autograd.record(train_mode=True):
            output = self._model(*inputs.args, **inputs.kwargs)

        def backprop(grads: ArgsKwargs) -> Any:
            if grads.args[0]:
                compat.mxnet.autograd.backward(*grads.args, **grads.kwargs)
                self._has_gradients = True
            return convert_recursive(is_mxnet_array, lambda array: array.grad, inputs)

        return output, backprop

    def finish_update(self, optimizer: Callable) -> None:
        """Update all parameters at once, by `optimizer((shim.id, "mxnet-shim"), params, grads)`.

        Nothing happens before the first backward pass.
        """
        if not self._has_gradients:
            return
        params = self._trained()
        weights = flattened([mxnet2xp(param.data()) for param in params])
        gradients = flattened([mxnet2xp(param.grad()) for param in params])
        updated, _ = optimizer(self._key, weights, gradients)
        self._set(params, updated)
        for param in params:
            param.zero_grad()

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the block, use the vector of weights under the key of `finish_update`, if there is one."""
        if self._key not in params:
            yield
            return
        trained = self._trained()
        before = [param.data().copy() for param in trained]
        try:
            self._set(trained, params[self._key])
            yield
        finally:
            for param, array in zip(trained, before, strict=True):
                param.set_data(array)

    def _trained(self) -> list[Any]:
        return [param for param in self._model.collect_params().values() if param.grad_req != "null"]

    def _set(self, params: list[Any], vector: Any) -> None:
        arrays = unflattened(vector, [mxnet2xp(param.data()) for param in params])
        for param, array in zip(params, arrays, strict=True):
            param.set_data(xp2mxnet(array))

    def copy(self, ctx: Any = None) -> "MXNetShim":
        """A copy of network and settings, with an id of its own, on another device if `ctx` is one."""
        copied = copy.copy(self)
        copied.cfg, copied._model = copy.deepcopy(self.cfg), copy.deepcopy(self._model)
        copied.id = Shim._next_id()
        if ctx is not None:
            copied._model.collect_params().reset_ctx(ctx=ctx)
        return copied

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the network to the "cpu" or the "gpu" with that number.

        Raises:
            ValueError: any other device type.
        """
        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"Unexpected device_type: {device_type}. Try 'cpu' or 'gpu'")
        context = compat.mxnet.cpu() if device_type == "cpu" else compat.mxnet.gpu(device_id)
        self._model.collect_params().reset_ctx(ctx=context)

    def to_bytes(self) -> bytes:
        """MessagePack of `config` and `state`, the latter in MXNet's own format of parameters."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "params"
            self._model.save_parameters(str(path))
            return _msgpack.dumps({"config": self.cfg, "state": path.read_bytes()})

    def from_bytes(self, bytes_data: bytes) -> "MXNetShim":
        """Load what `to_bytes` gave into a network of the same layers, onto the device of the current ops.

        Raises:
            ValueError: not such data. MXNet's errors, if the weights do not fit the network.
        """
        loaded = message(self, bytes_data, "state")
        mxnet = compat.mxnet
        ops = get_current_ops()
        context = mxnet.cpu() if ops.device_type == "cpu" else mxnet.gpu(ops.device_id)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "params"
            path.write_bytes(loaded["state"])
            self._model.load_parameters(str(path), ctx=context)
        self.cfg = loaded["config"]
        return self


def _refuse_backprop(grads: Any) -> Any:
    raise ValueError("MXNetShim: cannot backprop after predict; use begin_update or is_train=True")

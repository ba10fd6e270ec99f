"""`PyTorchShim`: a PyTorch module that a `Model` runs, trains and stores.

Tensors and arrays share memory, so that our optimizers update a module's parameters in place.
The module's mode (training or evaluation) is set for each call and put back after it.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .. import _msgpack, compat
from ..backends import CupyOps, context_pools, get_current_ops, set_gpu_allocator
from ..backends.convert import get_torch_default_device, is_torch_array, is_xp_array, torch2xp, xp2torch
from ..optimizers import updated
from ..types import ArgsKwargs
from ..util import convert_recursive, iterate_recursive
from ._message import message
from .pytorch_grad_scaler import PyTorchGradScaler
from .shim import Shim

__all__ = ["PyTorchShim", "default_deserialize_torch_model", "default_serialize_torch_model"]


class PyTorchShim(Shim):
    """A PyTorch module as a part of a `Model`.

    Optimizers see its parameters under the keys `(shim.id, parameter name)`.

    Args:
        model: the module, moved to the device; None to load one later.
        config: settings, stored with the weights.
        optimizer: kept as `_optimizer`, not used.
        mixed_precision: whether CUDA runs in float16 where that is safe.
        grad_scaler: for mixed precision; a `PyTorchGradScaler` with its defaults if not given.
        device: of the module; None means that of the current ops.
        serialize_model: `(module) -> bytes`; the state dict if not given.
        deserialize_model: `(module, bytes, device) -> module`; the reverse.
    Raises:
        ImportError: PyTorch is not there (it is a ValueError as well).
    """

    _frozen: bool = False

    def __init__(
        self,
        model: Any,
        config: dict | None = None,
        optimizer: Any = None,
        mixed_precision: bool = False,
        grad_scaler: PyTorchGradScaler | None = None,
        device: Any = None,
        serialize_model: Callable[[Any], bytes] | None = None,
        deserialize_model: Callable[[Any, bytes, Any], Any] | None = None,
    ):
        super().__init__(model, config, optimizer)
        if device is None:
            device = get_torch_default_device()
        if model is not None:
            model.to(device)
        self._mixed_precision = mixed_precision
        self._grad_scaler = PyTorchGradScaler(mixed_precision) if grad_scaler is None else grad_scaler
        self._grad_scaler.to_(device)
        self._serialize_model = serialize_model or default_serialize_torch_model
        self._deserialize_model = deserialize_model or default_deserialize_torch_model
        if isinstance(get_current_ops(), CupyOps) and "pytorch" not in context_pools.get():
            set_gpu_allocator("pytorch")
            compat.cupy.get_default_memory_pool().free_all_blocks()

    def set_frozen(self, frozen: bool) -> None:
        """Stop or resume computing gradients of the parameters in training; those there are become zeros."""
        self._frozen = frozen
        for param in self._model.parameters() if self._model is not None else ():
            if param.grad is not None:
                param.grad.zero_()

    @property
    def device(self) -> Any:
        """Where the module's first parameter is; the default device if it has none."""
        first = next(self._model.parameters(), None)
        return get_torch_default_device() if first is None else first.device

    def __call__(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Callable]:
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), _refuse_backprop

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The module's output in evaluation mode, without recording gradients."""
        with _Mode(self._model, False), compat.torch.no_grad():
            return self._run(inputs)

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[[ArgsKwargs], Any]]:
        """The module's output in training mode, and the callback that runs its backward pass.

        The callback takes the arguments of `torch.autograd.backward`, adds to the gradients of the
        parameters, unless they are frozen, and returns `inputs` with each tensor replaced by its
        gradient, None for those that have none.
        """
        frozen = self._frozen
        with _Mode(self._model, True), _Constant(self._model, frozen):
            output = self._run(inputs)

        def backprop(grads: ArgsKwargs) -> Any:
            if "grad_tensors" in grads.kwargs:
                grads.kwargs["grad_tensors"] = self._grad_scaler.scale(grads.kwargs["grad_tensors"])
            for tensor in iterate_recursive(is_torch_array, inputs):
                if tensor.requires_grad and not tensor.is_leaf:
                    tensor.retain_grad()
            if frozen and not _has_history(grads):
                return convert_recursive(is_torch_array, lambda tensor: tensor.grad, inputs)
            # A module may run parts of its forward pass again, to save memory.
            with _Mode(self._model, True), _Constant(self._model, frozen):
                compat.torch.autograd.backward(*grads.args, **grads.kwargs)
            self._unscale(inputs)
            return convert_recursive(is_torch_array, lambda tensor: tensor.grad, inputs)

        return output, backprop

    def _run(self, inputs: ArgsKwargs) -> Any:
        if not self._mixed_precision:
            return self._model(*inputs.args, **inputs.kwargs)
        with compat.torch.autocast("cuda"):
            return self._model(*inputs.args, **inputs.kwargs)

    def _unscale(self, inputs: ArgsKwargs) -> None:
        """Take the scale out of all gradients; zero those of the inputs after an overflow."""
        if not self._grad_scaler._enabled:
            return
        of_inputs = [t.grad for t in iterate_recursive(is_torch_array, inputs) if t.grad is not None]
        of_params = [p.grad for p in self._model.parameters() if p.grad is not None]
        if self._grad_scaler.unscale(of_params + of_inputs):
            for gradient in of_inputs:
                gradient.zero_()

    def finish_update(self, optimizer: Callable) -> None:
        """Update every parameter that has a gradient, unless one overflowed; zero the gradients.

        `optimizer((shim.id, name), param, grad)` gets arrays that share memory with the module.
        """
        found = [(name, p) for name, p in self._model.named_parameters() if p.grad is not None]
        if not self._grad_scaler.found_inf:
            updates = [((self.id, name), _array(p.data), _array(p.grad)) for name, p in found]
            for (_, param), array in zip(found, updated(optimizer, updates), strict=True):
                _store(param.data, array)
        for _, param in found:
            param.grad.zero_()
        self._grad_scaler.update()

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the block, use other weights; afterwards the present ones, whatever the block does.

        Args:
            params: arrays by `(shim.id, parameter name)`, as in an optimizer's averages; or a
                complete state dict, its names prefixed with `pytorch_{shim.id}_`. Other keys are
                ignored.
        """
        if self._model is None:
            yield
            return
        prefix = f"pytorch_{self.id}_"
        state = {
            key[len(prefix) :]: xp2torch(value, device=self.device) if is_xp_array(value) else value
            for key, value in params.items()
            if isinstance(key, str) and key.startswith(prefix)
        }
        by_name = [
            (param.data, params[(self.id, name)])
            for name, param in self._model.named_parameters()
            if (self.id, name) in params
        ]
        changed = _tensors(self._model) if state else [tensor for tensor, _ in by_name]
        with _restored(changed):
            if state:
                self._model.load_state_dict(state)
            for tensor, array in by_name:
                _store(tensor, array)
            yield

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the module to the "cpu" or the "gpu" (CUDA, else Apple's) with that number.

        Raises:
            ValueError: any other device type.
        """
        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"Invalid device_type: {device_type}. Try 'cpu' or 'gpu'")
        if device_type == "gpu":
            on_mps = compat.has_torch_mps_gpu and not compat.has_torch_cuda_gpu
            device_type = "mps" if on_mps else f"cuda:{device_id}"
        device = compat.torch.device(device_type)
        self._model.to(device)
        self._grad_scaler.to_(device)

    def to_bytes(self) -> bytes:
        """MessagePack of `config` and `state`, the latter from `serialize_model`."""
        return _msgpack.dumps({"config": self.cfg, "state": self._serialize_model(self._model)})

    def from_bytes(self, bytes_data: bytes) -> "PyTorchShim":
        """Load what `to_bytes` gave, onto the device of the current ops.

        Raises:
            ValueError: not such data.
        """
        loaded = message(self, bytes_data, "state")
        device = get_torch_default_device()
        self._model = self._deserialize_model(self._model, loaded["state"], device)
        self.cfg = loaded["config"]
        self._grad_scaler.to_(device)
        return self

    def way_back(self) -> Callable[[], None]:
        """A function that brings back the present state, for when another part of a model fails to load."""
        attributes = dict(self.__dict__)
        saved = [] if self._model is None else [tensor.clone() for tensor in _tensors(self._model)]

        def put_back() -> None:
            self.__dict__.update(attributes)
            if self._model is not None:
                _copy(_tensors(self._model), saved)

        return put_back


def default_serialize_torch_model(model: Any) -> bytes:
    """The state dict in PyTorch's own format."""
    buffer = io.BytesIO()
    compat.torch.save(model.state_dict(), buffer)
    return buffer.getvalue()


def default_deserialize_torch_model(
    model: Any, state_bytes: bytes, device: Any, weights_only: bool = True
) -> Any:
    """Load a state dict into a module, all or nothing; returns the module, on the device.

    Args:
        weights_only: False also loads what Python's `pickle` can build, which can run any code.
            Ask for it with `functools.partial`, for files that you made yourself.
    Raises:
        ValueError: this PyTorch cannot load untrusted weights (it is older than 2.6).
        RuntimeError, pickle.UnpicklingError: the weights don't fit the module, or aren't weights.
    """
    torch = compat.torch
    if weights_only and compat.torch_version < type(compat.torch_version)("2.6"):
        raise ValueError(
            "default_deserialize_torch_model: torch >= 2.6 is required to load weights safely; got "
            f"{torch.__version__}. Pass weights_only=False for a file that you trust"
        )
    state = torch.load(io.BytesIO(state_bytes), map_location=device, weights_only=weights_only)
    tensors = _tensors(model)
    with _restored([] if _fits(model, state) else tensors, only_after_errors=True):
        model.load_state_dict(state)
    model.to(device)
    return model


def _refuse_backprop(grads: Any) -> Any:
    raise ValueError("PyTorchShim: cannot backprop after predict; use begin_update or is_train=True")


class _Mode:
    """Within a `with` block a module is in training or evaluation mode, its parts as before after it.

    Parts of a training module that somebody has put into evaluation mode remain there. `train` is
    called where it is overridden; elsewhere the flags are written, since the call takes 3 us per part.
    """

    __slots__ = ("model", "training", "changed", "plain")

    def __init__(self, model: Any, training: bool):
        self.model = model
        self.training = training

    def __enter__(self) -> None:
        model, training = self.model, self.training
        if training and model.training:
            self.changed = []
            return
        self.changed = [part for part in model.modules() if part.training is not training]
        self.plain = _has_plain_mode(self.changed)
        if self.plain:
            for part in self.changed:
                part.__dict__["training"] = training
        else:
            model.train(training)

    def __exit__(self, *error: Any) -> None:
        previous = not self.training
        if not self.changed or self.plain:
            for part in self.changed:
                part.__dict__["training"] = previous
            return
        changed = set(map(id, self.changed))
        self.model.train(previous if id(self.model) in changed else self.training)
        for part in self.model.modules():
            mode = previous if id(part) in changed else self.training
            if part.training is not mode:
                part.training = mode


class _Constant:
    """Within a `with` block the parameters of a frozen module record no gradients."""

    __slots__ = ("params",)

    def __init__(self, model: Any, frozen: bool):
        self.params = [param for param in model.parameters() if param.requires_grad] if frozen else []

    def __enter__(self) -> None:
        for param in self.params:
            param.requires_grad_(False)

    def __exit__(self, *error: Any) -> None:
        for param in self.params:
            param.requires_grad_(True)


def _has_history(grads: ArgsKwargs) -> bool:
    """Whether any of the tensors to start from depends on one that records gradients."""
    return any(tensor.requires_grad for tensor in iterate_recursive(is_torch_array, grads.args))


def _has_plain_mode(parts: list[Any]) -> bool:
    """Whether the mode of modules is but a flag: none overrides how it is set or stored."""
    Module = compat.torch.nn.Module
    return all(
        type(part).train is Module.train and type(part).eval is Module.eval and "training" in part.__dict__
        for part in parts
    )


def _tensors(model: Any) -> list[Any]:
    """The parameters and buffers of a module."""
    return [tensor.data for tensor in (*model.parameters(), *model.buffers())]


def _fits(model: Any, state: Any) -> bool:
    """Whether a state dict has the names and shapes of the module's."""
    present = model.state_dict()
    return (
        isinstance(state, dict)
        and state.keys() == present.keys()
        and all(getattr(state[k], "shape", None) == getattr(v, "shape", None) for k, v in present.items())
    )


@contextmanager
def _restored(tensors: list[Any], only_after_errors: bool = False) -> Iterator[None]:
    """After the block, the tensors hold what they held before it."""
    saved = [tensor.clone() for tensor in tensors]
    restore = True
    try:
        yield
        restore = not only_after_errors
    finally:
        if restore:
            _copy(tensors, saved)


def _copy(tensors: list[Any], contents: list[Any]) -> None:
    for tensor, content in zip(tensors, contents, strict=True):
        tensor.copy_(content)


def _array(tensor: Any) -> Any:
    """The numbers of a parameter or gradient, as an array with at least one dimension.

    Memory is shared wherever an array can hold the numbers: a complex one becomes pairs of real
    numbers, bfloat16 and sparse tensors are copied.
    """
    torch = compat.torch
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    return torch2xp(tensor if tensor.ndim else tensor.reshape(1))


def _store(tensor: Any, array: Any) -> None:
    """Copy an array of the form that `_array` gives into the tensor, unless it shares its memory."""
    source = xp2torch(array, device=tensor.device)
    if source.data_ptr() == tensor.data_ptr():
        return
    target = compat.torch.view_as_real(tensor) if tensor.is_complex() else tensor
    target.copy_(source.reshape(target.shape))

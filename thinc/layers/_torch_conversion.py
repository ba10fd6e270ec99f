"""What goes into a PyTorch module and what comes out: arrays as tensors, and back, with gradients."""

from collections.abc import Callable
from typing import Any

from .. import compat
from ..backends.convert import is_torch_array, is_xp_array, torch2xp, xp2torch
from ..model import Model
from ..shims import Shim
from ..types import ArgsKwargs, Padded
from ..util import convert_recursive
from ._conversion import arguments, forward, paired
from ._recurrent import packed


def wrapped(
    name: str, shim: Shim, convert_inputs: Callable | None, convert_outputs: Callable | None
) -> Model[Any, Any]:
    """The layer around a shim of PyTorch."""
    converters = {
        "convert_inputs": convert_inputs or convert_pytorch_default_inputs,
        "convert_outputs": convert_outputs or convert_pytorch_default_outputs,
    }
    return Model(name, forward, attrs=converters, shims=[shim], dims={"nI": None, "nO": None})


def convert_pytorch_default_inputs(
    model: Model, X: Any, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """The arrays in X as tensors, arguments of a call; gradients come back in the structure of X.

    In training floating-point arrays record gradients. Within a structure other arrays pass without
    one; a single array of integers is refused by PyTorch.
    """
    device = _device(model)
    if is_xp_array(X):
        Xt = xp2torch(X, requires_grad=is_train, device=device)
        return ArgsKwargs(args=(Xt,), kwargs={}), lambda dXt: _arrays(dXt.args[0])

    def tensor(array: Any) -> Any:
        return xp2torch(array, requires_grad=is_train and array.dtype.kind in "fc", device=device)

    return arguments(X, tensor, _arrays)


def convert_pytorch_default_outputs(
    model: Model, X_Yt: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
    """The tensors in the output as arrays; gradients are taken in the same structure.

    A gradient, a part of it or a key may be missing (None): nothing flows back from there.
    """
    _, Yt = X_Yt

    def tensor(array: Any) -> Any:
        return xp2torch(array, device=_device(model))

    def get_dYt(dY: Any) -> ArgsKwargs:
        dYt = convert_recursive(is_xp_array, tensor, dY)
        # A single output without a history is passed on, so that PyTorch words the error.
        pairs = [
            (output, gradient)
            for output, gradient, is_part in paired(model.name, is_torch_array, Yt, dYt)
            if output.requires_grad or not is_part
        ]
        outputs, gradients = zip(*pairs, strict=True) if pairs else ((), ())
        return ArgsKwargs(args=(outputs,), kwargs={"grad_tensors": gradients})

    return _arrays(Yt), get_dYt


def convert_rnn_inputs(
    model: Model, Xp: Padded, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Padded]]:
    """The data of a Padded, and no initial state."""
    Xt = xp2torch(Xp.data, requires_grad=True, device=_device(model))

    def get_dX(dXt: ArgsKwargs) -> Padded:
        return Padded(torch2xp(dXt.args[0]), Xp.size_at_t, Xp.lengths, Xp.indices)

    return ArgsKwargs(args=(Xt, None), kwargs={}), get_dX


def convert_rnn_outputs(
    model: Model, inputs_outputs: tuple[Padded, tuple[Any, Any]], is_train: bool
) -> tuple[Padded, Callable[[Padded], ArgsKwargs]]:
    """The first of a pair of outputs, as a Padded of the input's sequences."""
    Xp, (Yt, _) = inputs_outputs

    def get_dYt(dYp: Padded) -> ArgsKwargs:
        dYt = xp2torch(dYp.data, device=_device(model))
        return ArgsKwargs(args=(Yt,), kwargs={"grad_tensors": dYt})

    return Padded(torch2xp(Yt), Xp.size_at_t, Xp.lengths, Xp.indices), get_dYt


def convert_packed_inputs(
    model: Model, Xp: Padded, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Padded]]:
    """The rows of a Padded that are not padding, as a PackedSequence."""
    torch = compat.torch
    rows, restored = packed(model, Xp, None)
    Xt = xp2torch(rows, requires_grad=is_train, device=_device(model))
    sizes = torch.as_tensor([int(size) for size in Xp.size_at_t if size], dtype=torch.int64)
    sequence = torch.nn.utils.rnn.PackedSequence(Xt, sizes)
    return ArgsKwargs(args=(sequence,), kwargs={}), lambda dXt: restored(torch2xp(dXt.args[0].data))


def convert_packed_outputs(
    model: Model, inputs_outputs: tuple[Padded, tuple[Any, Any]], is_train: bool
) -> tuple[Padded, Callable[[Padded], ArgsKwargs]]:
    """The first of a pair of outputs, a PackedSequence, as a Padded of the input's sequences."""
    Xp, (Yt, _) = inputs_outputs
    _, restored = packed(model, Xp, None)

    def get_dYt(dYp: Padded) -> ArgsKwargs:
        dYt = xp2torch(packed(model, dYp, None)[0], device=_device(model))
        return ArgsKwargs(args=(Yt.data,), kwargs={"grad_tensors": dYt})

    return restored(torch2xp(Yt.data)), get_dYt


def _device(model: Model) -> Any:
    shim: Any = model.shims[0]
    return shim.device


def _arrays(tensors: Any) -> Any:
    if is_torch_array(tensors):
        return torch2xp(tensors)
    return convert_recursive(is_torch_array, torch2xp, tensors)

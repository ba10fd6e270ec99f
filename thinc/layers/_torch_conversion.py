"""What goes into a PyTorch module and what comes out: arrays as tensors, and back, with gradients."""

from collections.abc import Callable, Iterator
from typing import Any

from .. import compat
from ..backends.convert import is_torch_array, is_xp_array, torch2xp, xp2torch
from ..model import Model
from ..shims import Shim
from ..types import ArgsKwargs, Padded
from ..util import convert_recursive
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


def forward(model: Model, X: Any, is_train: bool) -> tuple[Any, Callable]:
    """Run the wrapped module, between the two converters of the layer."""
    Xt, get_dX = model.attrs["convert_inputs"](model, X, is_train)
    Yt, backprop_module = model.shims[0](Xt, is_train)
    Y, get_dYt = model.attrs["convert_outputs"](model, (X, Yt), is_train)

    def backprop(dY: Any) -> Any:
        return get_dX(backprop_module(get_dYt(dY)))

    return Y, backprop


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

    Xt = convert_recursive(is_xp_array, tensor, X)
    if isinstance(X, ArgsKwargs):
        return Xt, _arrays
    if isinstance(X, dict):
        return ArgsKwargs(args=(), kwargs=Xt), lambda dXt: _arrays(dXt.kwargs)
    if isinstance(X, (tuple, list)):
        return ArgsKwargs(args=tuple(Xt), kwargs={}), lambda dXt: _arrays(dXt.args)
    return ArgsKwargs(args=(Xt,), kwargs={}), lambda dXt: _arrays(dXt.args[0])


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
        pairs = list(_pairs(Yt, dYt, model.name))
        return ArgsKwargs(
            args=(tuple(output for output, _ in pairs),),
            kwargs={"grad_tensors": [gradient for _, gradient in pairs]},
        )

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


def _pairs(Yt: Any, dYt: Any, name: str) -> Iterator[tuple[Any, Any]]:
    """Each output that takes part in the backward pass, with its gradient.

    An output without a history is passed on only if it is the only one, so that PyTorch words the error.
    """
    if dYt is None:
        return
    if is_torch_array(Yt):
        if not is_torch_array(dYt):
            raise ValueError(f"{name}: the gradient of an array must be an array; got {type(dYt).__name__}")
        yield Yt, dYt
    elif isinstance(Yt, dict) and isinstance(dYt, dict):
        unknown = dYt.keys() - Yt.keys()
        if unknown:
            raise ValueError(f"{name}: dY must have keys of Y, {list(Yt)}; got {sorted(unknown, key=str)}")
        for key, gradient in dYt.items():
            yield from _differentiable(Yt[key], gradient, name)
    elif isinstance(Yt, (tuple, list)) and isinstance(dYt, (tuple, list)):
        if len(Yt) != len(dYt):
            raise ValueError(f"{name}: dY must have {len(Yt)} parts, as Y has; got {len(dYt)}")
        for output, gradient in zip(Yt, dYt, strict=True):
            yield from _differentiable(output, gradient, name)
    elif isinstance(Yt, (dict, tuple, list)):
        raise ValueError(
            f"{name}: dY must be a {type(Yt).__name__}, as Y is; got {type(dYt).__name__}"
        )


def _differentiable(Yt: Any, dYt: Any, name: str) -> Iterator[tuple[Any, Any]]:
    for output, gradient in _pairs(Yt, dYt, name):
        if output.requires_grad:
            yield output, gradient

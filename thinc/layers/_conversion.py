"""What the wrappers of all frameworks share: arguments from inputs, and gradients beside outputs."""

from collections.abc import Callable, Iterator
from typing import Any

from ..backends.convert import is_xp_array
from ..model import Model
from ..types import ArgsKwargs
from ..util import convert_recursive


def forward(model: Model, X: Any, is_train: bool) -> tuple[Any, Callable]:
    """Run the wrapped module, between the two converters of the layer."""
    Xt, get_dX = model.attrs["convert_inputs"](model, X, is_train)
    Yt, backprop_module = model.shims[0](Xt, is_train)
    Y, get_dYt = model.attrs["convert_outputs"](model, (X, Yt), is_train)

    def backprop(dY: Any) -> Any:
        return get_dX(backprop_module(get_dYt(dY)))

    return Y, backprop


def arguments(
    X: Any, tensor: Callable[[Any], Any], arrays: Callable[[Any], Any]
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """The arguments of a call made of X, and the function that gives their gradients the structure of X.

    A list or tuple gives the positional arguments, a dict the named ones, an `ArgsKwargs` both,
    anything else a single argument.

    Args:
        tensor: makes a framework's tensor of an array.
        arrays: makes arrays of all tensors in a structure.
    """
    Xt = convert_recursive(is_xp_array, tensor, X)
    if isinstance(X, ArgsKwargs):
        return Xt, arrays
    if isinstance(X, dict):
        return ArgsKwargs(args=(), kwargs=Xt), lambda dXt: arrays(dXt.kwargs)
    if isinstance(X, (tuple, list)):
        return ArgsKwargs(args=tuple(Xt), kwargs={}), lambda dXt: arrays(dXt.args)
    return ArgsKwargs(args=(Xt,), kwargs={}), lambda dXt: arrays(dXt.args[0])


def paired(
    name: str, is_tensor: Callable[[Any], bool], Y: Any, dY: Any, is_part: bool = False
) -> Iterator[tuple[Any, Any, bool]]:
    """Each tensor of an output for which there is a gradient, the gradient, and whether it is one of several.

    Raises:
        ValueError: the gradients do not have the structure of the output.
    """
    if dY is None:
        return
    if is_tensor(Y):
        if not is_tensor(dY):
            raise ValueError(f"{name}: the gradient of an array must be an array; got {type(dY).__name__}")
        yield Y, dY, is_part
    elif isinstance(Y, dict) and isinstance(dY, dict):
        unknown = dY.keys() - Y.keys()
        if unknown:
            raise ValueError(f"{name}: dY must have keys of Y, {list(Y)}; got {sorted(unknown, key=str)}")
        for key, gradient in dY.items():
            yield from paired(name, is_tensor, Y[key], gradient, True)
    elif isinstance(Y, (tuple, list)) and isinstance(dY, (tuple, list)):
        if len(Y) != len(dY):
            raise ValueError(f"{name}: dY must have {len(Y)} parts, as Y has; got {len(dY)}")
        for output, gradient in zip(Y, dY, strict=True):
            yield from paired(name, is_tensor, output, gradient, True)
    elif isinstance(Y, (dict, tuple, list)):
        raise ValueError(f"{name}: dY must be a {type(Y).__name__}, as Y is; got {type(dY).__name__}")

"""What goes into a Keras model and what comes out: arrays as tensors, and back, with gradients."""

from collections.abc import Callable
from typing import Any

from ..backends.convert import is_tensorflow_array, is_xp_array, tensorflow2xp, xp2tensorflow
from ..model import Model
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._conversion import arguments, paired


def forward(model: Model, X: Any, is_train: bool) -> tuple[Any, Callable]:
    """Run the wrapped model, between the two converters of the layer."""
    shim, backprop_model = model.shims[0], _refuse_backprop
    Xtf, get_dX = model.attrs["convert_inputs"](model, X, is_train)
    if is_train:
        Ytf, backprop_model = shim(Xtf, is_train)
    else:
        Ytf = shim(Xtf, is_train)
    Y, get_dYtf = model.attrs["convert_outputs"](model, Ytf, is_train)

    def backprop(dY: Any) -> Any:
        return get_dX(backprop_model(get_dYtf(dY)))

    return Y, backprop


def convert_inputs(model: Model, X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable]:
    return arguments(X, lambda array: xp2tensorflow(array, requires_grad=is_train), _arrays)


def convert_outputs(model: Model, Ytf: Any, is_train: bool) -> tuple[Any, Callable]:
    def get_dYtf(dY: Any) -> list[tuple[Any, Any]]:
        dYtf = convert_recursive(is_xp_array, xp2tensorflow, dY)
        return [(Y, dY) for Y, dY, _ in paired(model.name, is_tensorflow_array, Ytf, dYtf)]

    return _arrays(Ytf), get_dYtf


def _arrays(structure: Any) -> Any:
    return convert_recursive(is_tensorflow_array, tensorflow2xp, structure)


def _refuse_backprop(gradient: Any) -> Any:
    raise ValueError("TensorFlowWrapper: cannot backprop after predict; use begin_update or is_train=True")

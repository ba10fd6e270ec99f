"""Gluon networks of MXNet as layers."""

from collections.abc import Callable
from typing import Any

from ..backends.convert import is_mxnet_array, is_xp_array, mxnet2xp, xp2mxnet
from ..config import registry
from ..model import Model
from ..shims import MXNetShim
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._conversion import arguments, forward, paired

__all__ = ["MXNetWrapper", "convert_mxnet_default_inputs", "convert_mxnet_default_outputs", "forward"]


@registry.layers("MXNetWrapper.v1")
def MXNetWrapper(
    mxnet_model: Any,
    convert_inputs: Callable | None = None,
    convert_outputs: Callable | None = None,
    model_class: type[Model] = Model,
    model_name: str = "mxnet",
) -> Model[Any, Any]:
    """A Gluon network as a layer: `Y = network(X)`, with arrays converted as in `PyTorchWrapper_v3`.

    Args:
        mxnet_model: the network, its parameters initialized.
        convert_inputs: `(model, X, is_train) -> (ArgsKwargs of MXNet arrays, gradients -> dX)`.
        convert_outputs: `(model, (X, output), is_train) -> (Y, dY -> ArgsKwargs)`, the latter for
            `mxnet.autograd.backward`, with gradients under `head_grads`.
        model_class: the class to construct.
        model_name: the layer's name.
    """
    converters = {
        "convert_inputs": convert_inputs or convert_mxnet_default_inputs,
        "convert_outputs": convert_outputs or convert_mxnet_default_outputs,
    }
    return model_class(model_name, forward, attrs=converters, shims=[MXNetShim(mxnet_model)])


def convert_mxnet_default_inputs(model: Model, X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable]:
    """The arrays in X as MXNet arrays; floating-point ones record gradients in training."""

    def tensor(array: Any) -> Any:
        return xp2mxnet(array, requires_grad=is_train and array.dtype.kind == "f")

    return arguments(X, tensor, _arrays)


def convert_mxnet_default_outputs(
    model: Model, X_Ymx: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable]:
    """The arrays of the output; gradients are taken in the same structure."""
    _, Ymx = X_Ymx

    def get_dYmx(dY: Any) -> ArgsKwargs:
        dYmx = convert_recursive(is_xp_array, xp2mxnet, dY)
        pairs = list(paired(model.name, is_mxnet_array, Ymx, dYmx))
        heads = [output for output, _, _ in pairs]
        return ArgsKwargs(args=(heads,), kwargs={"head_grads": [gradient for _, gradient, _ in pairs]})

    return _arrays(Ymx), get_dYmx


def _arrays(structure: Any) -> Any:
    return convert_recursive(is_mxnet_array, mxnet2xp, structure)

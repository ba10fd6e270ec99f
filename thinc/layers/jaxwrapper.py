"""Functions of JAX as layers."""

from collections.abc import Callable
from typing import Any

from ..backends.convert import is_jax_array, is_xp_array, jax2xp, xp2jax
from ..model import Model
from ..shims import JaxShim
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._conversion import arguments, forward, paired

__all__ = ["JaxWrapper", "convert_jax_default_inputs", "convert_jax_default_outputs", "forward"]


def JaxWrapper(
    function: Callable,
    params: Any,
    convert_inputs: Callable | None = None,
    convert_outputs: Callable | None = None,
    *,
    jit: bool = True,
    model_name: str = "jax",
) -> Model[Any, Any]:
    """A pure function and its parameters as a layer: `Y = function(params, X)`.

    Arrays are converted as in `PyTorchWrapper_v3`. Each combination of shapes is compiled once, so
    feed batches of few different shapes. What the function may be told, and how optimizers name the
    parameters, is in `JaxShim`.

    Args:
        function: of the parameters and the inputs, for instance `module.apply` of Flax.
        params: a tree of arrays.
        convert_inputs: `(model, X, is_train) -> (ArgsKwargs of JAX arrays, gradients -> dX)`.
        convert_outputs: `(model, (X, output), is_train) -> (Y, dY -> pairs)`, the latter as for
            `JaxShim.begin_update`.
        jit: whether to compile.
        model_name: the layer's name.
    Raises:
        ImportError: JAX is not there.
    Example:
        >>> JaxWrapper(lambda params, X: X @ params["W"], {"W": numpy.eye(2)})
    """
    converters = {
        "convert_inputs": convert_inputs or convert_jax_default_inputs,
        "convert_outputs": convert_outputs or convert_jax_default_outputs,
    }
    shim = JaxShim(function, params, jit=jit)
    return Model(model_name, forward, attrs=converters, shims=[shim], dims={"nI": None, "nO": None})


def convert_jax_default_inputs(model: Model, X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable]:
    """The arrays in X as JAX arrays."""
    return arguments(X, xp2jax, _arrays)


def convert_jax_default_outputs(model: Model, X_Yj: tuple[Any, Any], is_train: bool) -> tuple[Any, Callable]:
    """The arrays of the output; gradients are taken in the same structure."""
    _, Yj = X_Yj

    def get_dYj(dY: Any) -> list[tuple[Any, Any]]:
        dYj = convert_recursive(is_xp_array, xp2jax, dY)
        return [(output, gradient) for output, gradient, _ in paired(model.name, is_jax_array, Yj, dYj)]

    return _arrays(Yj), get_dYj


def _arrays(structure: Any) -> Any:
    return convert_recursive(is_jax_array, jax2xp, structure)

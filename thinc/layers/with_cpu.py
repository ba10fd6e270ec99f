"""A layer kept on the CPU within a model that may be elsewhere."""

from collections.abc import Callable
from typing import Any

from ..backends import Ops
from ..config import registry
from ..model import Model
from ._width import copy_dims, snapshot_dims

__all__ = ["forward", "init", "with_cpu"]


@registry.layers("with_cpu.v1")
def with_cpu(layer: Model, ops: Ops) -> Model:
    """Move a layer to the CPU, and its inputs and outputs there and back.

    Args:
        layer: takes arrays, or lists or tuples of them.
        ops: where the inputs come from and the outputs go.
    """
    layer.to_cpu()
    return Model(
        f"with_cpu({layer.name})", forward, layers=[layer], ops=ops, init=init, dims=snapshot_dims(layer)
    )


def forward(model: Model, X: Any, is_train: bool) -> tuple[Any, Callable]:
    to_device = model.ops.asarray
    Y, backprop_cpu = model.layers[0](_converted(X, _to_cpu), is_train)

    def backprop(dY: Any) -> Any:
        return _converted(backprop_cpu(_converted(dY, _to_cpu)), to_device)

    return _converted(Y, to_device), backprop


def init(model: Model, X: Any | None = None, Y: Any | None = None) -> None:
    layer = model.layers[0]
    layer.initialize(_converted(X, _to_cpu), _converted(Y, _to_cpu))
    copy_dims(model, layer, layer.dim_names)


def _to_cpu(array: Any) -> Any:
    return array.get() if hasattr(array, "get") else array


def _converted(X: Any, convert: Callable) -> Any:
    """X with `convert` applied to its arrays; lists and tuples are entered, other things kept."""
    if isinstance(X, (list, tuple)):
        return type(X)(_converted(x, convert) for x in X)
    return convert(X) if hasattr(X, "dtype") else X

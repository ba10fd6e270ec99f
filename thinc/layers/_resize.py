"""Widening the output of a trained layer."""

from typing import Any

from ..model import Model
from ._checks import KindError
from ._width import snapshot_dims


def resize_linear_weighted(layer: Model[Any, Any], new_nO: int, *, fill_defaults: Any = None) -> Model:
    """A copy of a layer with more outputs, its weights kept.

    Every parameter whose first axis belongs to the outputs (W and b of dense layers, of Maxout, the
    class-major W of `SparseLinear_v2`) keeps its values at the front, and nothing is drawn. A layer whose
    dimensions are known but not its parameters is initialized with the new width.

    Args:
        layer: a single node.
        new_nO: not less than now.
        fill_defaults: value of the weights to come, by parameter name; otherwise 0.
    Returns:
        the layer itself if it has unset dimensions and parameters or the width stays, else a new one.
    Raises:
        TypeError: the layer has children, references or shims.
        ValueError: the layer would shrink.
    """
    if layer.layers or layer.ref_names or layer.shims:
        raise KindError(
            f"resize_linear_weighted: a single layer is required; got '{layer.name}' with "
            f"{len(layer.layers)} layers, {len(layer.ref_names)} references and {len(layer.shims)} shims"
        )
    old_nO = layer.maybe_get_dim("nO")
    params = {name: layer.maybe_get_param(name) for name in layer.param_names}
    is_allocated = all(param is not None for param in params.values())
    if old_nO is None or not (is_allocated or all(map(layer.has_dim, layer.dim_names))):
        layer.set_dim("nO", new_nO, force=True)
        return layer
    if new_nO == old_nO:
        return layer
    kept = {name: param for name, param in params.items() if param is not None}
    if new_nO < old_nO and kept:
        raise ValueError(
            f"resize_linear_weighted: '{layer.name}' can't shrink; got {new_nO} for {old_nO} outputs"
        )
    fill = fill_defaults or {}
    resized: Model = Model(
        layer.name,
        layer._func,
        init=layer.init,
        dims={**snapshot_dims(layer), "nO": new_nO},
        params=dict.fromkeys(params),
        attrs=layer.attrs,
        ops=layer.ops,
    )
    if not is_allocated:
        resized.initialize()
    for name, param in kept.items():
        resized.set_param(name, _grown(layer.ops, param, old_nO, new_nO, fill.get(name, 0)))
    return resized


def _grown(ops: Any, param: Any, old_nO: int, new_nO: int, fill: float) -> Any:
    """The parameter with rows for the new outputs; each output has the same number of rows."""
    rows_per_output = len(param) // old_nO if old_nO else 1
    if rows_per_output * old_nO != len(param):
        return param.copy()
    grown = ops.alloc((rows_per_output * new_nO, *param.shape[1:]), dtype=param.dtype)
    grown[: len(param)] = param
    grown[len(param) :] = fill
    return grown

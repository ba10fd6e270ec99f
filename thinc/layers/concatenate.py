"""Outputs of several layers, side by side."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from .._validation import describe
from ..config import registry
from ..model import Model
from ..types import Array2d, Ragged, XY_XY_OutT
from ._checks import check_count
from ._ragged import rows
from ._sums import total
from ._width import set_width
from .noop import noop

__all__ = ["concatenate", "forward", "init"]

InT = TypeVar("InT")
OutT = TypeVar("OutT", bound=Array2d | Sequence[Array2d] | Ragged)


@registry.layers("concatenate.v1")
def concatenate(*layers: Model) -> Model[Any, XY_XY_OutT]:
    """Apply layers to one input and put their outputs side by side: `Y = [f(X) | g(X) | ...]`.

    Outputs may be 2-d arrays, lists of them, or Ragged. No layer gives a no-op, one layer itself; if
    the first is itself a `concatenate`, the others are appended to it.
    """
    if not layers:
        return cast(Model[Any, XY_XY_OutT], noop())
    if len(layers) == 1 or layers[0]._func is forward:
        if len(layers) > 1:
            layers[0].layers.extend(layers[1:])
        return layers[0]
    dims = {"nO": None}
    if all(layer.has_dim("nI") is not False for layer in layers):
        dims["nI"] = None
    return Model("|".join(layer.name for layer in layers), forward, init=init, dims=dims, layers=layers)


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    outputs, callbacks = zip(*[layer(X, is_train=is_train) for layer in model.layers], strict=True)
    kind = type(outputs[0])
    if any(type(Y) is not kind for Y in outputs):
        raise TypeError(
            f"{model.name}: layers to concatenate must give outputs of one kind; "
            f"got {', '.join(describe(Y) for Y in outputs)}"
        )
    if isinstance(outputs[0], Ragged):
        Y, split = _join_ragged(model, outputs)
    elif isinstance(outputs[0], (list, tuple)):
        Y, split = _join_lists(model, outputs)
    else:
        Y, split = _join_arrays(model, outputs)

    def backprop(dY: OutT) -> InT:
        dXs = [callback(part) for callback, part in zip(callbacks, split(dY), strict=True)]
        return total(model.name, dXs)

    return Y, backprop


def _join_arrays(model: Model, Ys: Sequence) -> tuple[Any, Callable]:
    if any(getattr(Y, "ndim", None) != 2 for Y in Ys):
        raise IndexError(
            f"{model.name}: outputs to concatenate must be 2-d arrays; got {', '.join(map(describe, Ys))}"
        )
    ops = model.ops
    ends = [Y.shape[1] for Y in Ys]
    for i in range(1, len(ends)):
        ends[i] += ends[i - 1]

    def split(dY: Any) -> list:
        if dY.shape[1] != ends[-1]:
            raise ValueError(f"{model.name}: dY must have {ends[-1]} columns; got {describe(dY)}")
        return [ops.as_contig(dY[:, start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    return ops.xp.hstack(Ys), split


def _join_ragged(model: Model, Ys: Sequence[Ragged]) -> tuple[Ragged, Callable]:
    data, split_data = _join_arrays(model, [rows(Y) for Y in Ys])
    lengths = Ys[0].lengths

    def split(dY: Ragged) -> list[Ragged]:
        return [Ragged(part, lengths) for part in split_data(rows(dY))]

    return Ragged(data, lengths), split


def _join_lists(model: Model, Yss: Sequence[Sequence]) -> tuple[list, Callable]:
    for Ys in Yss:
        check_count(model.name, "outputs to concatenate", len(Yss[0]), Ys)
    joined = [_join_arrays(model, Ys) for Ys in zip(*Yss, strict=True)]

    def split(dYs: Sequence) -> list[list]:
        check_count(model.name, "dY", len(joined), dYs)
        parts = [split_item(dY) for (_, split_item), dY in zip(joined, dYs, strict=True)]
        return [list(column) for column in zip(*parts, strict=True)] if parts else [[] for _ in Yss]

    return [Y for Y, _ in joined], split


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    """Initialize the children, each with all of X and Y; nO is the sum of theirs once all are known."""
    for node in (model, *model.layers):
        if node.has_dim("nI") is not False:
            set_width(node, "nI", X)
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)
    if all(layer.has_dim("nO") for layer in model.layers):
        model.set_dim("nO", sum(layer.get_dim("nO") for layer in model.layers))

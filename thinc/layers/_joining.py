"""Outputs of several layers put side by side, and their gradient taken apart.

Each function takes the model, on whose behalf it raises, and the outputs, all of one kind. It returns
the joined output and the function that splits a gradient of its kind into one per layer.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .._validation import describe
from ..model import Model
from ..types import Ragged
from ._checks import check_count
from ._ragged import rows, shaped


def join_arrays(model: Model, Ys: Sequence) -> tuple[Any, Callable]:
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


def join_ragged(model: Model, Ys: Sequence[Ragged]) -> tuple[Ragged, Callable]:
    data, split_data = join_arrays(model, [rows(Y) for Y in Ys])
    lengths, shape = Ys[0].lengths, data.shape

    def split(dY: Ragged) -> list[Ragged]:
        return [Ragged(part, lengths) for part in split_data(shaped(rows(dY), shape))]

    return Ragged(data, lengths), split


def join_lists(model: Model, Yss: Sequence[Sequence]) -> tuple[list, Callable]:
    for Ys in Yss:
        check_count(model.name, "outputs to concatenate", len(Yss[0]), Ys)
    joined = [join_arrays(model, Ys) for Ys in zip(*Yss, strict=True)]

    def split(dYs: Sequence) -> list[list]:
        check_count(model.name, "dY", len(joined), dYs)
        parts = [split_item(dY) for (_, split_item), dY in zip(joined, dYs, strict=True)]
        return [list(column) for column in zip(*parts, strict=True)] if parts else [[] for _ in Yss]

    return [Y for Y, _ in joined], split

"""A layer for Ragged, applied to sequences in any container."""

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Model
from ..types import Array2d, Ints1d, ListXd, Padded, Ragged
from ._ragged import joined, lengths_of
from ._typevar import TypeVar

__all__ = ["forward", "init", "with_ragged"]

RaggedData = tuple[Array2d, Ints1d]
SeqT = TypeVar("SeqT", bound=Padded | Ragged | ListXd | RaggedData, default=Any)


@registry.layers("with_ragged.v1")
def with_ragged(layer: Model[Ragged, Ragged]) -> Model[SeqT, SeqT]:
    """Apply a layer to the sequences of a Padded, a list or a tuple `(data, lengths)` as one Ragged.

    A tuple of two is always taken as data and lengths. The result comes in the kind of container that
    came in.
    """
    return Model(f"with_ragged({layer.name})", forward, init=init, layers=[layer])


def forward(model: Model[SeqT, SeqT], Xseq: SeqT, is_train: bool) -> tuple[SeqT, Callable]:
    layer = model.layers[0]
    if isinstance(Xseq, Ragged):
        return layer(Xseq, is_train)
    Y, backprop_layer = layer(_to_ragged(model, Xseq, "nI"), is_train)

    def backprop(dYseq: SeqT) -> SeqT:
        return _like(model, Xseq, backprop_layer(_to_ragged(model, dYseq, "nO")))

    return _like(model, Xseq, Y), backprop


def _to_ragged(model: Model, Xseq: Any, dim: str) -> Ragged:
    """Sequences as a Ragged; the dimension tells the width if there are none."""
    if isinstance(Xseq, tuple) and len(Xseq) == 2:
        return Ragged(*Xseq)
    Xs = model.ops.padded2list(Xseq) if isinstance(Xseq, Padded) else Xseq
    width = model.layers[0].maybe_get_dim(dim)
    return Ragged(joined(model.ops, Xs, width=width), lengths_of(model.ops, Xs))


def _like(model: Model, Xseq: Any, Yr: Ragged) -> Any:
    """A Ragged as the kind of container that X is."""
    if isinstance(Xseq, tuple) and len(Xseq) == 2:
        return Yr.dataXd, Yr.lengths
    Ys = model.ops.unflatten(Yr.dataXd, Yr.lengths)
    return model.ops.list2padded(Ys) if isinstance(Xseq, Padded) else Ys


def init(model: Model[SeqT, SeqT], X: SeqT | None = None, Y: SeqT | None = None) -> None:
    examples = [
        example if example is None or isinstance(example, Ragged) else _to_ragged(model, example, dim)
        for example, dim in ((X, "nI"), (Y, "nO"))
    ]
    model.layers[0].initialize(*examples)

"""A layer for matrices, applied to sequences in any container."""

from collections.abc import Callable
from typing import Any, cast, overload

from ..config import registry
from ..model import Model
from ..types import Array2d, List2d, Padded, Ragged
from ._containers import init_through, through_list, through_padded, through_ragged
from ._typevar import TypeVar
from ._width import snapshot_dims

__all__ = ["forward", "init", "with_array2d"]

ArrayT = TypeVar("ArrayT", bound=Array2d, default=Any)
OutArrayT = TypeVar("OutArrayT", bound=Array2d, default=Any)
Sequences = Padded | Ragged | List2d | Array2d
SeqT = TypeVar("SeqT", bound=Sequences, default=Any)
OutSeqT = TypeVar("OutSeqT", bound=Sequences, default=Any)


@overload
def with_array2d(layer: Model[ArrayT, ArrayT], pad: int = 0) -> Model[SeqT, SeqT]: ...
@overload
def with_array2d(layer: Model[ArrayT, OutArrayT], pad: int = 0) -> Model[SeqT, OutSeqT]: ...
@registry.layers("with_array2d.v1")
def with_array2d(layer: Model, pad: int = 0) -> Model:
    """As `with_array`, but the layer always sees two axes.

    The steps of all sequences of a Padded are rows, padding included; further axes of a Ragged are one.

    Args:
        layer: takes and returns arrays with the same number of rows.
        pad: for lists, zero rows before each item that is not empty, and after the last.
    """
    return Model(
        f"with_array({layer.name})",
        forward,
        init=init,
        layers=[layer],
        attrs={"pad": pad},
        dims=snapshot_dims(layer),
    )


def forward(model: Model[SeqT, SeqT], Xseq: SeqT, is_train: bool) -> tuple[SeqT, Callable]:
    if isinstance(Xseq, (list, tuple)):
        through: Callable = through_list
    elif isinstance(Xseq, Ragged):
        through = through_ragged
    elif isinstance(Xseq, Padded):
        through = through_padded
    else:
        return model.layers[0](Xseq, is_train)
    return cast(tuple[SeqT, Callable], through(model, Xseq, is_train, flat=True))


def init(model: Model[SeqT, SeqT], X: SeqT | None = None, Y: SeqT | None = None) -> None:
    init_through(model, X, Y, flat=True)

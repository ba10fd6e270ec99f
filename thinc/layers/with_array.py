"""A layer for arrays, applied to sequences in any container."""

from collections.abc import Callable
from typing import Any, cast, overload

from ..config import registry
from ..model import Model
from ..types import ArrayXd, ListXd, Padded, Ragged
from ._containers import init_through, through_list, through_padded, through_ragged
from ._typevar import TypeVar
from ._width import snapshot_dims

__all__ = ["forward", "init", "with_array"]

ArrayT = TypeVar("ArrayT", bound=ArrayXd, default=Any)
OutArrayT = TypeVar("OutArrayT", bound=ArrayXd, default=Any)
Sequences = Padded | Ragged | ListXd | ArrayXd
SeqT = TypeVar("SeqT", bound=Sequences, default=Any)
OutSeqT = TypeVar("OutSeqT", bound=Sequences, default=Any)


@overload
def with_array(layer: Model[ArrayT, ArrayT], pad: int = 0) -> Model[SeqT, SeqT]: ...
@overload
def with_array(layer: Model[ArrayT, OutArrayT], pad: int = 0) -> Model[SeqT, OutSeqT]: ...
@registry.layers("with_array.v1")
def with_array(layer: Model, pad: int = 0) -> Model:
    """Apply a layer to the rows of all sequences at once.

    The layer sees one array: the concatenation of a list, the data of a Ragged or Padded in their own
    shape, an array as it is. The result comes in the kind of container that came in.

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
    return cast(tuple[SeqT, Callable], through(model, Xseq, is_train, flat=False))


def init(model: Model[SeqT, SeqT], X: SeqT | None = None, Y: SeqT | None = None) -> None:
    init_through(model, X, Y, flat=False)

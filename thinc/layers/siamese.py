"""One layer applied to both members of a pair, and compared."""

from collections.abc import Callable
from typing import TypeVar

from ..config import registry
from ..model import Model
from ._checks import check_count
from ._width import set_width

__all__ = ["forward", "init", "siamese"]

LayerT = TypeVar("LayerT")
SimT = TypeVar("SimT")
InT = tuple[LayerT, LayerT]
OutT = TypeVar("OutT")


@registry.layers("siamese.v1")
def siamese(
    layer: Model[LayerT, SimT], similarity: Model[tuple[SimT, SimT], OutT]
) -> Model[tuple[LayerT, LayerT], OutT]:
    """Compare two inputs seen through one layer: `Y = similarity(f(X1), f(X2))`.

    Args:
        layer: applied to both; its nI must be set.
        similarity: takes the pair of outputs; its nO must be set.
    """
    return Model(
        f"siamese({layer.name}, {similarity.name})",
        forward,
        init=init,
        layers=[layer, similarity],
        dims={"nI": layer.get_dim("nI"), "nO": similarity.get_dim("nO")},
    )


def forward(model: Model[InT, OutT], X: InT, is_train: bool) -> tuple[OutT, Callable]:
    check_count(model.name, "X", 2, X)
    layer, similarity = model.layers
    Z1, backprop1 = layer(X[0], is_train)
    Z2, backprop2 = layer(X[1], is_train)
    Y, backprop_similarity = similarity((Z1, Z2), is_train)

    def backprop(dY: OutT) -> InT:
        dZ1, dZ2 = backprop_similarity(dY)
        return backprop1(dZ1), backprop2(dZ2)

    return Y, backprop


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    layer, similarity = model.layers
    if X is None:
        layer.initialize()
        similarity.initialize(Y=Y)
        return
    set_width(model, "nI", X[1])
    layer.initialize(X=X[0])
    similarity.initialize(X=(layer.predict(X[0]), layer.predict(X[1])), Y=Y)

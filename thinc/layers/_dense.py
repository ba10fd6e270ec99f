"""What dense layers share: the affine map, its parameters, and what may follow an activation.

A dense layer is `activation(X W^T + b)`, optionally followed by layer normalisation and dropout as
nodes of their own.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..initializers import zero_init
from ..model import Model
from ..types import Floats2d
from ._width import infer_width, set_width
from .chain import chain
from .dropout import Dropout
from .layernorm import LayerNorm


def dense(
    name: str,
    forward: Callable,
    nO: int | None,
    nI: int | None,
    init_W: Callable,
    init_b: Callable | None,
    dropout: float | None = None,
    normalize: bool = False,
    attrs: Any = {},
    lenient: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A node with parameters W (nO, nI) and b (nO,), then normalisation and dropout if wanted."""
    layer: Model = Model(
        name,
        forward,
        init=partial(init_unset if lenient else init, init_W, init_b or zero_init),
        dims={"nO": nO, "nI": nI},
        params={"W": None, "b": None},
        attrs=attrs,
    )
    return followed(layer, nO, dropout, normalize)


def followed(layer: Model, nO: int | None, dropout: float | None, normalize: bool) -> Model:
    """The layer, then LayerNorm if `normalize`, then Dropout unless `dropout` is None."""
    if normalize:
        layer = chain(layer, LayerNorm(nI=nO))
    if dropout is not None:
        layer = chain(layer, Dropout(dropout))
    return layer


def affine(model: Model, X: Floats2d) -> tuple[Floats2d, Callable]:
    """`Z = X W^T + b`, and the function that takes dZ, adds dW and db, and returns dX.

    Raises:
        TypeError, ValueError: as `ops.affine`, naming the layer.
    """
    W = model.get_param("W")
    Z = model.ops.affine(X, W, model.get_param("b"))

    def backprop(dZ: Floats2d) -> Floats2d:
        if model.is_frozen:
            return model.ops.gemm(dZ, W)
        dX, dW, db = model.ops.backprop_affine(dZ, X, W)
        model.inc_grad("b", db)
        model.inc_grad("W", dW)
        return dX

    return Z, backprop


def init(
    init_W: Callable,
    init_b: Callable,
    model: Model,
    X: Floats2d | None = None,
    Y: Floats2d | None = None,
) -> None:
    """Dimensions from the examples; an example that contradicts a known dimension is an error."""
    set_width(model, "nI", X)
    set_width(model, "nO", Y)
    _init_params(init_W, init_b, model)


def init_unset(
    init_W: Callable,
    init_b: Callable,
    model: Model,
    X: Floats2d | None = None,
    Y: Floats2d | None = None,
) -> None:
    """Unset dimensions from the examples; one that contradicts a known dimension is ignored."""
    infer_width(model, "nI", X)
    infer_width(model, "nO", Y)
    _init_params(init_W, init_b, model)


def _init_params(init_W: Callable, init_b: Callable, model: Model) -> None:
    nO = model.get_dim("nO")
    model.set_param("W", init_W(model.ops, (nO, model.get_dim("nI"))))
    model.set_param("b", init_b(model.ops, (nO,)))

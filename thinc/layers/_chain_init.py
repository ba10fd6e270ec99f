"""Shape inference through a chain of layers."""

from contextlib import suppress
from typing import Any

from ..model import Model
from ._width import copy_dims, needs_output, set_width


def init(model: Model, X: Any = None, Y: Any = None) -> None:
    """Initialize the children in order, each with the output of those before it.

    Without examples the children are initialized twice: dimensions spread from left to right in the
    first round, and seeded weights depend on the number of draws. Every child whose output width is
    registered but unset is shown Y, a hidden layer too.
    """
    if X is None and Y is None:
        for layer in model.layers:
            layer.initialize()
        _copy_ends(model)
    example = X
    for layer in model.layers:
        if needs_output(layer):
            layer.initialize(X=example, Y=Y)
        else:
            layer.initialize(X=example)
        if example is not None:
            example = layer.predict(example)
    _copy_ends(model)
    if model.has_dim("nO") is None and example is not None:
        with suppress(ValueError):  # an output without width or rows: nO stays unset
            set_width(model, "nO", example)


def _copy_ends(model: Model) -> None:
    if model.layers:
        copy_dims(model, model.layers[0], ("nI",))
        copy_dims(model, model.layers[-1], ("nO",))

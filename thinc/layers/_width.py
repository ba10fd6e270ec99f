"""Inferring dimensions from examples, strictly or only where still unset.

An example without rows says nothing about a width (an empty list has width 0 by convention), so it
never sets a dimension; if the dimension is needed and unset, that is an error at once.
"""

from typing import Any

from .._validation import describe
from ..model import Model
from ..types import Padded, Ragged
from ..util import get_width


def set_width(model: Model, name: str, example: Any) -> None:
    """Set a dimension to the width of an example, if one is given.

    Raises:
        ValueError: the dimension has another value; or it is unset and the example is empty.
    """
    if example is None:
        return
    if isinstance(example, (list, tuple)):
        example = next((x for x in example if _has_rows(x)), example)
    width = get_width(example)
    if width == 0 and not _has_rows(example):
        if not model.has_dim(name):
            raise ValueError(
                f"{model.name}: an example with rows is required to infer '{name}'; got {describe(example)}"
            )
        return
    model.set_dim(name, width)


def infer_width(model: Model, name: str, example: Any) -> None:
    """Set a dimension to the width of an example if it is still unset and one is given."""
    if model.has_dim(name) is None:
        set_width(model, name, example)


def needs_output(layer: Model) -> bool:
    """Whether a layer has an output width that it does not know yet, so that it must be shown Y."""
    return layer.has_dim("nO") is None


def copy_dims(model: Model, layer: Model, names: tuple = ("nO", "nI")) -> None:
    """Take over the dimensions that a child knows."""
    for name in names:
        value = layer.maybe_get_dim(name)
        if value is not None:
            model.set_dim(name, value)


def known_dims(layer: Model, names: tuple = ("nO", "nI")) -> dict:
    """The dimensions of a child as far as it knows them, else None."""
    return {name: layer.maybe_get_dim(name) for name in names}


def snapshot_dims(layer: Model) -> dict:
    """All registered dimensions of a child."""
    return {name: layer.maybe_get_dim(name) for name in layer.dim_names}


def _has_rows(example: Any) -> bool:
    if isinstance(example, (Ragged, Padded)):
        return example.data.shape[0] > 0
    if isinstance(example, (list, tuple)):
        return any(_has_rows(x) for x in example)
    return bool(getattr(example, "ndim", 0) and example.shape[0] > 0)

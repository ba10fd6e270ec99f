"""What both versions of the sparse linear layer share: everything but how weights are numbered."""

from collections.abc import Callable
from typing import Any

from ..model import Model
from ..types import ArrayXd, Floats2d
from ._checks import check_count, check_integer
from ._width import set_width

InT = tuple[ArrayXd, ArrayXd, ArrayXd]
OutT = ArrayXd


def sparse_linear(nO: int | None, length: int, *, v1_indexing: bool) -> Model[InT, Floats2d]:
    """The layer.

    Raises:
        TypeError: length is no integer.
        ValueError: it is less than 1.
    """
    check_integer("SparseLinear", "length", length, least=1)
    return Model(
        "sparse_linear",
        forward,
        init=init,
        params={"W": None, "b": None},
        dims={"nO": nO, "length": length},
        attrs={"v1_indexing": v1_indexing},
    )


def forward(model: Model[InT, OutT], keys_values_lengths: InT, is_train: bool) -> tuple[OutT, Callable]:
    check_count(model.name, "X", 3, keys_values_lengths)
    return _begin_cpu_update(model, *keys_values_lengths)


def _begin_cpu_update(
    model: Model[InT, OutT], keys: ArrayXd, values: ArrayXd, lengths: ArrayXd
) -> tuple[OutT, Callable]:
    W, b = _params(model)
    Y = model.ops.sparse_linear(keys, values, lengths, W, b, v1_indexing=model.attrs["v1_indexing"])
    return Y, _finish_linear_update(model, keys, values, lengths)


# Ops compute where the arrays are.
_begin_gpu_update = _begin_cpu_update


class _finish_linear_update:
    """The callback: a class of its own, so that it can be pickled."""

    def __init__(self, model: Model[InT, OutT], keys: Any, values: Any, lengths: Any) -> None:
        self.model = model
        self.keys = keys
        self.values = values
        self.lengths = lengths

    def __call__(self, dY: Any) -> InT:
        model, X = self.model, (self.keys, self.values, self.lengths)
        if not model.is_frozen:
            # Only the weights in use are touched.
            model.inc_grad_by("W", lambda dW: self._add_gradients(dW, dY))
        return X

    def _add_gradients(self, dW: Any, dY: Any) -> None:
        """Add to the gradients of W, which is here, and of b."""
        model, length = self.model, self.model.get_dim("length")
        _, db = model.ops.backprop_sparse_linear(
            dY, self.keys, self.values, self.lengths, length, model.attrs["v1_indexing"], add_to=dW
        )
        model.inc_grad("b", db)


def _params(model: Model) -> tuple[Any, Any]:
    """W and b, of the shapes that the dimensions ask for."""
    nO, length = model.get_dim("nO"), model.get_dim("length")
    W, b = model.get_param("W"), model.get_param("b")
    for name, found, shape in (("W", W, (nO * length,)), ("b", b, (nO,))):
        if found.shape != shape:
            raise ValueError(f"{model.name}: {name} must have shape {shape}; got {tuple(found.shape)}")
    return W, b


def init(model: Model[InT, OutT], X: InT | None = None, Y: OutT | None = None) -> None:
    set_width(model, "nO", Y)
    nO = model.get_dim("nO")
    model.set_param("W", model.ops.alloc1f(nO * model.get_dim("length")))
    model.set_param("b", model.ops.alloc1f(nO))

"""Checks for models and layers that anyone may write: `check_model`.

A gradient is right when finite differences say so. The checks run in float64 where the model has
no parts in other frameworks, so that wrong and right are far apart; tolerances follow from the
epsilon of the dtype, the size of the step and the magnitude of the terms.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy

from ._summary import describe
from ._validation import path_to
from .model import Model
from .types import Padded, Ragged

__all__ = ["check_model"]

# Roundings per term of a loss: forward passes have some tens of operations in a row.
_ROUNDINGS = 64
# Where the slopes on the two sides differ by more than this share, there is no gradient to compare.
_KINK = 0.01


def check_model(
    model: Model,
    X: Any,
    Y: Any = None,
    *,
    gradients: bool = True,
    input_gradient: bool = True,
    constant: Collection[str] = (),
    predict: bool = True,
    round_trip: bool = True,
    dtype: str | None = None,
    step: float | None = None,
    samples: int = 20,
    seed: int = 0,
) -> None:
    """Check that a model keeps the promises that all layers make.

    Its callback agrees with finite differences, `predict` gives what the training forward gives
    (unless a node drops out), its bytes restore its predictions, and neither forward nor callback
    writes to what it is given. A model with unset parameters is initialized; otherwise the model,
    its parameters and gradients are left as they were.

    Args:
        model: the model.
        X: input: arrays, Ragged, Padded, or lists and tuples of these. Integers have no gradient.
        Y: output, for `initialize` only.
        gradients: whether to compare gradients at all: not all callbacks take the gradient of the
            output (`Softmax` wants that of the logits).
        input_gradient: whether to compare the gradient of X too.
        constant: names of parameters that are not trained, and so have no gradient.
        predict: whether `predict` must give the output of training.
        round_trip: whether to save and load.
        dtype: of the arithmetic; float64 by default, float32 for models with shims.
        step: of the differences, relative to the value; by default the cube root of epsilon.
        samples: elements compared per array, chosen at random.
        seed: of that choice and of the direction in which the loss looks.
    Raises:
        AssertionError: a promise is broken; the text says which, where and by how much.
    Example:
        >>> check_model(chain(Linear(3, 4), Relu(2)), numpy.ones((5, 4), dtype="f"))
    """
    nodes = list(model.walk())
    if any(not node.has_param(name) for node in nodes for name in node.param_names):
        model.initialize(X=X, Y=Y)
    if dtype is None:
        dtype = "float32" if any(node.shims for node in nodes) else "float64"
    rng = numpy.random.RandomState(seed)
    _check_inputs_unwritten(model, X, rng)
    if predict and not _drops_out(model):
        _check_predict(model, X)
    if round_trip:
        _check_round_trip(model, X)
    if gradients:
        with _gradients_kept(model), _dropout_off(model), _params_as(model, dtype):
            differences = _Differences(model, X, numpy.dtype(dtype), step, samples, rng)
            differences.check(input_gradient, constant)


@dataclass
class _Leaf:
    """One array within a value, with the elements that count: padding does not."""

    array: Any
    where: str
    valid: Any = None

    @property
    def is_float(self) -> bool:
        return getattr(self.array, "dtype", numpy.dtype("O")).kind == "f"


def _leaves(value: Any, where: str) -> list[_Leaf]:
    if isinstance(value, (list, tuple)):
        return [leaf for i, part in enumerate(value) for leaf in _leaves(part, f"{where}[{i}]")]
    if isinstance(value, Ragged):
        return [_Leaf(value.data, f"{where}.data")]
    if isinstance(value, Padded):
        return [_Leaf(value.data, f"{where}.data", _in_use(value))]
    return [_Leaf(value, where)]


def _in_use(padded: Padded) -> Any:
    columns = numpy.arange(padded.data.shape[1])[None, :, None]
    used = columns < numpy.asarray(padded.size_at_t)[:, None, None]
    return numpy.broadcast_to(used, padded.data.shape)


def _map(change: Callable, value: Any) -> Any:
    """The same structure with other float arrays."""
    if isinstance(value, (list, tuple)):
        return type(value)([_map(change, part) for part in value])
    if isinstance(value, Ragged):
        return Ragged(_map(change, value.dataXd), value.lengths)
    if isinstance(value, Padded):
        return replace(value, data=_map(lambda data: change(data) * _in_use(value), value.data))
    return change(value) if _Leaf(value, "").is_float else value


def _require(condition: bool, message: str) -> None:
    """An assertion that `python -O` leaves standing."""
    if not condition:
        raise AssertionError(message)


def _snapshot(value: Any) -> list[bytes]:
    return [leaf.array.tobytes() for leaf in _leaves(value, "") if hasattr(leaf.array, "tobytes")]


def _drops_out(model: Model) -> bool:
    return any(bool(node.attrs.get("dropout_rate")) for node in model.walk())


def _check_inputs_unwritten(model: Model, X: Any, rng: Any) -> None:
    before = _snapshot(X)
    with _gradients_kept(model):
        model.predict(X)
        _require(_snapshot(X) == before, f"check_model: predict of {model.name} writes to X")
        Y, backprop = model.begin_update(X)
        _require(_snapshot(X) == before, f"check_model: the forward pass of {model.name} writes to X")
        dY = _map(lambda y: rng.standard_normal(y.shape).astype(y.dtype), Y)
        incoming = _snapshot(dY)
        backprop(dY)
        _require(_snapshot(dY) == incoming, f"check_model: the callback of {model.name} writes to dY")
        _require(_snapshot(X) == before, f"check_model: the callback of {model.name} writes to X")


def _check_predict(model: Model, X: Any) -> None:
    trained, _ = model.begin_update(X)
    _check_same(model.predict(X), trained, f"predict of {model.name}", "the training forward")


def _check_round_trip(model: Model, X: Any) -> None:
    data = model.to_bytes()
    expected = None if _drops_out(model) else model.predict(X)
    zeros = {
        (node.id, name): numpy.zeros_like(node.get_param(name))
        for node in model.walk()
        for name in node.param_names
        if node.has_param(name)
    }
    with model.use_params(zeros):
        model.from_bytes(data)
        _require(model.to_bytes() == data, f"check_model: {model.name} saves other bytes than it loaded")
        if expected is not None:
            _check_same(model.predict(X), expected, f"predict of {model.name} after loading", "before")


def _check_same(found: Any, expected: Any, what: str, other: str) -> None:
    pairs = list(zip(_leaves(found, "Y"), _leaves(expected, "Y"), strict=True))
    for leaf, wanted in pairs:
        if not hasattr(wanted.array, "dtype"):
            _require(leaf.array == wanted.array, f"check_model: {what} differs from {other} at {leaf.where}")
            continue
        same = describe(leaf.array) == describe(wanted.array)
        _require(same, f"check_model: {what} is {describe(leaf.array)}, {other} {describe(wanted.array)}")
        if wanted.is_float and wanted.array.size:
            allowed = 4 * numpy.finfo(wanted.array.dtype).eps * float(abs(wanted.array).max())
            gap = float(abs(leaf.array - wanted.array).max())
            _require(gap <= allowed, f"check_model: {what} differs from {other} by {gap} (allowed {allowed})")
        else:
            _require((leaf.array == wanted.array).all(), f"check_model: {what} differs from {other}")


@contextmanager
def _gradients_kept(model: Model) -> Iterator[None]:
    """Start without gradients; afterwards those from before are back."""
    stores = [(node._params, dict(node._params._grads)) for node in model.walk()]
    for store, _ in stores:
        store._grads.clear()
    try:
        yield
    finally:
        for store, grads in stores:
            store._grads.clear()
            store._grads.update(grads)


@contextmanager
def _dropout_off(model: Model) -> Iterator[None]:
    every = [node.attrs for node in model.walk()]
    rates = [(attrs, attrs["dropout_rate"]) for attrs in every if "dropout_rate" in attrs]
    for attrs, _ in rates:
        attrs["dropout_rate"] = 0.0
    try:
        yield
    finally:
        for attrs, rate in rates:
            attrs["dropout_rate"] = rate


@contextmanager
def _params_as(model: Model, dtype: str) -> Iterator[None]:
    """Within the block, parameters are copies in another dtype."""
    copies = {
        (node.id, name): node.get_param(name).astype(dtype)
        for node in model.walk()
        for name in node.param_names
        if node.has_param(name) and node.get_param(name).dtype.kind == "f"
    }
    with ExitStack() as stack:
        stack.enter_context(model.use_params(copies))
        yield


class _Differences:
    """Compares the callback with differences of `sum(Y * R)` for a random R."""

    def __init__(self, model: Model, X: Any, dtype: Any, step: float | None, samples: int, rng: Any):
        self.model = model
        self.X = _map(lambda x: x.astype(dtype), X)
        Y, self.backprop = model.begin_update(self.X)
        # A copy: some layers return their input.
        self.Y = _map(lambda y: y.copy(), Y)
        self.R = _map(lambda y: rng.standard_normal(y.shape).astype(y.dtype), self.Y)
        kinds = [leaf.array.dtype for leaf in _leaves(self.Y, "") if leaf.is_float]
        self.epsilon = max(float(numpy.finfo(kind).eps) for kind in [dtype, *kinds])
        self.step = self.epsilon ** (1 / 3) if step is None else step
        self.samples = samples
        self.rng = rng
        self.compared = self.kinks = 0

    def check(self, input_gradient: bool, constant: Collection[str]) -> None:
        dX = self.backprop(self.R)
        for node in self.model.walk():
            for name in node.param_names:
                if node.has_param(name) and name not in constant:
                    gradient = node.maybe_get_grad(name)
                    where = f"the gradient of '{name}' of {path_to(self.model, node)}"
                    self._compare(_Leaf(node.get_param(name), where), gradient)
        if input_gradient and any(leaf.is_float for leaf in _leaves(self.X, "")):
            self._compare_inputs(dX)
        _require(
            self.compared > 0 or not self.kinks,
            f"check_model: {self.model.name} cannot be judged: the slopes on the two sides differ everywhere "
            "(a kink, or a forward pass that is not deterministic); choose another X",
        )

    def _compare_inputs(self, dX: Any) -> None:
        X_leaves, dX_leaves = _leaves(self.X, "X"), _leaves(dX, "dX")
        _require(
            len(X_leaves) == len(dX_leaves),
            f"check_model: the callback of {self.model.name} gives {describe(dX)} for X {describe(self.X)}",
        )
        for x, dx in zip(X_leaves, dX_leaves, strict=True):
            x.where = f"the gradient of {x.where} of {self.model.name}"
            self._compare(x, dx.array)

    def _compare(self, leaf: _Leaf, gradient: Any) -> None:
        if not leaf.is_float or not leaf.array.size:
            return
        if gradient is None:
            gradient = numpy.zeros_like(leaf.array)
        shape = getattr(gradient, "shape", None)
        _require(
            shape == leaf.array.shape,
            f"check_model: {leaf.where} has shape {shape}, the array {leaf.array.shape}",
        )
        largest = float(abs(gradient).max())
        for index in self._elements(leaf):
            slope, gap, allowed = self._slope(leaf.array, index)
            allowed += _ROUNDINGS * self.epsilon * largest
            if gap > max(_KINK * abs(slope), 100 * allowed):
                self.kinks += 1
                continue
            self.compared += 1
            found = float(gradient[index])
            _require(
                abs(found - slope) <= allowed + gap,
                f"check_model: {leaf.where} is {found} at {index}, finite differences give {slope} "
                f"(allowed difference {allowed + gap})",
            )

    def _elements(self, leaf: _Leaf) -> list[tuple]:
        valid = numpy.ones(leaf.array.shape, bool) if leaf.valid is None else leaf.valid
        indices = numpy.argwhere(valid)
        if len(indices) > self.samples:
            indices = indices[self.rng.choice(len(indices), self.samples, replace=False)]
        return [tuple(index.tolist()) for index in indices]

    def _slope(self, array: Any, index: tuple) -> tuple[float, float, float]:
        """The central slope, half the distance of the slopes on either side, and the rounding error."""
        value = array[index].copy()
        step = self.step * max(1.0, abs(float(value)))
        changes, rounding = [], 0.0
        for sign in (1, -1):
            array[index] = value + sign * step
            width = float(array[index]) - float(value)
            change, terms = self._change(self.model.begin_update(self.X)[0])
            # Only now: the output may be a view of what was changed.
            array[index] = value
            changes.append(change / width)
            rounding = max(rounding, terms * self.epsilon / abs(width))
        return sum(changes) / 2, abs(changes[0] - changes[1]) / 2, _ROUNDINGS * rounding

    def _change(self, Y: Any) -> tuple[float, float]:
        """The change of the loss, and the magnitude of the terms that changed."""
        change = terms = 0.0
        for new, old, weight in zip(_leaves(Y, ""), _leaves(self.Y, ""), _leaves(self.R, ""), strict=True):
            if old.is_float:
                after, before = numpy.asarray(new.array, "d"), numpy.asarray(old.array, "d")
                difference = (after - before) * weight.array
                change += float(difference.sum())
                terms += float((abs(before * weight.array) * (difference != 0)).sum())
        return change, terms

"""Optimizers: from the gradient of a parameter to its next value.

An `Optimizer` is called once per parameter and update, with a key, the weights and their
gradient. It keeps the state of each key (number of updates, moments, averages), works out the
scalars of the update in float64, and leaves the arrays to one op, `ops.adam_update` or
`ops.sgd_update`, whose docstrings have the formulas. Hyper-parameters are numbers or schedules
(`_hyper.py`); saving and loading is in `_optimizer_state.py`.
"""

import functools
import math
import operator
from collections import defaultdict
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Optional, Union

import numpy

from . import _optimizer_state
from ._hyper import NAMES, Hypers, HyperT, Rate, ScoreT, ValuesT
from .backends import Ops, get_array_ops
from .config import registry
from .schedules import Schedule
from .types import FloatsXd

__all__ = ["ADAM_DEFAULTS", "Adam", "Optimizer", "RAdam", "SGD", "SGD_DEFAULTS"]

KeyT = tuple[int, str]
FloatOrSeq = Union[float, list[float], Generator]
IntOrSeq = Union[int, list[int], Generator]
ScheduleT = HyperT

SGD_DEFAULTS: dict[str, Union[float, bool, int]] = {
    "L2": 0.0,
    "L2_is_weight_decay": True,
    "grad_clip": 1.0,
}

ADAM_DEFAULTS: dict[str, Union[float, bool, int]] = {
    "learn_rate": 0.001,
    "beta1": 0.9,
    "beta2": 0.999,
    "eps": 1e-08,
    "L2": 0.0,
    "grad_clip": 1.0,
    "L2_is_weight_decay": True,
}

NONFINITE = ("pass", "skip", "raise")


@registry.optimizers("RAdam.v1")
def RAdam(
    learn_rate: HyperT = ADAM_DEFAULTS["learn_rate"],
    *,
    beta1: HyperT = ADAM_DEFAULTS["beta1"],
    beta2: HyperT = ADAM_DEFAULTS["beta2"],
    eps: HyperT = ADAM_DEFAULTS["eps"],
    L2: HyperT = ADAM_DEFAULTS["L2"],
    L2_is_weight_decay: bool = True,
    grad_clip: HyperT = ADAM_DEFAULTS["grad_clip"],
    use_averages: bool = True,
) -> "Optimizer":
    """Adam with a rectified step size, which needs no warm-up. Arguments as in `Optimizer`.

    Source:
        Liu et al., On the Variance of the Adaptive Learning Rate and Beyond (2019).
    """
    return Optimizer(
        learn_rate,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        L2=L2,
        use_averages=use_averages,
        use_radam=True,
    )


@registry.optimizers("Adam.v1")
def Adam(
    learn_rate: HyperT = ADAM_DEFAULTS["learn_rate"],
    *,
    L2: HyperT = ADAM_DEFAULTS["L2"],
    beta1: HyperT = ADAM_DEFAULTS["beta1"],
    beta2: HyperT = ADAM_DEFAULTS["beta2"],
    eps: HyperT = ADAM_DEFAULTS["eps"],
    grad_clip: HyperT = ADAM_DEFAULTS["grad_clip"],
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
) -> "Optimizer":
    """Steps scaled by running means of the gradient and of its square. Arguments as in `Optimizer`.

    Source:
        Kingma and Ba, Adam: A Method for Stochastic Optimization (2015).
    """
    return Optimizer(
        learn_rate,
        L2=L2,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        use_averages=use_averages,
        use_radam=False,
    )


@registry.optimizers("SGD.v1")
def SGD(
    learn_rate: HyperT,
    *,
    L2: HyperT = SGD_DEFAULTS["L2"],
    grad_clip: HyperT = SGD_DEFAULTS["grad_clip"],
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
) -> "Optimizer":
    """Stochastic gradient descent: `w -= learn_rate * g`. Arguments as in `Optimizer`."""
    return Optimizer(
        learn_rate,
        L2=L2,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        beta1=0.0,
        beta2=0.0,
        use_averages=use_averages,
    )


def _hyper(name: str, doc: str) -> property:
    def read(self: "Optimizer") -> Rate:
        return self._base.hypers.read(name, self._step, self._last_score)

    def assign(self: "Optimizer", value: HyperT) -> None:
        self._base.hypers.assign(name, value)
        self._refresh()

    return property(read, assign, doc=doc)


def _setting(slot: str, doc: str) -> property:
    def assign(self: "Optimizer", value: Any) -> None:
        setattr(self, slot, value)
        self._refresh()

    return property(operator.attrgetter(slot), assign, doc=doc)


class ParamGroup:
    """Settings of some parameters: hyper-parameters of their own, a factor, or no updates at all."""

    __slots__ = ("hypers", "lr_scale", "frozen", "values", "last")

    def __init__(self, hypers: Hypers, lr_scale: float = 1.0, frozen: bool = False) -> None:
        self.hypers = hypers
        self.lr_scale = lr_scale
        self.frozen = frozen
        # The numbers in the order of NAMES; None if they have to be asked for at every update.
        self.values: Optional[ValuesT] = None
        # Number of updates, lr_scale, and the keyword arguments of the op that went with them:
        # most parameters of a model have the same ones. Used only while there are `values`.
        self.last: tuple[int, float, dict[str, Any]] = (0, 1.0, {})


class Optimizer:
    """Updates parameters and remembers what it needs for that, per key.

    The method is RAdam if `use_radam`, otherwise Adam if `beta2` is above zero, otherwise plain
    gradient descent. Every step clips the gradient, zeroes it afterwards and, unless told not
    to, moves an average of the weights, which is what `Model.use_params(optimizer.averages)`
    evaluates with. Averages start from zero, so the first tens of updates give poor ones.

    Each of learn_rate, L2, beta1, beta2, eps, grad_clip may be a number, a list, tuple or
    iterator of numbers (the last one repeats), a `Schedule`, or a function of the step. Values
    change when `step_schedules` is called, never in an update.

    Args:
        learn_rate: the size of a step.
        L2: weight decay: the fraction of the learning rate by which weights shrink, or, with
            `L2_is_weight_decay=False`, the multiple of the weights added to the gradient.
        beta1, beta2: how slowly the two moments forget, in [0, 1).
        eps: added to the root of the second moment; greater than 0.
        grad_clip: longest gradient of a parameter (Euclidean norm); 0 for no limit.
        use_averages: whether to keep averages of the weights.
        use_radam: whether to rectify the step size.
        L2_is_weight_decay: whether L2 acts on the weights, past the moments.
        nonfinite: what to do about a gradient with NaN or infinity: "pass" computes with it,
            "skip" leaves weights and state as they are, zeroes the gradient and counts in
            `nr_skipped`, "raise" raises ValueError and changes nothing.
    Raises:
        ValueError: a hyper-parameter is of a wrong kind or out of range.
    Numerics:
        State has the dtype of the weights (float32 for float16 weights). Calls with different
        keys may run concurrently.
    """

    __slots__ = (
        "mom1",
        "mom2",
        "averages",
        "nr_update",
        "nr_skipped",
        "last_seen",
        "_use_radam",
        "_L2_is_weight_decay",
        "_radam_buffer",
        "_step",
        "_last_score",
        "_nonfinite",
        "_base",
        "_groups",
        "_group_of",
    )

    def __init__(
        self,
        learn_rate: HyperT,
        *,
        L2: HyperT = ADAM_DEFAULTS["L2"],
        beta1: HyperT = ADAM_DEFAULTS["beta1"],
        beta2: HyperT = ADAM_DEFAULTS["beta2"],
        eps: HyperT = ADAM_DEFAULTS["eps"],
        grad_clip: HyperT = ADAM_DEFAULTS["grad_clip"],
        use_averages: bool = True,
        use_radam: bool = False,
        L2_is_weight_decay: bool = True,
        nonfinite: str = "pass",
    ) -> None:
        self.mom1: dict[KeyT, FloatsXd] = {}
        self.mom2: dict[KeyT, FloatsXd] = {}
        self.averages: Optional[dict[KeyT, FloatsXd]] = {} if use_averages else None
        self.nr_update: defaultdict[KeyT, int] = defaultdict(int)
        self.nr_skipped: defaultdict[KeyT, int] = defaultdict(int)
        self.last_seen: defaultdict[KeyT, int] = defaultdict(int)
        self._use_radam = use_radam
        self._L2_is_weight_decay = L2_is_weight_decay
        self._radam_buffer: list[list] = [[None, None, None] for _ in range(10)]
        self._step = 0
        self._last_score: ScoreT = None
        self._base = ParamGroup(
            Hypers(grad_clip=grad_clip, learn_rate=learn_rate, b1=beta1, b2=beta2, eps=eps, L2=L2)
        )
        self._groups: list[ParamGroup] = []
        self._group_of: dict[KeyT, ParamGroup] = {}
        self.nonfinite = nonfinite

    learn_rate = _hyper("learn_rate", "The size of a step.")
    b1 = _hyper("b1", "How slowly the first moment forgets.")
    b2 = _hyper("b2", "How slowly the second moment forgets.")
    eps = _hyper("eps", "Added to the root of the second moment.")
    L2 = _hyper("L2", "The weight decay.")
    grad_clip = _hyper("grad_clip", "The longest gradient; 0 for no limit.")
    use_radam = _setting("_use_radam", "Whether the step size is rectified.")
    L2_is_weight_decay = _setting("_L2_is_weight_decay", "Whether L2 acts on the weights alone.")

    @property
    def schedules(self) -> dict[str, Schedule]:
        """The hyper-parameters that are not plain numbers, by attribute name."""
        return self._base.hypers.schedules

    @property
    def step(self) -> int:
        """How often `step_schedules` has been called."""
        return self._step

    @property
    def last_score(self) -> ScoreT:
        """The last score and the step it was for, or None. Assign the score alone."""
        return self._last_score

    @last_score.setter
    def last_score(self, score: float) -> None:
        self._last_score = (self._step, score)

    @property
    def nonfinite(self) -> str:
        """What happens to gradients with NaN or infinity: "pass", "skip" or "raise"."""
        return self._nonfinite

    @nonfinite.setter
    def nonfinite(self, value: str) -> None:
        if value not in NONFINITE:
            raise ValueError(f"Optimizer: nonfinite must be one of {', '.join(NONFINITE)}; got {value!r}")
        self._nonfinite = value
        self._refresh()

    def step_schedules(self) -> None:
        """Go on to the next value of every schedule; one that has ended keeps its last value."""
        self._step += 1
        for hypers in self._all_hypers():
            hypers.step()
        self._refresh()

    def add_group(
        self,
        model: Any,
        where: Callable[[Any, str], bool],
        *,
        lr_scale: float = 1.0,
        frozen: bool = False,
        **hypers: HyperT,
    ) -> int:
        """Treat some of a model's parameters differently.

        A parameter that is already in a group moves to the new one.

        Args:
            model: the model whose tree is searched, with its parameters named, set or not.
            where: asked for every node (or PyTorch shim) and parameter name: is it in the group?
            lr_scale: factor on the learning rate.
            frozen: whether to leave these parameters alone: their gradients are zeroed unread.
            **hypers: learn_rate, L2, beta1, beta2, eps, grad_clip for this group, numbers or
                schedules; those not given are the optimizer's.
        Returns:
            the number of parameters in the group.
        Raises:
            ValueError: no parameter matches, or a hyper-parameter is not valid.
            TypeError: an unknown hyper-parameter.
        Example:
            optimizer = Adam(0.001, L2=0.01)
            optimizer.add_group(model, lambda node, name: name in ("b", "G"), L2=0.0)
            optimizer.add_group(model, lambda node, name: node.name == "hashembed", frozen=True)
        """
        renamed = {{"beta1": "b1", "beta2": "b2"}.get(name, name): value for name, value in hypers.items()}
        for name in renamed:
            if name not in NAMES:
                raise TypeError(f"Optimizer.add_group: unknown hyper-parameter {name!r}")
        keys = [key for node, key in _optimizer_state.parameters(model) if where(node, key[1])]
        if not keys:
            raise ValueError(f"Optimizer.add_group: no parameter of '{model.name}' is in the group")
        group = ParamGroup(Hypers(**renamed), lr_scale, frozen)
        self._groups.append(group)
        self._group_of.update(dict.fromkeys(keys, group))
        self._refresh()
        return len(keys)

    def __call__(
        self, key: KeyT, weights: FloatsXd, gradient: FloatsXd, *, lr_scale: float = 1.0
    ) -> tuple[FloatsXd, FloatsXd]:
        """Update one parameter in place.

        Args:
            key: whose state to use; the same key must always come with the same shape.
            weights: float array, any layout, at least one dimension.
            gradient: float array of the same shape; zeros afterwards.
            lr_scale: factor on the learning rate.
        Returns:
            the two arrays. Arrays of length 0 come back as they are.
        Raises:
            ValueError: shapes differ, or from those of earlier calls; an array is read-only; a
                gradient is not finite and that is to be an error.
            TypeError: an array is not of floats.
        """
        if len(gradient) < 1:
            return weights, gradient
        group = self._base
        if self._group_of:
            group = self._group_of.get(key, group)
            if group.frozen:
                gradient.fill(0.0)
                return weights, gradient
            lr_scale *= group.lr_scale
        ops = _cpu_ops() if isinstance(weights, numpy.ndarray) else get_array_ops(weights)
        t = self.nr_update.get(key, 0) + 1
        last_t, last_scale, arguments = group.last
        if t != last_t or lr_scale != last_scale or group.values is None:
            arguments = self._arguments(group, key, t, lr_scale)
            group.last = (t, lr_scale, arguments)
        averages = mom1 = None
        if self.averages is not None:
            averages = self.averages.get(key)
            if type(averages) is not type(weights):
                averages = _state(ops, averages, weights, weights.shape)
        try:
            if "beta1" in arguments:
                mom1, mom2 = self.mom1.get(key), self.mom2.get(key)
                if type(mom1) is not type(weights):
                    mom1 = _state(ops, mom1, weights, weights.size)
                    mom2 = _state(ops, mom2, weights, weights.size)
                done = ops.adam_update(weights, gradient, mom1, mom2, averages, **arguments)
            else:
                done = ops.sgd_update(weights, gradient, averages, **arguments)
        except (TypeError, ValueError) as error:
            raise self._worded(error, key) from error
        if not done:
            self._refuse(ops, key, gradient)
            return weights, gradient
        self.nr_update[key] = t
        if averages is not None:
            self.averages[key] = averages
        if mom1 is not None:
            self.mom1[key], self.mom2[key] = mom1, mom2
        return weights, gradient

    def to_bytes(self, model: Any = None) -> bytes:
        """Everything that the next updates depend on: counts, moments, averages, schedules.

        Loading it into an optimizer constructed in the same way, next to the same weights,
        continues with the bits of an uninterrupted run. Weights, and the state of NumPy's
        generator (for dropout), are the caller's to save.

        Args:
            model: the model that is being trained, or a list of models. State is then filed
                by position in the tree, which holds across processes; without it by key, which
                contains a model id and is good for the same process only.
        Raises:
            ValueError: there is state for parameters that are not in the given models.
        """
        return _optimizer_state.to_bytes(self, model)

    def from_bytes(self, data: bytes, model: Any = None) -> "Optimizer":
        """Take over the state that `to_bytes` gave, replacing all there is.

        Args:
            data: the bytes.
            model: what was given to `to_bytes`, or a model of the same structure.
        Returns:
            the optimizer.
        Raises:
            ValueError: the data is damaged, or belongs to another kind of optimizer or model.
                The optimizer is then as it was.
        """
        _optimizer_state.from_bytes(self, data, model)
        self._refresh()
        return self

    def to_disk(self, path: Union[str, Path], model: Any = None) -> None:
        """Write `to_bytes(model)` to a file."""
        Path(path).write_bytes(self.to_bytes(model))

    def from_disk(self, path: Union[str, Path], model: Any = None) -> "Optimizer":
        """`from_bytes` from a file."""
        return self.from_bytes(Path(path).read_bytes(), model)

    def _all_hypers(self) -> list[Hypers]:
        return [group.hypers for group in (self._base, *self._groups)]

    @property
    def _method(self) -> str:
        if self.use_radam:
            return "RAdam"
        return "Adam" if self.b2 > 0 else "SGD"

    def _refresh(self) -> None:
        """Look up the numbers that stay the same until the next step."""
        base = self._base.hypers
        for group in (self._base, *self._groups):
            group.values, group.last = None, (0, 1.0, {})
            if base.fixed() and group.hypers.fixed():
                group.values = self._values_for(group, None)

    def _values_for(self, group: ParamGroup, key: Optional[KeyT]) -> ValuesT:
        values = []
        for name in NAMES:
            hypers = group.hypers if name in group.hypers else self._base.hypers
            values.append(hypers.value(name, self._step, key, self._last_score))
        return tuple(values)

    def _arguments(self, group: ParamGroup, key: KeyT, t: int, lr_scale: float) -> dict[str, Any]:
        """The scalars of update number `t`, as keyword arguments of the op."""
        clip, learn_rate, b1, b2, eps, L2 = group.values or self._values_for(group, key)
        decoupled = self._L2_is_weight_decay
        arguments = {
            "learn_rate": lr_scale * learn_rate,
            "l2": 0.0 if decoupled else L2,
            "clip": clip,
            "decay": lr_scale * learn_rate * L2 if decoupled else 0.0,
            "follow": 1.0 - min((1.0 + t) / (10.0 + t), 0.9999),
            "guard": self._nonfinite != "pass",
        }
        if b2 == 0.0 and not self._use_radam:
            return arguments
        arguments.update(beta1=b1, beta2=b2, eps=eps)
        if self._use_radam:
            n_sma, size = self._rectified(t + 1, b1, b2)
            rate = size * learn_rate * lr_scale
            arguments.update(gain1=1 - b1, gain2=1 - b2, adaptive=n_sma >= 5, learn_rate=rate)
        else:
            arguments["learn_rate"] = learn_rate * (1.0 - b2**t) ** 0.5 / (1.0 - b1**t) * lr_scale
        return arguments

    def _rectified(self, step: int, b1: float, b2: float) -> tuple[float, float]:
        """RAdam's length of the approximated average and its step size; see `_rectification`."""
        n_sma, size = _rectification(step, b1, b2)
        if self._radam_buffer[step % 10] != [step, n_sma, size]:
            self._radam_buffer[step % 10] = [step, n_sma, size]
        return n_sma, size

    def _refuse(self, ops: Ops, key: KeyT, gradient: FloatsXd) -> None:
        if self._nonfinite == "raise":
            bad = gradient.size - int(ops.xp.isfinite(gradient).sum())
            raise ValueError(
                f"{self._method}: gradient must be finite; got {bad} of {gradient.size} elements "
                f"that are not, or a norm that overflows (parameter {key!r})"
            )
        gradient.fill(0.0)
        self.nr_skipped[key] += 1

    def _worded(self, error: Exception, key: KeyT) -> Exception:
        """The error of an op, naming the method and the parameter instead of the op."""
        _, _, text = str(error).rpartition("_update: ")
        return type(error)(f"{self._method}: {text} (parameter {key!r})")


@functools.cache
def _cpu_ops() -> Ops:
    return get_array_ops(numpy.zeros(0, dtype="float32"))


def _state(ops: Ops, array: Optional[FloatsXd], weights: FloatsXd, shape: Any) -> FloatsXd:
    """Zeros of that shape to go with the weights, or the given array on their device."""
    if array is not None:
        return ops.asarray(array)
    return ops.alloc(shape, dtype="float64" if weights.dtype == "float64" else "float32")


@functools.lru_cache(maxsize=64)
def _rectification(step: int, b1: float, b2: float) -> tuple[float, float]:
    """RAdam: the length N of the simple moving average, and the step size.

    `step` is one more than the number of updates, which stored runs depend on.
    """
    b2_t = b2**step
    longest = 2 / (1 - b2) - 1
    n_sma = longest - 2 * step * b2_t / (1 - b2_t)
    size = 1.0
    if n_sma >= 5:
        size = math.sqrt(
            (1 - b2_t) * (n_sma - 4) / (longest - 4) * (n_sma - 2) / n_sma * longest / (longest - 2)
        )
    return n_sma, size / (1 - b1**step)

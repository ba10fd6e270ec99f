"""The `Optimizer`: from the gradient of a parameter to its next value.

It keeps the state of each key (number of updates, moments, averages), works out the scalars of an
update in float64, and leaves the arrays to one op, `ops.adam_update` or `ops.sgd_update`, whose
docstrings have the formulas. Hyper-parameters are numbers or schedules (`_hyper.py`); saving and
loading is in `_optimizer_state.py`.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Optional, Union

import numpy

from . import _optimizer_state
from ._hyper import NAMES, Hypers, HyperT, ParamGroup, ScoreT, ValuesT, hyper, setting
from ._lazy_rows import update_rows
from ._state_arrays import cpu_ops, state_array, state_dtype
from ._step_scalars import rectification, step_scalars
from .backends import get_array_ops
from .schedules import Schedule
from .types import FloatsXd, Ints1d, get_array_module

KeyT = tuple[int, str]

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


class Optimizer(_optimizer_state.Saved):
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
        "row_updates",
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
        self.row_updates: dict[KeyT, Ints1d] = {}
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

    learn_rate = hyper("learn_rate", "The size of a step.")
    b1 = hyper("b1", "How slowly the first moment forgets.")
    b2 = hyper("b2", "How slowly the second moment forgets.")
    eps = hyper("eps", "Added to the root of the second moment.")
    L2 = hyper("L2", "The weight decay.")
    grad_clip = hyper("grad_clip", "The longest gradient; 0 for no limit.")
    use_radam = setting("_use_radam", "Whether the step size is rectified.")
    L2_is_weight_decay = setting("_L2_is_weight_decay", "Whether L2 acts on the weights alone.")

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
        """Go on to the next value of every schedule; one that has ended keeps its last value.

        Raises:
            ValueError: a value is out of range. All schedules then stay where they are.
        """
        if self._groups or self._base.hypers.schedules:
            before = [(hypers, hypers.position()) for hypers in self._all_hypers()]
            try:
                for hypers, _ in before:
                    hypers.step()
            except Exception:
                for hypers, position in before:
                    hypers.go_back(*position)
                raise
            self._refresh()
        self._step += 1

    def add_group(
        self,
        model: Any,
        where: Callable[[Any, str], bool],
        *,
        lr_scale: float = 1.0,
        frozen: bool = False,
        lazy_rows: bool = False,
        **hypers: HyperT,
    ) -> int:
        """Treat some of a model's parameters differently.

        A parameter that is already in a group moves to the new one.

        Args:
            model: the model whose tree is searched, with its parameters named, set or not.
            where: asked for every node (or PyTorch shim) and parameter name: is it in the group?
            lr_scale: factor on the learning rate.
            frozen: whether to leave these parameters alone. A node or module with frozen parameters
                only stops computing their gradients (see `Model.freeze`); others are zeroed unread.
            lazy_rows: whether each row of a parameter is one of its own, updated in those steps in
                which its gradient is not zero. For large embedding tables: a step then takes as
                long as the rows that it used. Results differ: rows without a gradient do not move
                with their momentum and do not decay, corrections of bias go by the number of a
                row's own updates, and averages start from the weights, not from zero. The norm
                for clipping is that of the whole gradient.
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
        group = ParamGroup(Hypers(**renamed), lr_scale, frozen, lazy_rows)
        self._groups.append(group)
        moved = dict.fromkeys(keys, group)
        self._group_of.update(moved)
        for part, own in _optimizer_state.parts(model):
            if not moved.keys().isdisjoint(own) and hasattr(part, "set_frozen"):
                part.set_frozen(all(self._group_of.get(key, self._base).frozen for key in own))
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
        self.update_all([(key, weights, gradient)], lr_scale=lr_scale)
        return weights, gradient

    def update_all(
        self,
        parameters: Iterable[tuple[KeyT, FloatsXd, FloatsXd]],
        *,
        lr_scale: float = 1.0,
        rows: Mapping[KeyT, Optional[Ints1d]] = {},
    ) -> None:
        """Update several parameters in place, in order, as calls one by one would.

        Faster than that: arrays do not push Python's own data out of the cache in between.

        Args:
            parameters: key, weights and gradient of each, as for a call; no key twice.
            lr_scale: factor on the learning rate.
            rows: for parameters with `lazy_rows`, where known: the rows that may have a gradient.
        Raises:
            ValueError, TypeError: as for a call, about the first parameter that does not fit. Those
                before it are updated; after a gradient that is not finite, those behind it too.
        """
        steps = []
        for key, weights, gradient in parameters:
            if len(gradient) > 0:
                step = self._plan(key, weights, gradient, lr_scale, rows.get(key))
                if step is not None:
                    steps.append(step)
        done, failure = [], None
        try:
            for _, _, op, arrays, arguments in steps:
                done.append(op(*arrays, **arguments))
        except (TypeError, ValueError) as error:
            failure = error
        refused = [step for step, ok in zip(steps, done, strict=False) if not self._record(step, ok)]
        if failure is not None:
            raise self._worded(failure, steps[len(done)]) from failure
        if refused and self._nonfinite == "raise":
            key, _, _, (weights, gradient, *_), _ = refused[0]
            bad = gradient.size - int(get_array_module(gradient).isfinite(gradient).sum())
            raise ValueError(
                f"{self._method_of(refused[0])}: gradient must be finite; got {bad} of {gradient.size} "
                f"elements that are not, or a norm that overflows (parameter {key!r})"
            )

    def _plan(
        self, key: KeyT, weights: FloatsXd, gradient: FloatsXd, lr_scale: float, rows: Optional[Ints1d]
    ) -> Optional[tuple[KeyT, int, Callable, tuple, dict[str, Any]]]:
        """Key, number of the update, op, arrays and scalars; None for a frozen parameter."""
        group = self._base
        if self._group_of:
            group = self._group_of.get(key, group)
            if group.frozen:
                gradient.fill(0.0)
                return None
            lr_scale *= group.lr_scale
        ops = cpu_ops() if isinstance(weights, numpy.ndarray) else get_array_ops(weights)
        t = self.nr_update.get(key, 0) + 1
        last_t, last_scale, arguments = group.last
        if t != last_t or lr_scale != last_scale or group.values is None:
            arguments = self._arguments(group, key, t, lr_scale)
            group.last = (t, lr_scale, arguments)
        averages = None
        if self.averages is not None:
            averages = self.averages.get(key)
            if averages is None and group.lazy_rows:
                averages = weights.astype(state_dtype(weights))
            if type(averages) is not type(weights):
                averages = state_array(ops, averages, weights, weights.shape)
        has_moments = "beta1" in arguments
        op: Callable = ops.adam_update if has_moments else ops.sgd_update
        if group.lazy_rows:
            scalars = functools.partial(self._arguments, group, key, lr_scale=lr_scale)
            op = functools.partial(update_rows, op, ops, self.row_updates, key, rows, scalars)
            arguments = {}
        if not has_moments:
            return key, t, op, (weights, gradient, averages), arguments
        mom1, mom2 = self.mom1.get(key), self.mom2.get(key)
        if type(mom1) is not type(weights):
            mom1 = state_array(ops, mom1, weights, weights.size)
            mom2 = state_array(ops, mom2, weights, weights.size)
        return key, t, op, (weights, gradient, mom1, mom2, averages), arguments

    def _record(self, step: tuple, done: bool) -> bool:
        """Keep the state after an update; deal with one that the guard has refused."""
        key, t, _, (_, gradient, *moments, averages), _ = step
        if done:
            self.nr_update[key] = t
            if moments:
                self.mom1[key], self.mom2[key] = moments
            if self.averages is not None:
                self.averages[key] = averages
        elif self._nonfinite == "skip":
            gradient.fill(0.0)
            self.nr_skipped[key] += 1
        return done

    @property
    def has_lazy_rows(self) -> bool:
        """Whether there is a group with `lazy_rows`."""
        return any(group.lazy_rows for group in self._groups)

    def is_lazy(self, key: KeyT) -> bool:
        """Whether the rows of a parameter are updated as parameters of their own."""
        return self._group_of.get(key, self._base).lazy_rows

    def _all_hypers(self) -> list[Hypers]:
        return [group.hypers for group in (self._base, *self._groups)]

    def _method_of(self, step: tuple) -> str:
        has_moments = len(step[3]) == 5
        return "RAdam" if self._use_radam else "Adam" if has_moments else "SGD"

    def _refresh(self) -> None:
        """Look up the numbers that stay the same until the next step."""
        base = self._base.hypers
        for group in (self._base, *self._groups):
            group.values, group.last = group.hypers.fixed_values(base), (0, 1.0, {})

    def _values_for(self, group: ParamGroup, key: KeyT) -> ValuesT:
        own, base = group.hypers, self._base.hypers
        clip, learn_rate, b1, b2, eps, L2 = (
            (own if name in own else base).value(name, self._step, key, self._last_score) for name in NAMES
        )
        return clip, learn_rate, b1, b2, eps, L2

    def _arguments(self, group: ParamGroup, key: KeyT, t: int, lr_scale: float) -> dict[str, Any]:
        """The scalars of update number `t`, as keyword arguments of the op."""
        values = group.values or self._values_for(group, key)
        if self._use_radam:
            # Kept for programs that look at it; the numbers are worked out anew.
            n_sma, size = rectification(t + 1, *values[2:4])
            self._radam_buffer[(t + 1) % 10] = [t + 1, n_sma, size]
        arguments = step_scalars(values, t, lr_scale, self._L2_is_weight_decay, self._use_radam)
        return {**arguments, "guard": self._nonfinite != "pass"}

    def _worded(self, error: Exception, step: tuple) -> Exception:
        """The error of an op, naming the method and the parameter instead of the op."""
        _, _, text = str(error).rpartition("_update: ")
        kind = TypeError if isinstance(error, TypeError) else ValueError
        return kind(f"{self._method_of(step)}: {text} (parameter {step[0]!r})")

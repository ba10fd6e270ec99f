"""Freezing: parts of a model that keep their parameters, and do no work for gradients nobody uses.

A frozen node ignores gradients, and its layer skips the products that would give them. The gradient of
the input is still computed, since layers below may need it, unless they are said not to.
"""

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any

from .types import Padded, Ragged


def freeze(root: Any, input_gradient: bool) -> None:
    """See `Model.freeze`."""
    unfreeze(root)
    for node in root.walk():
        node.set_frozen(True)
    if not input_gradient:
        root._func = Ended(root._func)


def unfreeze(root: Any) -> None:
    """See `Model.unfreeze`."""
    for node in root.walk():
        node.set_frozen(False)
        if isinstance(node._func, Ended):
            node._func = node._func.forward


class Ended:
    """A forward function with a callback that does nothing but return zeros."""

    def __init__(self, forward: Callable) -> None:
        update_wrapper(self, forward)
        self.forward = forward

    def __call__(self, model: Any, X: Any, is_train: bool) -> tuple[Any, Callable]:
        Y, _ = self.forward(model, X, is_train=is_train)
        return Y, lambda dY: zeros_like(model.ops, X)


def zeros_like(ops: Any, X: Any) -> Any:
    """Zeros in the form of an array, list, tuple, Ragged or Padded; None for anything else."""
    if isinstance(X, Ragged):
        return Ragged(zeros_like(ops, X.dataXd), X.lengths)
    if isinstance(X, Padded):
        return Padded(zeros_like(ops, X.data), X.size_at_t, X.lengths, X.indices)
    if isinstance(X, (list, tuple)):
        items = [zeros_like(ops, x) for x in X]
        return items if isinstance(X, list) else tuple(items)
    return ops.alloc(X.shape, dtype=X.dtype) if hasattr(X, "dtype") else None


def tell_shims(shims: Iterable[Any], frozen: bool) -> None:
    """Let those wrapped models that can do so stop or resume computing gradients of their parameters."""
    for shim in shims:
        if hasattr(shim, "set_frozen"):
            shim.set_frozen(frozen)


def skip_update(shim: Any) -> None:
    """Let a wrapped model forget its gradients and keep its weights, by a method of its own if it has one."""
    if hasattr(shim, "skip_update"):
        shim.skip_update()
    else:
        shim.finish_update(_unchanged)


def _unchanged(key: Any, param: Any, grad: Any, **settings: Any) -> tuple[Any, Any]:
    return param, grad

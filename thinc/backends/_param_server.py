"""Parameters and gradients by `(model_id, name)`, optionally in front of a remote server."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..types import get_array_module
from .ops import Ops

KeyT = tuple[int, str]
# Arrays of rows that are kept for a gradient before they become one.
MOST_NOTED = 64


class ParamServer:
    """Holds the parameters and gradients of one model node.

    With a `proxy` (an object with the methods `get_param`, `set_param`, `set_grad` and `inc_grad`),
    parameters are fetched from it and gradients are sent to it. What a `frozen` one is told of
    gradients it forgets.
    """

    frozen = False

    def __init__(
        self, params: dict[KeyT, Any] = {}, grads: dict[KeyT, Any] = {}, *, proxy: Any = None
    ) -> None:
        self._params = dict(params)
        self._grads = dict(grads)
        # For gradients that only rows were added to: which rows, as a list of arrays.
        self._rows: dict[KeyT, list[Any]] = {}
        self.proxy = proxy

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({"_rows": {}, **state})

    @property
    def param_keys(self) -> tuple[KeyT, ...]:
        """The keys of all parameters, in the order in which they were set."""
        return tuple(self._params)

    @property
    def grad_keys(self) -> tuple[KeyT, ...]:
        """The keys of those parameters that have a gradient."""
        return tuple(key for key in self._params if key in self._grads)

    def has_param(self, model_id: int, name: str) -> bool:
        """Whether a parameter is stored here."""
        return (model_id, name) in self._params

    def has_grad(self, model_id: int, name: str) -> bool:
        """Whether a gradient is stored here."""
        return (model_id, name) in self._grads

    def get_param(self, model_id: int, name: str) -> Any:
        """The parameter, through the proxy if there is one; KeyError if there is none."""
        key = (model_id, name)
        if self.proxy is not None:
            self._params[key] = self.proxy.get_param(model_id, name)
        return self._params[key]

    def get_grad(self, model_id: int, name: str) -> Any:
        """The gradient stored here; KeyError if there is none."""
        return self._grads[(model_id, name)]

    def set_param(self, model_id: int, name: str, value: Any) -> None:
        """Store a parameter, not a copy of it, here and in the proxy."""
        if self.proxy is not None:
            self.proxy.set_param(model_id, name, value)
        self._params[(model_id, name)] = value

    def set_grad(self, model_id: int, name: str, value: Any) -> None:
        """Store a gradient, not a copy of it, in the proxy or here."""
        if self.proxy is not None:
            self.proxy.set_grad(model_id, name, value)
        else:
            self._grads[(model_id, name)] = value
            self._rows.pop((model_id, name), None)

    def inc_grad(self, model_id: int, name: str, value: Any) -> None:
        """Add to a gradient, in the proxy or here; the first time, store a C-contiguous copy."""
        key = (model_id, name)
        self._rows.pop(key, None)
        if self.proxy is not None:
            self.proxy.inc_grad(model_id, name, value)
        elif key in self._grads:
            self._grads[key] += value
        elif isinstance(value, numpy.ndarray):
            self._grads[key] = value.copy()
        else:
            self._grads[key] = (
                value.copy() if hasattr(value, "copy") else get_array_module(value).ascontiguousarray(value)
            )

    def inc_grad_by(
        self, model_id: int, name: str, add: Callable[[Any], object], param: Any, ops: Ops
    ) -> None:
        """Let a function add to the gradient of `param`, where it is; the first time, to zeros."""
        key = (model_id, name)
        self._rows.pop(key, None)
        self._added(key, add, param, ops)

    def inc_grad_rows(
        self, model_id: int, name: str, columns: Sequence[Any], value: Any, param: Any, ops: Ops
    ) -> None:
        """Add row i of `value` to row `column[i]` of the gradient of `param`, for each of the columns."""
        key = (model_id, name)

        def add(grad: Any) -> None:
            for rows in columns:
                ops.scatter_add(grad, rows, value)

        if self._added(key, add, param, ops):
            self._rows[key] = []
        noted = self._rows.get(key)
        if noted is not None:
            noted.extend(columns)
            if len(noted) > MOST_NOTED:
                noted[:] = [ops.xp.unique(ops.xp.concatenate(noted))]

    def _added(self, key: KeyT, add: Callable[[Any], object], param: Any, ops: Ops) -> bool:
        """Whether there was no gradient before, and there is one now."""
        grad = self._grads.get(key) if self.proxy is None else None
        fresh = grad is None
        if fresh:
            grad = ops.alloc(param.shape, dtype=param.dtype)
        add(grad)
        if self.proxy is not None:
            self.proxy.inc_grad(*key, grad)
            return False
        if fresh:
            self._grads[key] = grad
        return fresh

    def used_rows(self, model_id: int, name: str) -> Any:
        """The rows of a gradient that something has been added to, int (K,); None if they are not known."""
        noted = self._rows.get((model_id, name))
        if not noted:
            return None
        return noted[0] if len(noted) == 1 else get_array_module(noted[0]).concatenate(noted)

    def reset_rows(self, model_id: int, name: str) -> None:
        """Take note that the gradient is zero."""
        self._rows[(model_id, name)] = []


__all__ = ["ParamServer"]

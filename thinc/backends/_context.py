"""What is current in this context: the ops, and the memory pools that frameworks share with CuPy.

A context variable holds the ops, so that threads and asynchronous tasks don't disturb each other. The
thread's own record exists to notice environments that lose context variables on the way (notebooks
that run each cell in a fresh context): there the two differ.
"""

import threading
from contextvars import ContextVar
from typing import Any

context_ops: ContextVar[Any] = ContextVar("context_ops", default=None)
# One dict for all contexts: the pools belong to the process.
_POOLS: dict[str, Any] = {}
context_pools: ContextVar[dict[str, Any]] = ContextVar("context_pools", default=_POOLS)

# What the record of a new thread starts from.
_GLOBAL_STATE: dict[str, Any] = {"ops": None}


def _create_thread_local(attrs: dict[str, Any], local_class: type = threading.local) -> Any:
    """A thread-local object that has these attributes in the calling thread."""
    local = local_class()
    for name, value in attrs.items():
        setattr(local, name, value)
    return local


_THREAD_STATE = _create_thread_local({"initialized": False})


def _get_thread_state() -> Any:
    """The record of the calling thread, with the attribute `ops`."""
    if not getattr(_THREAD_STATE, "initialized", False):
        for name, value in _GLOBAL_STATE.items():
            setattr(_THREAD_STATE, name, value)
        _THREAD_STATE.initialized = True
    return _THREAD_STATE


def set_current_ops(ops: Any) -> None:
    """Make these the current ops of this context; None: a CPU backend is chosen at the next use."""
    context_ops.set(ops)
    _get_thread_state().ops = ops


def contextvars_eq_thread_ops() -> bool:
    """Whether the current ops of the context and of the thread are of the same type."""
    return type(context_ops.get()) is type(_get_thread_state().ops)


__all__ = [
    "_GLOBAL_STATE",
    "_create_thread_local",
    "_get_thread_state",
    "context_ops",
    "context_pools",
    "contextvars_eq_thread_ops",
    "set_current_ops",
]

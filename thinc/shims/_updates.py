"""Updates of several parameters by an optimizer of any kind."""

from collections.abc import Callable, Iterable
from typing import Any

from ..optimizers import Optimizer


def updated(optimizer: Callable, updates: list[tuple[tuple[int, str], Any, Any]]) -> Iterable[Any]:
    """Each parameter after its update, from its key, array and gradient.

    An `Optimizer` gets all at once; a subclass, which may have a call of its own, does not.
    """
    if isinstance(optimizer, Optimizer) and type(optimizer) is Optimizer:
        optimizer.update_all(updates)
        return [array for _, array, _ in updates]
    return [optimizer(*update)[0] for update in updates]

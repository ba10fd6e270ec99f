"""Optimizers: Adam, RAdam and SGD, made by functions that configs can name.

All three are settings of one class, `Optimizer` (in `_optimizer.py`), which has the rules and
documents the arguments.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Union

from ._hyper import HyperT
from ._optimizer import ADAM_DEFAULTS, Optimizer
from ._optimizer import KeyT as KeyT
from .config import registry

__all__ = ["ADAM_DEFAULTS", "Adam", "Optimizer", "RAdam", "SGD", "SGD_DEFAULTS"]

FloatOrSeq = Union[float, list[float], Generator]
IntOrSeq = Union[int, list[int], Generator]
ScheduleT = HyperT

SGD_DEFAULTS: dict[str, Union[float, bool, int]] = {
    "L2": 0.0,
    "L2_is_weight_decay": True,
    "grad_clip": 1.0,
}


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
) -> Optimizer:
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
) -> Optimizer:
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
) -> Optimizer:
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


def update_nodes(nodes: Iterable[Any], optimizer: Callable) -> None:
    """Update every parameter with a gradient: `optimizer((node id, name), param, grad)`.

    Args:
        nodes: the nodes of a model.
        optimizer: any function that returns the new array first. An `Optimizer` gets all
            parameters at once; a subclass, which may have a call of its own, does not.
    """
    found = [(node, name) for node in nodes for name in node.grad_names]
    updates = [((node.id, name), node.get_param(name), node.get_grad(name)) for node, name in found]
    lazy = []
    if type(optimizer) is Optimizer and optimizer.has_lazy_rows:
        lazy = [(node, name) for node, name in found if optimizer.is_lazy((node.id, name))]
    rows = {(node.id, name): node._params.used_rows(node.id, name) for node, name in lazy}
    for (node, name), (_, param, _), result in zip(
        found, updates, updated(optimizer, updates, rows), strict=True
    ):
        if result is not param or node._params.proxy is not None:
            node.set_param(name, result)
    for node, name in lazy:
        node._params.reset_rows(node.id, name)


def updated(
    optimizer: Callable, updates: Iterable[tuple[KeyT, Any, Any]], rows: Mapping[KeyT, Any] = {}
) -> Iterable[Any]:
    """Each parameter after its update, from its key, array and gradient; arguments as in `update_nodes`.

    Args:
        rows: as for `Optimizer.update_all`.
    """
    if type(optimizer) is Optimizer:
        at_once = list(updates)
        optimizer.update_all(at_once, rows=rows)
        return [param for _, param, _ in at_once]
    return (optimizer(*update)[0] for update in updates)

"""What one node of a model owns: dimensions, parameters, gradients, references.

`Node` is the part of `Model` that stores and looks things up. Running, editing, copying and
saving are left to `model.py` and `_serialize.py`. Lookups happen on every call of every layer,
so the path taken when all is well is as short as Python allows; errors are worded on the way out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from . import _freezing, _validation
from ._dims import Dims
from .backends import Ops, ParamServer
from .shims import Shim

NodeT = TypeVar("NodeT", bound="Node")
_WALKS = ("bfs", "dfs_pre", "dfs_post")


class Node:
    """Storage and lookup of one node. `Model` declares the slots and adds everything else."""

    __slots__ = ()

    name: str
    id: int
    ops: Ops
    _func: Callable
    init: Callable | None
    _params: ParamServer
    _dims: Dims
    _attrs: dict[str, Any]
    _refs: dict[str, Any]
    _layers: list
    _shims: list[Shim]
    _has_params: dict[str, bool | None]

    # Names and containers

    @property
    def layers(self) -> list:
        """The live list of child nodes: append to it, do not assign it."""
        return self._layers

    @property
    def shims(self) -> list[Shim]:
        """The live list of wrapped framework models."""
        return self._shims

    @property
    def attrs(self) -> dict[str, Any]:
        """The live dict of attributes: settings that are saved with the model."""
        return self._attrs

    @property
    def param_names(self) -> tuple[str, ...]:
        """All registered parameter names, in registration order, set or not."""
        return tuple(self._has_params)

    @property
    def grad_names(self) -> tuple[str, ...]:
        """The registered parameter names that have a gradient."""
        grads, id = self._params._grads, self.id
        return tuple([name for name in self._has_params if (id, name) in grads])

    @property
    def dim_names(self) -> tuple[str, ...]:
        """All registered dimension names, set or not."""
        return tuple(self._dims)

    @property
    def ref_names(self) -> tuple[str, ...]:
        """All registered reference names, set or not."""
        return tuple(self._refs)

    # Dimensions

    def has_dim(self, name: str) -> bool | None:
        """False if the dimension is not registered, None if it is unset, else True."""
        if name not in self._dims:
            return False
        return None if self._dims[name] is None else True

    def get_dim(self, name: str) -> int:
        """The dimension's value.

        Raises:
            KeyError: no such dimension.
            ValueError: the dimension is unset.
        """
        value = self._dims.get(name)
        if value is not None:
            return value
        text = f"Cannot get dimension '{name}' for model '{self.name}'"
        if name not in self._dims:
            raise KeyError(text)
        raise ValueError(f"{text}: value unset")

    def maybe_get_dim(self, name: str) -> int | None:
        """The dimension's value, or None if it is unset or not registered."""
        return self._dims.get(name)

    def set_dim(self, name: str, value: int | None, *, force: bool = False) -> None:
        """Set a dimension. Changing a value needs `force` and a node without parameters.

        Raises:
            KeyError: no such dimension.
            ValueError: the dimension has another value already and may not change.
        """
        self._check_dim(name, value, force=force)
        changed = self._dims[name] != value
        self._dims[name] = value
        if changed:
            _validation.origins_of_dims(self)[name] = _validation.origin_of_dim(name, value)

    def _check_dim(self, name: str, value: int | None, *, force: bool = False, source: str = "") -> None:
        if name not in self._dims:
            raise KeyError(f"Cannot set unknown dimension '{name}' for model '{self.name}'.")
        old = self._dims[name]
        if old is None or old == value or (force and not any(self._has_params.values())):
            return
        known = _validation.origins_of_dims(self).get(name, "set before")
        found = source or _validation.origin_of_dim(name, value)
        raise ValueError(
            f"Attempt to change dimension '{name}' for model '{self.name}' from {old} to {value} "
            f"({old} was {known}, {value} is {found})"
        )

    # Parameters

    def has_param(self, name: str) -> bool | None:
        """False if the parameter is not registered, None if it is unset, else True."""
        return self._has_params.get(name, False)

    def get_param(self, name: str) -> Any:
        """The parameter's array.

        Raises:
            KeyError: no such parameter, or it has not been allocated.
        """
        store = self._params
        if store.proxy is None:
            try:
                return store._params[self.id, name]
            except KeyError:
                pass
        if name not in self._has_params:
            raise KeyError(f"Unknown param: '{name}' for model '{self.name}'.")
        if not self._has_params[name]:
            raise KeyError(f"Parameter '{name}' for model '{self.name}' has not been allocated yet.")
        return store.get_param(self.id, name)

    def maybe_get_param(self, name: str) -> Any:
        """The parameter's array, or None if it is unset or not registered."""
        return self.get_param(name) if self._has_params.get(name) else None

    def set_param(self, name: str, value: Any) -> None:
        """Store a parameter, registering the name if it is new. None drops array and gradient."""
        if value is None:
            self._has_params[name] = None
            self._params._params.pop((self.id, name), None)
            self._params._grads.pop((self.id, name), None)
        else:
            self._params.set_param(self.id, name, value)
            self._has_params[name] = True

    @contextmanager
    def use_params(self, params: dict | None) -> Iterator[None]:
        """Within the block, use other arrays for the parameters whose `(id, name)` is a key.

        The previous arrays, the very objects, are back afterwards, whatever the block does. None, the
        averages of an optimizer that keeps none, leaves all as it is.
        """
        params = {} if params is None else params
        previous: list[tuple[Any, str, Any]] = []
        with ExitStack() as stack:
            stack.callback(_put_back, previous)
            for node in self.walk():
                for name in node._has_params:
                    if (node.id, name) in params:
                        previous.append((node, name, node.get_param(name)))
                        node.set_param(name, params[node.id, name])
                for shim in node.shims:
                    stack.enter_context(shim.use_params(params))
            yield

    # Gradients

    def has_grad(self, name: str) -> bool:
        """Whether the parameter has a gradient."""
        return self._params.has_grad(self.id, name)

    def get_grad(self, name: str) -> Any:
        """The parameter's gradient.

        Raises:
            KeyError: there is none.
        """
        grad = self._params._grads.get((self.id, name))
        if grad is None:
            raise KeyError(f"No gradient for parameter '{name}' of model '{self.name}'.")
        return grad

    def maybe_get_grad(self, name: str) -> Any:
        """The parameter's gradient, or None if there is none."""
        return self._params.get_grad(self.id, name) if self.has_grad(name) else None

    def set_grad(self, name: str, value: Any) -> None:
        """Replace the parameter's gradient; the array is not copied.

        Raises:
            KeyError: no such parameter.
        """
        self._check_registered(name)
        self._params.set_grad(self.id, name, value)

    def inc_grad(self, name: str, value: Any) -> None:
        """Add to the parameter's gradient: the first call stores a copy, later ones add to it.

        A frozen node ignores the call.
        The addition is not atomic: let one thread at a time write to a node's gradients.

        Raises:
            KeyError: no such parameter.
            ValueError: the shape is not the parameter's, if that is an array.
            TypeError: the value is not an array.
        """
        store = self._params
        if store.frozen:
            return
        key = (self.id, name)
        param = store._params.get(key)
        shape = getattr(value, "shape", None)
        if param is None:
            self._check_registered(name)
        if shape is None or (
            param is not None
            and (
                shape != getattr(param, "shape", shape)
                or (key in store._grads and shape != store._grads[key].shape)
            )
        ):
            raise _validation.unfit_gradient(self, name, value)
        store.inc_grad(self.id, name, value)

    def inc_grad_by(self, name: str, add: Callable[[Any], object]) -> None:
        """Let a function add to the parameter's gradient, a dense array that lives as long as the model.

        For gradients of large parameters that are zero nearly everywhere. A frozen node does not call it.
        """
        if not self._params.frozen:
            self._params.inc_grad_by(self.id, name, add, self.get_param(name), self.ops)

    def inc_grad_rows(self, name: str, columns: Sequence[Any], value: Any) -> None:
        """Add row i of `value` to row `column[i]` of the parameter's gradient, for each of the columns.

        The gradient is one dense array that lives as long as the model. Only these rows are written to,
        and noted for optimizers that update rows lazily.
        """
        if not self._params.frozen:
            self._params.inc_grad_rows(self.id, name, columns, value, self.get_param(name), self.ops)

    @property
    def is_frozen(self) -> bool:
        """Whether the node collects no gradients, so that layers need not compute them."""
        return self._params.frozen

    def set_frozen(self, frozen: bool) -> None:
        """Stop or resume collecting gradients in this node alone; a change drops those there are."""
        if frozen != self._params.frozen:
            self._params.frozen = frozen
            self._params._grads.clear()
            self._params._rows.clear()
            _freezing.tell_shims(self._shims, frozen)

    def freeze(self: NodeT, *, input_gradient: bool = True) -> NodeT:
        """Keep the parameters of the tree as they are: no gradients are collected, nor computed if avoidable.

        Gradients that are there are dropped. Dropout goes on as before. Wrapped PyTorch modules compute
        no gradients of their parameters; wrapped models of other frameworks compute them as before, but
        are not updated. Saved bytes do not hold any of this, copies of the model do.

        Args:
            input_gradient: whether something before this tree has to learn. If not, backprop ends
                here: the callback returns zeros, and the forward pass keeps nothing for it.
        Returns:
            the model.
        Example:
            tagger = chain(embed.freeze(input_gradient=False), encoder, Softmax())
        """
        _freezing.freeze(self, input_gradient)
        return self

    def unfreeze(self: NodeT) -> NodeT:
        """Undo `freeze` for the tree, which may be a part of the one that was frozen."""
        _freezing.unfreeze(self)
        return self

    def get_gradients(self) -> dict[tuple[int, str], tuple[Any, Any]]:
        """`{(node id, name): (parameter, gradient)}` for the whole tree."""
        return {
            (node.id, name): (node.get_param(name), node.get_grad(name))
            for node in self.walk()
            for name in node.grad_names
        }

    def _check_registered(self, name: str) -> None:
        if name not in self._has_params:
            raise KeyError(f"Unknown param: '{name}' for model '{self.name}'.")

    # References

    def has_ref(self, name: str) -> bool | None:
        """False if the reference is not registered, None if it is unset, else True."""
        if name not in self._refs:
            return False
        return None if self._refs[name] is None else True

    def get_ref(self, name: str) -> Any:
        """The node referred to.

        Raises:
            KeyError: no such reference.
            ValueError: the reference is unset.
        """
        value = self._refs.get(name)
        if value is not None:
            return value
        text = f"Cannot get reference '{name}' for model '{self.name}'"
        if name not in self._refs:
            raise KeyError(f"{text}.")
        raise ValueError(f"{text}: value unset.")

    def maybe_get_ref(self, name: str) -> Any:
        """The node referred to, or None if the reference is unset or not registered."""
        return self._refs.get(name)

    def set_ref(self, name: str, value: Any) -> None:
        """Set a reference, registering the name if it is new. None unsets it.

        Raises:
            ValueError: the node is not in the tree below this one.
        """
        if value is not None and not any(node is value for node in self.walk()):
            raise ValueError(f"Cannot add reference to node not in tree. ('{name}' of model '{self.name}')")
        self._refs[name] = value

    # The tree

    def walk(self, *, order: str = "bfs") -> Iterator[Any]:
        """Iterate over the nodes of the tree, each object once, this one first unless post-order.

        The walk is lazy: in "bfs", a node's children are read after the loop's body has seen
        the node, so the body may replace them.

        Raises:
            ValueError: unknown order; raised by the call, not by the iteration.
        """
        if order == "bfs":
            return self._walk_bfs()
        if order in _WALKS:
            return self._walk_dfs(children_first=order == "dfs_post")
        raise ValueError(f"Invalid order, must be one of: {', '.join(_WALKS)}; got {order!r}")

    def _walk_bfs(self) -> Iterator[Any]:
        queue = [self]
        seen = {id(self)}
        for node in queue:
            yield node
            for child in node._layers:
                if id(child) not in seen:
                    seen.add(id(child))
                    queue.append(child)

    def _walk_dfs(self, children_first: bool) -> Iterator[Any]:
        seen = {id(self): self}
        if not children_first:
            yield self
        path = [(self, iter(self._layers))]
        while path:
            node, children = path[-1]
            for child in children:
                if id(child) not in seen:
                    seen[id(child)] = child
                    if not children_first:
                        yield child
                    path.append((child, iter(child._layers)))
                    break
            else:
                path.pop()
                if children_first:
                    yield node


def _put_back(previous: list[tuple[Any, str, Any]]) -> None:
    """Set parameters to what they were, the last one first."""
    for node, name, value in reversed(previous):
        node.set_param(name, value)

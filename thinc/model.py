"""`Model`: a forward function with its parameters, settings and child nodes.

A model is called with an input and gives the output and a callback, which takes the gradient of
the output and gives the gradient of the input. Composition, editing and copying of trees of such
nodes live here; storage in `_params.py`, bytes in `_serialize.py`, tables in `_summary.py`.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from . import _freezing, _serialize, _summary, compat
from ._data_validation import DATA_VALIDATION, validate_fwd_input_output
from ._dims import Dims, deep_copy
from ._files import is_file, read_file
from ._params import Node
from ._serialize import deserialize_attr, serialize_attr
from ._validation import LOCATED, entry, locate, located
from .backends import CupyOps, NumpyOps, Ops, ParamServer, get_current_ops
from .optimizers import update_nodes
from .shims import Shim
from .types import _InT, _OutT

__all__ = [
    "Model",
    "serialize_attr",
    "deserialize_attr",
    "change_attr_values",
    "set_dropout_rate",
    "wrap_model_recursive",
]

InT = TypeVar("InT")
OutT = TypeVar("OutT")
SelfT = TypeVar("SelfT", bound="Model")

context_operators: ContextVar[Mapping[str, Callable]] = ContextVar(
    "context_operators", default=MappingProxyType({})
)


def empty_init(model: "Model", *args: Any, **kwargs: Any) -> "Model":
    """The initializer of models that have none: does nothing."""
    return model


def _operator(symbol: str) -> Callable[["Model", Any], "Model"]:
    """A method that calls what `Model.define_operators` bound to the symbol."""

    def apply(self, other):
        if symbol not in context_operators.get():
            raise TypeError(f"Undefined operator: {symbol}")
        return context_operators.get()[symbol](self, other)

    return apply


class Model(Node, Generic[_InT, _OutT]):
    """A forward function with its parameters, settings and child nodes.

    Args:
        name: of the layer; stored with the model.
        forward: `forward(model, X, is_train) -> (Y, backprop)`.
        init: `init(model, X=None, Y=None)`: infers dimensions and creates parameters.
        dims: sizes by name, None for those not known yet.
        params: arrays by name, None for those not allocated yet.
        layers: child nodes.
        shims: wrapped models of other frameworks.
        attrs: settings by name; saved where they can be encoded.
        refs: nodes of the tree by name.
        ops: the backend; the current one by default.
    """

    global_id: int = 0
    global_id_lock = Shim.global_id_lock
    _context_operators = context_operators

    # Names and order are a contract: other packages touch some of them.
    # fmt: off
    __slots__ = [
        "name", "id", "ops", "_func", "init",
        "_params", "_dims", "_attrs", "_refs", "_layers", "_shims", "_has_params",
    ]
    # fmt: on

    def __init__(
        self,
        name: str,
        forward: Callable,
        *,
        init: Callable | None = None,
        dims: dict[str, int | None] = {},
        params: dict[str, Any] = {},
        layers: list["Model"] = [],
        shims: list[Shim] = [],
        attrs: dict[str, Any] = {},
        refs: dict[str, "Model | None"] = {},
        ops: Ops | None = None,
    ):
        self.name = name
        self.id = Model._next_id()
        self.ops = ops if ops is not None else get_current_ops()
        self._func = forward
        self.init = init if init is not None else empty_init
        self._params = ParamServer()
        self._dims = Dims(dims)
        self._attrs = dict(attrs)
        self._refs = dict(refs)
        self._layers = list(layers)
        self._shims = list(shims)
        self._has_params = {}
        for param_name, value in params.items():
            self._has_params[param_name] = None
            if value is not None:
                self.set_param(param_name, value)

    @staticmethod
    def _next_id() -> int:
        with Shim.global_id_lock:
            Shim.global_id = Model.global_id = max(Shim.global_id, Model.global_id) + 1
            return Model.global_id

    def __setstate__(self, state: Any) -> None:
        for part in state if isinstance(state, tuple) else (state,):
            for name, value in (part or {}).items():
                setattr(self, name, value)
        if not isinstance(self._dims, Dims):  # Pickled by another release.
            self._dims = Dims(self._dims)
        Shim._skip_ids(self.id)

    # Running and training

    @entry
    def __call__(self, X: _InT, is_train: bool) -> tuple[_OutT, Callable[[Any], Any]]:
        """The output for `X`, and the callback from the output's gradient to the input's."""
        try:
            return self._func(self, X, is_train=is_train)
        except LOCATED:
            locate(self)
            raise

    @entry
    def begin_update(self, X: _InT) -> tuple[_OutT, Callable[[Any], Any]]:
        """As a call with `is_train=True`; errors in the callback name the node too."""
        try:
            return located(self, self._func(self, X, is_train=True))
        except LOCATED:
            locate(self)
            raise

    @entry
    def predict(self, X: _InT) -> _OutT:
        """The output for `X`, without training behaviour such as dropout."""
        try:
            return self._func(self, X, is_train=False)[0]
        except LOCATED:
            locate(self)
            raise

    @entry
    def initialize(self: SelfT, X: Any = None, Y: Any = None) -> SelfT:
        """Infer unset dimensions from example data and create the parameters."""
        if DATA_VALIDATION.get():
            validate_fwd_input_output(self.name, self._func, X, Y)
        try:
            if self.init is not None:
                self.init(self, X=X, Y=Y)
        except LOCATED:
            locate(self)
            raise
        return self

    def finish_update(self, optimizer: Callable) -> None:
        """Update every parameter that has a gradient: `optimizer((node id, name), param, grad)`."""
        nodes = list(self.walk())
        for node in nodes:
            for shim in node._shims:
                if node.is_frozen:
                    _freezing.skip_update(shim)
                else:
                    shim.finish_update(optimizer)
        update_nodes(nodes, optimizer)

    def replace_callbacks(self, forward: Callable, *, init: Callable | None = None) -> None:
        """Replace the forward function and the initializer; without `init` there is none."""
        self._func, self.init = forward, init

    # Showing

    def __str__(self) -> str:
        return _summary.outline(self)

    def summary(self, X: Any = None) -> _summary.Summary:
        """A table of the tree; with `X`, the output and time of each node when it is run on it."""
        return _summary.summary(self, X)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    # Editing the tree

    def remove_node(self, node: "Model") -> None:
        """Remove the node wherever it is a child, and unset references that left the tree."""
        for parent in list(self.walk()):
            while node in parent.layers:
                parent.layers.remove(node)
        tree = {id(member): member for member in self.walk()}
        for member in tree.values():
            lost = [name for name, target in member._refs.items() if id(target) not in tree]
            member._refs.update(dict.fromkeys(lost))

    def replace_node(self, old: "Model", new: "Model") -> bool:
        """Put `new`, which may contain `old`, in the place of `old`. False if it was not found.

        Raises:
            ValueError: a reference to `old` could not follow; nothing has been changed then.
        """
        tree = list(self.walk(order="dfs_post"))
        if old is self or not any(node is old for node in tree):
            return old is self
        changes = []
        for node in tree:
            if node is old:
                continue
            layers = [new if layer == old else layer for layer in node._layers]
            refs = {name: new if target == old else target for name, target in node._refs.items()}
            if old in node._refs.values() and not any(part is old or part is new for part in node.walk()):
                raise ValueError(
                    f"Cannot add reference to node not in tree. (replace_node: '{node.name}' refers to "
                    f"'{old.name}' but does not contain it)"
                )
            changes.append((node, layers, refs))
        for node, layers, refs in changes:
            node._layers = layers
            node._refs.update(refs)
        return True

    # Copying and moving

    def copy(self) -> "Model[_InT, _OutT]":
        """A copy of the tree with its own parameters and ids, and the same functions.

        Nodes and shims that occur twice are copied once. References are kept if they stay
        inside the copied tree.
        """
        copies: dict[int, Any] = {}
        copied = self._copy(copies)
        for node in self.walk():
            for name, target in node._refs.items():
                if target is None or id(target) in copies:
                    copies[id(node)]._refs[name] = target and copies[id(target)]
        return copied

    def _copy(self, copies: dict[int, Any]) -> "Model":
        for part in (*self._layers, *self._shims):
            if id(part) not in copies:
                copies[id(part)] = part._copy(copies) if isinstance(part, Model) else part.copy()
        copied: Model = Model(
            self.name,
            self._func,
            params=deep_copy({name: self.maybe_get_param(name) for name in self._has_params}),
            dims=deep_copy(self._dims),
            attrs=deep_copy(self._attrs),
            layers=[copies[id(layer)] for layer in self._layers],
            shims=[copies[id(shim)] for shim in self._shims],
            ops=self.ops,
        )
        copied.init = self.init
        copied.set_frozen(self.is_frozen)
        for name in self.grad_names:
            copied.set_grad(name, copy.deepcopy(self.get_grad(name)))
        copies[id(self)] = copied
        return copied

    def to_gpu(self, gpu_id: int) -> None:
        """Move the parameters of the tree to a CUDA device.

        Raises:
            ImportError: CuPy is not installed.
        """
        if not compat.has_cupy:
            raise ImportError("Model.to_gpu: CuPy is required; got an environment without it")
        with compat.cupy.cuda.Device(gpu_id):
            self._to_ops(CupyOps())

    def to_cpu(self) -> None:
        """Move the parameters of the tree to the CPU."""
        self._to_ops(NumpyOps())

    def _to_ops(self, ops: Ops) -> None:
        for node in self.walk():
            node.ops = ops
            for name in node.param_names:
                if node.has_param(name):
                    node.set_param(name, ops.asarray(node.get_param(name)))
                if node.has_grad(name):
                    node.set_grad(name, ops.asarray(node.get_grad(name)))
            for shim in node.shims:
                shim.to_device(ops.device_type, ops.device_id)

    # Operators

    @classmethod
    @contextmanager
    def define_operators(cls, operators: dict[str, Callable]) -> Iterator[None]:
        """Within the block, and in this context only, bind operators such as `>>` to functions."""
        outer = context_operators.get()
        try:
            context_operators.set(dict(operators))
            yield
        finally:
            context_operators.set(outer)

    __add__ = _operator("+")
    __sub__ = _operator("-")
    __mul__ = _operator("*")
    __matmul__ = _operator("@")
    __div__ = _operator("/")
    __truediv__ = _operator("/")
    __floordiv__ = _operator("//")
    __mod__ = _operator("%")
    __pow__ = _operator("**")
    __lshift__ = _operator("<<")
    __rshift__ = _operator(">>")
    __and__ = _operator("&")
    __xor__ = _operator("^")
    __or__ = _operator("|")

    # Saving and loading

    def to_dict(self) -> dict[str, list]:
        """The tree as plain data: `nodes`, `attrs`, `params` and `shims`, one entry per node."""
        return _serialize.to_dict(self)

    def from_dict(self: SelfT, msg: dict[str, list]) -> SelfT:
        """Load what `to_dict` gave into a tree of the same structure, wholly or not at all.

        Raises:
            ValueError: the data is damaged, or does not fit this model.
            KeyError: the data has a dimension this model does not know.
        """
        _serialize.from_dict(self, msg)
        return self

    def to_bytes(self) -> bytes:
        """The tree as MessagePack."""
        return _serialize.to_bytes(self)

    def from_bytes(self: SelfT, bytes_data: bytes) -> SelfT:
        """Load what `to_bytes` gave; see `from_dict`."""
        return self.from_dict(_serialize.decode(self, bytes_data))

    def to_disk(self, path: Path | str) -> None:
        """Write the tree to one file, which is complete or absent but never half written."""
        _serialize.to_disk(self, path)

    def from_disk(self: SelfT, path: Path | str) -> SelfT:
        """Load a file written by `to_disk`; see `from_dict`."""
        return self.from_dict(_serialize.decode(self, read_file(path), source=str(path)))

    def can_from_dict(self, msg: dict[str, list], *, strict: bool = True) -> bool:
        """Whether the data fits this model; `strict` compares names and attributes too."""
        return _serialize.can_from_dict(self, msg, strict=strict)

    def can_from_bytes(self, bytes_data: bytes, *, strict: bool = True) -> bool:
        """Whether the bytes are those of a model that fits this one."""
        return _serialize.can_from_bytes(self, bytes_data, strict=strict)

    def can_from_disk(self, path: Path | str, *, strict: bool = True) -> bool:
        """Whether the file holds a model that fits this one."""
        return is_file(path) and self.can_from_bytes(read_file(path), strict=strict)


def change_attr_values(model: Model, mapping: dict[str, dict[str, Any]]) -> Model:
    """Set attributes, by node name, on the nodes that have them already."""
    for node in model.walk():
        for name, value in mapping.get(node.name, {}).items():
            if name in node.attrs:
                node.attrs[name] = value
    return model


def set_dropout_rate(model: Model, drop: float, attrs: list[str] = ["dropout_rate"]) -> Model:
    """Set the dropout rate of every node that has one."""
    for node in model.walk():
        for name in attrs:
            if name in node.attrs:
                node.attrs[name] = drop
    return model


def wrap_model_recursive(model: Model, wrapper: Callable[[Model], Model]) -> Model:
    """Put `wrapper(node)` in the place of every node of the tree; gives the wrapped model."""
    for node in list(model.walk()):
        model.replace_node(node, wrapper(node))
    return wrapper(model)

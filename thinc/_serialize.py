"""Models as plain data, as bytes and as files.

A saved model is four lists with one entry per node in breadth-first order; position is the only
link between data and tree. Data is not trusted: everything is checked before anything is changed,
and the errors name the node by position, name and path.
"""

import functools
import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from numbers import Integral, Number
from pathlib import Path
from types import NoneType
from typing import Any

from . import _msgpack
from ._files import replace_file
from ._params import Node
from ._validation import origins_of_dims, path_to

_LISTS = ("nodes", "attrs", "params", "shims")
# For a node, and for each of its parameters, dimensions, references and attributes.
_NODE_MEMORY, _ENTRY_MEMORY = 4096, 1024
_PLAIN = (str, bytes, Number, NoneType)
# What code that reads damaged data raises.
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, OverflowError)


class ModelDataError(ValueError, AttributeError):
    """The data is not that of a model; earlier releases failed with AttributeError here."""


class UnknownDimensionError(KeyError, ValueError):
    """The data has a dimension the model lacks."""

    def __str__(self):
        return Exception.__str__(self)


class ShimDataError(ValueError, RuntimeError):
    """A wrapped model does not take its data; PyTorch fails with RuntimeError then."""


class _Place:
    """Which node an error is about; its path is looked for only when there is an error."""

    def __init__(self, model: Node, index: int, node: Node):
        self.model, self.index, self.node = model, index, node

    def __str__(self) -> str:
        path = path_to(self.model, self.node)
        return f"from_dict: node {self.index}, '{self.node.name}' ({path})"


@functools.singledispatch
def serialize_attr(_: Any, value: Any, name: str, model: Any) -> bytes:
    """An attribute's value as bytes; register encoders for other types by the type of the value.

    Raises:
        TypeError: there is no encoding; the attribute is left out when the model is saved.
    """
    return _msgpack.dumps(value)


@functools.singledispatch
def deserialize_attr(_: Any, value: bytes, name: str, model: Any) -> Any:
    """An attribute's value from bytes, chosen by the type of the value the model holds now."""
    _msgpack.check_values(value)
    return _msgpack.loads(value)


def to_dict(model: Node) -> dict[str, list]:
    """The tree as four lists; parameters are the live arrays."""
    nodes = list(model.walk())
    positions = {id(node): index for index, node in enumerate(nodes)}
    return {
        "nodes": [
            {
                "index": index,
                "name": node.name,
                "dims": dict(node._dims),
                "refs": _positions_of_refs(node, positions),
            }
            for index, node in enumerate(nodes)
        ],
        "attrs": [_encoded_attrs(node) for node in nodes],
        "params": [{name: node.maybe_get_param(name) for name in node.param_names} for node in nodes],
        "shims": [[shim.to_bytes() for shim in node.shims] for node in nodes],
    }


def to_bytes(model: Node) -> bytes:
    """The tree as MessagePack."""
    return b"".join(_pieces(model))


def _memory_of_structure(model: Node) -> int:
    """Bytes of memory that the values beside the arrays of such a model may take."""
    return sum(
        _NODE_MEMORY
        + _ENTRY_MEMORY * (len(node._has_params) + len(node._dims) + len(node._refs) + len(node._attrs))
        for node in model.walk()
    )


def to_disk(model: Node, path: Path | str) -> None:
    """The tree, as a file."""
    replace_file(path, _pieces(model))


def decode(model: Node, data: bytes, source: str = "") -> Any:
    """The data for `from_dict` in some bytes; arrays are views of them.

    Raises:
        ValueError: not MessagePack, or no model's, or with far more small values than the model has.
    """
    try:
        return _msgpack.Reader(data, _memory_of_structure(model)).read()
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        where = f"{source}: " if source else ""
        raise ValueError(f"{where}model data is truncated or not MessagePack: {error}") from error


@_msgpack.garbage_collector_kept()
def from_dict(model: Node, msg: Any) -> None:
    """Check the data against the tree, then load it, one node after the other.

    Attributes and shims are read by code of others, which may fail, and which sees a node that has
    its name, dimensions and references already. An error puts everything back; what a decoder of
    attributes writes into the value that it is given is not known here and stays.
    """
    nodes = _matching_nodes(model, msg)
    loaded, wrapped = [], []
    for index, (node, entry, attrs, params, shims) in enumerate(_by_node(nodes, msg)):
        where = _Place(model, index, node)
        _check_dims(node, entry["dims"], where)
        refs = {name: None if at is None else nodes[at] for name, at in entry["refs"].items()}
        arrays = _checked_params(node, params, where)
        if len(shims) != len(node.shims):
            raise ValueError(f"{where}: has {len(node.shims)} shims; got data for {len(shims)}")
        loaded.append((where, node, entry, refs, attrs, arrays))
        wrapped += [(where, *pair) for pair in zip(node.shims, shims, strict=True)]
    undo: list[tuple] = []
    try:
        for where, node, entry, refs, attrs, arrays in loaded:
            undo.append((_put_back, node, *_content(node)))
            node.name = entry["name"]
            for name, value in entry["dims"].items():
                if value is not None and not _same(node._dims[name], value):
                    node._dims[name] = value
                    origins_of_dims(node)[name] = "loaded"
            node._refs.update(refs)
            for name, data in attrs.items():
                node.attrs[name] = _decoded_attr(node, name, data, where)
            for name, array in arrays.items():
                node.set_param(name, array)
        for count, (where, shim, data) in enumerate(wrapped, 1):
            # The last one puts itself back, and weights may be large.
            if count < len(wrapped):
                undo.append((shim.way_back(),))
            _load_shim(shim, data, where)
    except BaseException:
        with ExitStack() as stack:
            for step in undo:
                stack.callback(*step)
        raise


def _content(node: Any) -> tuple:
    """What a node holds, the very objects, for `_put_back`."""
    containers = (node._dims, origins_of_dims(node), node._refs, node._attrs)
    params = {name: node.maybe_get_param(name) for name in node._has_params}
    contents = [dict(container) for container in containers]
    return node.name, containers, contents, params, dict(node._params._grads)


def _put_back(node: Any, name: Any, containers: tuple, contents: list, params: dict, grads: dict) -> None:
    node.name = name
    for container, content in zip(containers, contents, strict=True):
        container.clear()
        container.update(content)
    for param_name, array in params.items():
        node.set_param(param_name, array)
    node._params._grads.update(grads)


def _load_shim(shim: Any, data: Any, where: _Place) -> None:
    try:
        shim.from_bytes(data)
    except NotImplementedError:
        raise
    except (*_DAMAGE, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ShimDataError(f"{where}: {type(shim).__name__} cannot read its data: {error}") from error


def can_from_bytes(model: Node, data: bytes, *, strict: bool) -> bool:
    """Whether the bytes hold data that fits the tree."""
    try:
        return can_from_dict(model, decode(model, data), strict=strict)
    except ValueError:
        return False


def can_from_dict(model: Node, msg: Any, *, strict: bool = True) -> bool:
    """Whether the data fits the tree; `strict` compares names and attributes too."""
    try:
        nodes = _matching_nodes(model, msg)
    except ValueError:
        return False
    return all(_fits(*entries, strict=strict) for entries in _by_node(nodes, msg))


def _fits(node: Node, entry: dict, attrs: dict, params: dict, shims: list, *, strict: bool) -> bool:
    if strict and not _same(node.name, entry["name"]):
        return False
    if strict and any(_differs(node, *item) for item in attrs.items()):
        return False
    if len(shims) != len(node.shims) or params.keys() != node._has_params.keys():
        return False
    for name, value in entry["dims"].items():
        if name not in node._dims or not (node._dims[name] is None or _same(node._dims[name], value)):
            return False
    for name, value in params.items():
        current = node.maybe_get_param(name)
        if value is not None and current is not None and value.shape != current.shape:
            return False
    return True


def _same(present: Any, saved: Any) -> bool:
    """Whether two values are equal or saved alike, as a tuple and a list are, or two arrays."""
    if type(present) is type(saved) and type(present) in (int, str):
        return present == saved
    if isinstance(present, _PLAIN) and isinstance(saved, _PLAIN) and present == saved:
        return True
    try:
        return _msgpack.dumps(present) == _msgpack.dumps(saved)
    except (TypeError, ValueError, OverflowError):
        return False


def _differs(node: Node, name: str, data: bytes) -> bool:
    try:
        current = node.attrs[name]
        return serialize_attr(current, current, name, node) != data
    except (KeyError, TypeError):
        return False


def _positions_of_refs(node: Node, positions: dict[int, int]) -> dict[str, int | None]:
    lost = [name for name, target in node._refs.items() if target is not None and id(target) not in positions]
    if lost:
        raise ValueError(f"Cannot get references: {lost} (model '{node.name}': not in the tree being saved)")
    return {name: None if target is None else positions[id(target)] for name, target in node._refs.items()}


def _encoded_attrs(node: Node) -> dict[str, bytes]:
    encoded = {}
    for name, value in node.attrs.items():
        try:
            encoded[name] = serialize_attr(value, value, name, node)
        except TypeError:
            continue
    return encoded


def _pieces(model: Node) -> Iterator[_msgpack.Piece]:
    return _msgpack.pieces(to_dict(model), lambda array: model.ops.to_numpy(array, byte_order="<"))


def _matching_nodes(model: Node, msg: Any) -> list[Any]:
    """The nodes of the tree, once the data is known to have a well-formed entry for each."""
    if not isinstance(msg, dict):
        raise ModelDataError(f"from_dict: the data of a model is a dict; got {type(msg).__name__}")
    if "nodes" not in msg:
        raise ValueError(
            "Trying to read a Model that was created with an incompatible version of Thinc: no 'nodes'"
        )
    nodes = list(model.walk())
    for key in _LISTS:
        if not isinstance(msg.get(key), (list, tuple)):
            raise ValueError(f"from_dict: '{key}' must be a list; got {type(msg.get(key)).__name__}")
        if len(msg[key]) != len(nodes):
            raise ValueError(
                f"Cannot deserialize model: mismatched structure ('{key}' has {len(msg[key])} entries, "
                f"the model {path_to(model, model)} has {len(nodes)} nodes)"
            )
    for index, (node, entry, attrs, params, shims) in enumerate(_by_node(nodes, msg)):
        where = _Place(model, index, node)
        _require(entry, dict, "its entry in 'nodes'", where)
        _require(attrs, dict, "its attrs", where)
        _require(params, dict, "its params", where)
        _require(shims, (list, tuple), "its shims", where)
        _require(entry.get("name", ...), _PLAIN, "'name'", where)
        _require(entry.get("dims", ...), dict, "'dims'", where)
        _require(entry.get("refs", ...), dict, "'refs'", where)
        for name, value in entry["refs"].items():
            if type(value) is not int:
                _require(value, (Integral, NoneType), f"reference '{name}'", where)
            if value is not None and not 0 <= value < len(nodes):
                raise ValueError(f"{where}: reference '{name}' must be below {len(nodes)}; got {value}")
        for name, value in attrs.items():
            _require(value, (bytes, bytearray), f"attribute '{name}'", where)
        for name, value in params.items():
            _require_array(value, f"parameter '{name}'", where)
    return nodes


def _by_node(nodes: list[Any], msg: Any) -> Iterator[tuple]:
    """Each node with its entries in the four lists."""
    return zip(nodes, *(msg[key] for key in _LISTS), strict=True)


def _require(value: Any, kind: Any, label: str, where: _Place) -> None:
    if not isinstance(value, kind):
        wanted = "/".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise ValueError(f"{where}: {label} must be {wanted}; got {type(value).__name__}")


def _require_array(value: Any, label: str, where: _Place) -> None:
    if value is None:
        return
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise ValueError(f"{where}: {label} must be an array or None; got {type(value).__name__}")
    if value.dtype.kind not in "biufc":
        raise ValueError(f"{where}: {label} must hold numbers; got dtype {value.dtype}")


def _check_dims(node: Node, dims: dict[str, Any], where: _Place) -> None:
    for name, value in dims.items():
        if value is None or _same(node._dims.get(name), value):
            continue
        try:
            node._check_dim(name, value, source="in the data")
        except KeyError as error:
            raise UnknownDimensionError(f"{where}: {error.args[0]}") from None
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None


def _checked_params(node: Node, params: dict[str, Any], where: _Place) -> dict[str, Any]:
    """Fresh, writable copies of the arrays, made by the node's backend."""
    if params.keys() != node._has_params.keys():
        raise ValueError(f"{where}: has parameters {list(node.param_names)}; got data for {list(params)}")
    copies = {}
    for name, value in params.items():
        current = node.maybe_get_param(name)
        if value is not None and current is not None and value.shape != current.shape:
            raise ValueError(f"{where}: parameter '{name}' has shape {current.shape}; got {value.shape}")
        copies[name] = None if value is None else node.ops.xp.array(node.ops.asarray(value), order="C")
    return copies


def _decoded_attr(node: Node, name: str, data: bytes, where: _Place) -> Any:
    try:
        return deserialize_attr(node.attrs.get(name), bytes(data), name, node)
    except _DAMAGE as error:
        raise ValueError(f"{where}: attribute '{name}' cannot be read: {error}") from error

"""The state of an optimizer as bytes.

The format is MessagePack of plain maps and lists, an array being its dtype, shape and
little-endian bytes. Keys of an optimizer contain model ids, which differ from process to process.
So, given the models, each key is filed by where the parameter is: the position of its node in the
walk over the models, the position of the shim in that node (-1 for the node itself), and the name.
Loading reads and checks everything before it changes anything.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Union

import numpy

from . import _msgpack
from ._files import read_file, replace_file

VERSION = 1
ARRAYS = ("mom1", "mom2", "averages", "row_updates")
COUNTS = ("nr_update", "nr_skipped")


def parameters(model: Any) -> Iterator[tuple[Any, tuple[int, str]]]:
    """Every parameter of a tree that has a name: its node or PyTorch shim, and its key."""
    for part, keys in parts(model):
        for key in keys:
            yield part, key


def parts(model: Any) -> Iterator[tuple[Any, list[tuple[int, str]]]]:
    """The nodes and shims of a tree, and the keys of their parameters."""
    for node in model.walk():
        yield node, [(node.id, name) for name in node.param_names]
        for shim in node.shims:
            yield shim, [(shim.id, name) for name, _ in _named(shim)]


def _named(shim: Any) -> Iterable[tuple[str, Any]]:
    named = getattr(getattr(shim, "_model", None), "named_parameters", None)
    return named() if named else ()


def to_bytes(optimizer: Any, model: Any) -> bytes:
    """See `Optimizer.to_bytes`."""
    keys = list(dict.fromkeys(key for name in (*COUNTS, *ARRAYS) for key in getattr(optimizer, name) or ()))
    index = {key: i for i, key in enumerate(keys)}
    message = {
        "version": VERSION,
        "by_place": model is not None,
        "keys": [_packed(key) for key in keys] if model is None else _to_places(keys, model),
        "step": optimizer.step,
        "last_score": optimizer.last_score,
        "use_radam": optimizer.use_radam,
        "hypers": [hypers.get_state() for hypers in optimizer._all_hypers()],
    }
    for name in COUNTS:
        message[name] = [[index[key], count] for key, count in getattr(optimizer, name).items()]
    for name in ARRAYS:
        arrays = getattr(optimizer, name)
        message[name] = arrays and [[index[key], *_dump(array)] for key, array in arrays.items()]
    return _msgpack.dumps(message)


def from_bytes(optimizer: Any, data: bytes, model: Any) -> None:
    """See `Optimizer.from_bytes`."""
    message = _msgpack.loads(data)
    try:
        loaded = _read(message, model)
        hypers = [(own, own.check_state(state)) for own, state in _paired(optimizer, message)]
        if message["use_radam"] is not optimizer.use_radam:
            raise ValueError(f"use_radam must be {optimizer.use_radam}; got {message['use_radam']}")
        own = _keeps_moments(optimizer._base.hypers.get_state())
        if own is not _keeps_moments(message["hypers"][0]):
            raise ValueError(f"beta2 must {'not ' if own else ''}be 0; got {message['hypers'][0]['b2'][0]}")
    except (TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
        raise ValueError(f"Optimizer.from_bytes: data must be from such an optimizer; {error}") from error
    for own, state in hypers:
        own.set_state(state)
    for name, value in loaded.items():
        setattr(optimizer, name, value)


def _read(message: dict, model: Any) -> dict[str, Any]:
    """The attributes of the optimizer that are to be set."""
    if message["version"] != VERSION:
        raise ValueError(f"its version must be {VERSION}; got {message['version']!r}")
    if message["by_place"] != (model is not None):
        wanted = "the model that was given when saving" if message["by_place"] else "no model, as when saving"
        raise ValueError(f"loading it needs {wanted}")
    if model is None:
        keys = [_unpacked(key) for key in message["keys"]]
    else:
        keys = _from_places(message["keys"], model)
    loaded: dict[str, Any] = {
        "_step": int(message["step"]),
        "_last_score": message["last_score"] and tuple(message["last_score"]),
        "_radam_buffer": [[None, None, None] for _ in range(10)],
    }
    for name in COUNTS:
        loaded[name] = defaultdict(int, {keys[i]: int(count) for i, count in message[name]})
    for name in ARRAYS:
        arrays = message[name]
        loaded[name] = arrays if arrays is None else {keys[i]: _load(*array) for i, *array in arrays}
    if model is not None:
        _check_sizes(loaded, model)
    return loaded


def _check_sizes(loaded: dict[str, Any], model: Any) -> None:
    """Moments have as many elements as their parameter, averages its shape, counts of rows its length."""
    for key, shape in _shapes(model):
        for name, wanted in (("mom1", None), ("mom2", None), ("averages", shape), ("row_updates", shape[:1])):
            array = (loaded[name] or {}).get(key)
            if array is None:
                continue
            if array.size != math.prod(shape) if wanted is None else array.shape != wanted:
                raise ValueError(
                    f"its {name} of {key[1]!r} must fit a parameter of shape {shape}; got {array.shape}"
                )


def _shapes(model: Any) -> Iterator[tuple[tuple[int, str], tuple[int, ...]]]:
    """Key and shape of every parameter that has a value."""
    for node in _nodes(model):
        for name in node.param_names:
            if node.has_param(name):
                yield (node.id, name), tuple(node.get_param(name).shape)
        for shim in node.shims:
            for name, param in _named(shim):
                yield (shim.id, name), tuple(param.shape)


def _keeps_moments(hypers: dict[str, Any]) -> bool:
    value, schedule = hypers["b2"]
    return schedule is not None or value > 0


def _paired(optimizer: Any, message: dict) -> list[tuple[Any, dict]]:
    own = list(optimizer._all_hypers())
    if len(message["hypers"]) != len(own):
        raise ValueError(f"it must have {len(own) - 1} parameter groups; got {len(message['hypers']) - 1}")
    return list(zip(own, message["hypers"], strict=True))


def _to_places(keys: list, model: Any) -> list:
    places = {}
    for position, node in enumerate(_nodes(model)):
        places[node.id] = (position, -1)
        for i, shim in enumerate(node.shims):
            places[shim.id] = (position, i)
    for key in keys:
        if not (isinstance(key, tuple) and len(key) == 2 and key[0] in places):
            raise ValueError(
                "Optimizer.to_bytes: every parameter with state must be in the given model; "
                f"got {key!r}, which is not"
            )
    return [[*places[id_], name] for id_, name in keys]


def _from_places(places: list, model: Any) -> list[tuple[int, str]]:
    nodes = _nodes(model)
    keys = []
    for position, i, name in places:
        owner = nodes[position] if i == -1 else nodes[position].shims[i]
        if i == -1 and name not in owner.param_names:
            raise ValueError(f"'{owner.name}' must have a parameter {name!r}; got {owner.param_names}")
        keys.append((owner.id, name))
    return keys


def _nodes(model: Any) -> list:
    """The nodes of one or several models, each once, in order."""
    models = model if isinstance(model, (list, tuple)) else [model]
    return list({id(node): node for root in models for node in root.walk()}.values())


def _packed(key: Any) -> Any:
    return list(key) if isinstance(key, tuple) else key


def _unpacked(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key


def _dump(array: Any) -> tuple[str, list[int], bytes]:
    host = array if isinstance(array, numpy.ndarray) else array.get()
    host = host.astype(host.dtype.newbyteorder("<"), copy=False)
    return host.dtype.str, list(host.shape), host.tobytes()


def _load(dtype: str, shape: list[int], data: bytes) -> numpy.ndarray:
    if dtype not in ("<f4", "<f8", "<i4"):
        raise ValueError(f"its arrays must be of '<f4', '<f8' or '<i4'; got {dtype!r}")
    values = numpy.frombuffer(data, dtype).reshape(shape)
    return values.astype(values.dtype.newbyteorder("="))


class Saved:
    """How an optimizer is saved and loaded."""

    __slots__ = ()

    def _refresh(self) -> None:
        raise NotImplementedError

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
        return to_bytes(self, model)

    def from_bytes(self, data: bytes, model: Any = None) -> Any:
        """Take over the state that `to_bytes` gave, replacing all there is; returns the optimizer.

        Args:
            data: the bytes.
            model: what was given to `to_bytes`, or a model of the same structure.
        Raises:
            ValueError: the data is damaged, or belongs to another kind of optimizer or model.
                The optimizer is then as it was.
        """
        from_bytes(self, data, model)
        self._refresh()
        return self

    def to_disk(self, path: Union[str, Path], model: Any = None) -> None:
        """Write `to_bytes(model)` to a file, which is replaced as a whole or not at all."""
        replace_file(path, [self.to_bytes(model)])

    def from_disk(self, path: Union[str, Path], model: Any = None) -> Any:
        """`from_bytes` from a file."""
        return self.from_bytes(read_file(path), model)

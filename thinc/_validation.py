"""Where in the tree an error happened, and where an expected size came from.

Layers and ops word their own errors, knowing nothing of the tree around them. When such an error
leaves the outermost call of a model, its traceback still holds every node on the way down, so the
path is read from there, once: a call that succeeds pays nothing.
"""

import sys
from collections.abc import Callable
from functools import lru_cache, partial
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeVar

FuncT = TypeVar("FuncT", bound=Callable)

LOCATED = (ValueError, TypeError, IndexError)
_METHODS: set[CodeType] = set()
_INITIALIZE: set[CodeType] = set()


def entry(method: FuncT) -> FuncT:
    """Mark a method through which calls enter a node."""
    _METHODS.add(method.__code__)
    if method.__name__ == "initialize":
        _INITIALIZE.add(method.__code__)
    return method


def locate(root: Any) -> None:
    """Add to the text of the error being handled the path of the node that raised it, at the outermost entry.

    The exception object and its type stay. Exceptions that build their own text get a note
    instead, where Python has notes (3.11). The caller has no variable for the error: looking at its
    frame would keep that alive, and with it all arrays on the way, until the next collection of cycles.
    """
    error = sys.exc_info()[1]
    if error is None or _outer_frame(sys._getframe(2), _METHODS | {_CALLBACK}) is not None:
        return
    nodes, code = _nodes_in(error, root)
    dims = "" if code in _INITIALIZE else _known_dims(nodes[-1])
    where = f" (in {_joined_path(nodes)}{dims})"
    plain = len(error.args) == 1 and isinstance(error.args[0], str)
    if plain and not isinstance(type(error).__init__, FunctionType):
        if not error.args[0].endswith(where):
            error.args = (error.args[0] + where,)
    elif hasattr(error, "add_note"):
        error.add_note(where.strip())


def unchanged(dY: Any) -> Any:
    """The callback of layers that return their very input. Nothing in it can fail."""
    return dY


def located(root: Any, result: Any) -> Any:
    """What the forward function of a node returned, its callback such that errors name the path."""
    if type(result) is tuple and len(result) == 2 and result[1] is not unchanged and callable(result[1]):
        return result[0], partial(call_located, root, result[1])
    return result


def call_located(root: Any, backprop: Callable, *args: Any, **kwargs: Any) -> Any:
    """`backprop(*args, **kwargs)`; errors name the path of the node that raised them, below `root`."""
    try:
        return backprop(*args, **kwargs)
    except LOCATED:
        locate(root)
        raise


_CALLBACK = call_located.__code__


def path_to(root: Any, node: Any) -> str:
    """The way from `root` down to `node`, like `chain[2] > maxout`."""
    return _joined_path([root, node])


def kind_of(node: Any) -> str:
    """A short name: combinators carry the names of all their children, their module does not."""
    module = getattr(node._func, "__module__", None) or ""
    return module.rpartition(".")[2] if module.startswith("thinc.layers.") else str(node.name)


def origins_of_dims(node: Any) -> dict[str, str]:
    """Where each dimension came from; a plain dict that somebody has put in place takes no notes."""
    return getattr(node._dims, "origins", {})


def origin_of_dim(name: str, value: Any) -> str:
    """Where a dimension that is being set comes from, read from the calls under way."""
    frame = _outer_frame(sys._getframe(1), _INITIALIZE)
    if frame is None:
        return "set by set_dim"
    samples = [("X", frame.f_locals.get("X")), ("Y", frame.f_locals.get("Y"))]
    for label, sample in reversed(samples) if name == "nO" else samples:
        if value in _widths(sample):
            return f"inferred from {label} {describe(sample)}"
    return "inferred by initialize"


def unfit_gradient(node: Any, name: str, value: Any) -> Exception:
    """The error for a gradient that is no array, or has not the shape of its parameter."""
    what = f"inc_grad: the gradient of '{name}' for model '{node.name}' must"
    if not hasattr(value, "shape"):
        return TypeError(f"{what} be an array; got {type(value).__name__}")
    stored = getattr(node.maybe_get_grad(name), "shape", "none")
    shape = getattr(node.get_param(name), "shape", "none")
    return ValueError(
        f"{what} have the shape of the parameter, {shape}; got {value.shape} (stored gradient: {stored})"
    )


# NumPy takes microseconds to spell the name of a dtype.
_text_of_dtype = lru_cache(maxsize=64)(str)


def describe(value: Any) -> str:
    """Kind, dtype and shape of a value, never its contents."""
    kind = type(value).__name__
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{_text_of_dtype(value.dtype)} {tuple(value.shape)}"
    if hasattr(value, "data") and hasattr(value.data, "shape"):
        return f"{kind} of {describe(value.data)}"
    if isinstance(value, (list, tuple)):
        return f"{kind} of {len(value)}" + (f" {describe(value[0])}" if value else "")
    return kind


def _outer_frame(frame: FrameType | None, codes: set[CodeType]) -> FrameType | None:
    while frame is not None and frame.f_code not in codes:
        frame = frame.f_back
    return frame


def _nodes_in(error: BaseException, root: Any) -> tuple[list[Any], CodeType | None]:
    """The nodes that the error passed, outermost first, and the method it passed last.

    Callbacks and forward functions called without an entry are recognised by their `model`.
    """
    tree = {id(node) for node in root.walk()}
    nodes: list[Any] = [root]
    code = None
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        found = frame.f_locals.get("self" if frame.f_code in _METHODS else "model")
        if found is root and nodes[1:]:
            break  # An exception raised again still carries the frames of the time before.
        if frame.f_code in _METHODS:
            code = frame.f_code
        if found is not nodes[-1] and (frame.f_code in _METHODS or id(found) in tree):
            nodes.append(found)
        traceback = traceback.tb_next
    return nodes, code


def _joined_path(nodes: list[Any]) -> str:
    path = nodes[:1]
    for node in nodes[1:]:
        path += _way_down(path[-1], node)
    steps = []
    for parent, child in zip(path, path[1:], strict=False):
        index = next((i for i, layer in enumerate(parent.layers) if layer is child), None)
        steps.append(kind_of(parent) if index is None else f"{kind_of(parent)}[{index}]")
    return " > ".join([*steps, kind_of(path[-1]) if path[-1].layers else str(path[-1].name)])


def _way_down(start: Any, goal: Any) -> list[Any]:
    """The nodes below `start` on a shortest way to `goal`; just `goal` if there is none."""
    if start is goal:
        return []
    came_from: dict[int, Any] = {}
    for node in start.walk():
        for child in node.layers:
            came_from.setdefault(id(child), node)
    way = [goal]
    while way[0] is not start:
        if id(way[0]) not in came_from:
            return [goal]
        way.insert(0, came_from[id(way[0])])
    return way[1:]


def _known_dims(node: Any) -> str:
    origins = origins_of_dims(node)
    known = [f"{n}={v} {origins.get(n, '')}".strip() for n, v in node._dims.items() if v is not None]
    return f": {'; '.join(known)}" if known else ""


def _widths(sample: Any) -> list[int]:
    if isinstance(sample, (list, tuple)):
        return [width for part in sample[:2] for width in _widths(part)]
    shape = getattr(sample if hasattr(sample, "dtype") else getattr(sample, "data", None), "shape", ())
    return [shape[-1]] if shape else []

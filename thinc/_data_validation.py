"""Checking what a model is initialized with against the annotations of its forward function.

Off unless `data_validation(True)` switches it on in the current context. Nothing is converted to make it
fit: a value passes as it is or is reported, described by type, shape and dtype and never printed.
"""

import collections.abc
import contextlib
import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from . import types as thinc_types
from .types import DATA_VALIDATION, is_xp_array

# So many items of a list are checked.
_MAX_ITEMS = 5
_ANYTHING = (Any, inspect.Parameter.empty)
_UNIONS = (typing.Union, types.UnionType)
# Where the containers are defined whose arguments are the types of their items.
_CONTAINERS = ("builtins", "collections", "collections.abc")


class DataValidationError(ValueError):
    """The data doesn't fit the annotations of the forward function of a layer.

    Args:
        name: the name of the layer.
        X: the input.
        Y: the output.
        errors: dicts with a message `msg` and optionally its location `loc`, a sequence.
    """

    def __init__(self, name: str, X: Any, Y: Any, errors: Sequence[dict[str, Any]] = []) -> None:
        rows = [(" -> ".join(map(str, error.get("loc", ()))), error.get("msg", "")) for error in errors]
        width = max((len(location) for location, _ in rows), default=0)
        table = "\n".join(f"{location:<{width}}   {message}" for location, message in rows)
        title = f"Data validation error in '{name}'\nX: {type(X)} Y: {type(Y)}"
        super().__init__(f"\n\n{title}\n\n{table}\n")


@contextlib.contextmanager
def data_validation(validation: bool) -> Iterator[None]:
    """Switch data validation on or off within a `with` block, in the current context."""
    token = DATA_VALIDATION.set(validation)
    try:
        yield
    finally:
        DATA_VALIDATION.reset(token)


def validate_fwd_input_output(
    name: str, func: Callable[[Any, Any, bool], tuple[Any, Callable[[Any], Any]]], X: Any, Y: Any
) -> None:
    """Check X and Y against the annotations of a forward function.

    X is compared with the second parameter, Y and some callback with the returned pair. None and
    missing annotations are skipped, of a list the first items are looked at.

    Args:
        name: the name of the layer, for the message.
        func: the forward function, or any callable: (model, X, is_train) -> (Y, backprop).
        X: the input or None.
        Y: the output or None.
    Raises:
        DataValidationError: they don't fit, or `func` has another number of parameters.
    """
    signature = inspect.signature(func)
    variadic = (inspect.Parameter.VAR_KEYWORD,)
    params = [param for param in signature.parameters.values() if param.kind not in variadic]
    if len(params) != 3:
        names = ", ".join(param.name for param in params)
        expected = "Expected 3 arguments (model, X, is_train)"
        message = f"Invalid forward function. {expected}, got {len(params)} ({names})"
        raise DataValidationError(name, X, Y, [{"msg": message}])
    check = _Checker(func)
    errors = []
    if X is not None:
        errors += check(_head(X), params[1].annotation, ("X",))
    if Y is not None:
        errors += check((_head(Y), lambda dY: dY), signature.return_annotation, ("Y",))
    if errors:
        raise DataValidationError(name, X, Y, errors)


def _head(data: Any) -> Any:
    return data[:_MAX_ITEMS] if isinstance(data, list) else data


def _describe(value: Any) -> str:
    """A value by its kind: `ndarray of shape (2, 3) and dtype float32`, `list of 4 items`."""
    kind = type(value).__qualname__
    if is_xp_array(value):
        return f"{kind} of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, (list, tuple, dict, set)):
        return f"{kind} of {len(value)} items"
    return kind


def _is_subclass(cls: type, base: Any) -> bool:
    try:
        return issubclass(cls, typing.get_origin(base) or base)
    except TypeError:
        # A protocol or another construct without a run-time test.
        return True


class _Checker:
    """Compares values with annotations; resolves names as the function that wrote them would."""

    def __init__(self, func: Any) -> None:
        while hasattr(func, "func"):
            func = func.func
        func = inspect.unwrap(func)
        if not hasattr(func, "__globals__"):
            func = getattr(type(func).__call__, "__func__", type(func).__call__)
        self.names = {**vars(thinc_types), **getattr(func, "__globals__", {})}

    def __call__(self, value: Any, annotation: Any, loc: tuple) -> list[dict[str, Any]]:
        """The errors, dicts of `loc` and `msg`; an empty list if the value fits."""
        annotation = self._resolve(annotation)
        if annotation in _ANYTHING:
            return []
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if isinstance(annotation, typing.TypeVar):
            return self._union(value, annotation.__constraints__ or (annotation.__bound__ or Any,), loc)
        if origin in _UNIONS:
            return self._union(value, args, loc)
        if origin is typing.Literal:
            fits, expected = value in args, f"one of {', '.join(map(repr, args))}"
        elif annotation is None or annotation is type(None):
            fits, expected = value is None, "None"
        elif origin is collections.abc.Callable or annotation in (Callable, typing.Callable):
            fits, expected = callable(value), "callable"
        elif origin is type:
            return self._class(value, args[0] if args else Any, loc)
        elif hasattr(annotation, "__get_validators__") and hasattr(annotation, "validate"):
            return self._validated(value, annotation, loc)
        else:
            fits, expected = self._instance(value, origin or annotation)
        if not fits:
            return [{"loc": loc, "msg": f"{expected} expected (got {_describe(value)})"}]
        return self._items(value, origin, args, loc)

    def _resolve(self, annotation: Any) -> Any:
        """The annotation itself, or what its text names; Any for an unknown name."""
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, self.names)
            except NameError:
                return Any
        if typing.get_origin(annotation) is typing.Annotated:
            return typing.get_args(annotation)[0]
        return getattr(annotation, "__supertype__", annotation)

    def _union(self, value: Any, members: Sequence[Any], loc: tuple) -> list[dict[str, Any]]:
        """No error if any member fits, otherwise those of all members."""
        errors: list[dict[str, Any]] = []
        for member in members:
            found = self(value, member, loc)
            if not found:
                return []
            errors += [error for error in found if error not in errors]
        return errors

    def _class(self, value: Any, base: Any, loc: tuple) -> list[dict[str, Any]]:
        """No error if the value is a class, and a subclass of a base or of any base in a union."""
        base = self._resolve(base)
        if isinstance(base, typing.TypeVar):
            bases: Sequence[Any] = base.__constraints__ or (base.__bound__ or Any,)
        else:
            bases = typing.get_args(base) if typing.get_origin(base) in _UNIONS else (base,)
        bases = [self._resolve(member) for member in bases]
        names = " or ".join(getattr(member, "__name__", str(member)) for member in bases)
        if not isinstance(value, type):
            return [{"loc": loc, "msg": f"class expected (got {_describe(value)})"}]
        if not any(member in _ANYTHING or _is_subclass(value, member) for member in bases):
            return [{"loc": loc, "msg": f"subclass of {names} expected (got {value.__qualname__})"}]
        return []

    def _validated(self, value: Any, annotation: Any, loc: tuple) -> list[dict[str, Any]]:
        try:
            annotation.validate(value)
        except (ValueError, TypeError) as error:
            return [{"loc": loc, "msg": str(error)}]
        return []

    def _instance(self, value: Any, cls: Any) -> tuple[bool, str]:
        # As for type checkers, an int is a float.
        accepted = (int, float) if cls is float else cls
        try:
            return isinstance(value, accepted), f"instance of {getattr(cls, '__name__', cls)}"
        except TypeError:
            # A protocol or another construct without a run-time test.
            return True, ""

    def _items(self, value: Any, origin: Any, args: tuple, loc: tuple) -> list[dict[str, Any]]:
        """The errors in the items of a container whose own type fits."""
        if not args or not isinstance(value, Collection) or origin.__module__ not in _CONTAINERS:
            return []
        if isinstance(value, Mapping) and issubclass(origin, Mapping):
            if len(args) != 2:
                return []
            pairs = [(key, key, args[0]) for key in value]
            pairs += [(key, item, args[1]) for key, item in value.items()]
        elif isinstance(value, tuple) and origin is tuple and args[-1] is not Ellipsis:
            expected = [] if args == ((),) else list(args)
            if len(value) != len(expected):
                message = f"tuple of {len(expected)} items expected (got {_describe(value)})"
                return [{"loc": loc, "msg": message}]
            pairs = [(i, item, arg) for i, (item, arg) in enumerate(zip(value, expected, strict=True))]
        elif len(args) == 1 or origin is tuple:
            pairs = [(i, item, args[0]) for i, item in enumerate(value)]
        else:
            return []
        return [error for key, item, arg in pairs for error in self(item, arg, (*loc, key))]


__all__ = ["DATA_VALIDATION", "DataValidationError", "data_validation", "validate_fwd_input_output"]

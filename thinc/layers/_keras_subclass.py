"""The decorator that lets subclassed Keras models be built from examples and constructed again."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from ..shims import keras_model_fns
from ..types import ArgsKwargs

ClassT = TypeVar("ClassT", bound=type)


def keras_subclass(
    name: str, X: Any, Y: Any, input_shape: tuple[int, ...], compile_args: dict[str, Any] | None = None
) -> Callable[[ClassT], ClassT]:
    """Decorate a subclass of Keras's `Model`: an instance can be built, copied and loaded without data.

    Args:
        name: under which a function that constructs instances is put into `keras_model_fns`.
        X, Y: example of input and output.
        input_shape: of the model.
        compile_args: for `compile`, beside or instead of optimizer="adam" and loss="mse".
    Returns:
        the decorator. Instances get `catalogue_name`, `eg_x`, `eg_y`, `eg_shape`, `eg_compile`, and
        `eg_args`, the arguments that they were constructed with. A ValueError says so if those are
        not plain data.
    """
    examples = {
        "catalogue_name": name,
        "eg_shape": input_shape,
        "eg_compile": {"optimizer": "adam", "loss": "mse", **(compile_args or {})},
        "eg_x": X,
        "eg_y": Y,
    }

    def decorate(cls: ClassT) -> ClassT:
        for attr, value in examples.items():
            setattr(cls, attr, _constant(value))
        construct = cls.__init__  # type: ignore[misc]

        # Without `functools.wraps`: Keras reads the signature in two ways, which have to agree.
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            _check_plain(args, kwargs)
            construct(self, *args, **kwargs)
            # Not by `setattr`: Keras would wrap the values to track them.
            object.__setattr__(self, "eg_args", ArgsKwargs(args=args, kwargs=kwargs))

        cls.__init__ = __init__  # type: ignore[misc]
        keras_model_fns.register(name, func=lambda *args, **kwargs: cls(*args, **kwargs))
        return cls

    return decorate


def _constant(value: Any) -> property:
    return property(lambda self: value)


def _check_plain(args: tuple, kwargs: dict) -> None:
    try:
        json.dumps([args, kwargs])
    except (TypeError, ValueError) as error:
        raise ValueError(
            "In order to serialize Keras Subclass models, the constructor arguments must be serializable. "
            f"This allows the model to be constructed again in the same way. The error is: {error}"
        ) from error

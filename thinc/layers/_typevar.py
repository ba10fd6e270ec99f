"""`TypeVar` with a default, which type checkers know on every Python.

For layers that give what they take, whatever that is: `default=Any` is their type where nothing else
decides it, so that the name of a new model needs no annotation. At run time the default is ignored.
"""

import typing

if typing.TYPE_CHECKING:
    from typing_extensions import TypeVar
else:

    def TypeVar(name, bound=None, default=None):
        return typing.TypeVar(name, bound=bound)


__all__ = ["TypeVar"]

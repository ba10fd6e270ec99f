"""The dimensions of a node, and copies of dicts such as it has them."""

import copy
from typing import Any


class Dims(dict):
    """The dimensions of a node by name, with a note of where each value came from."""

    __slots__ = ("origins",)

    def __init__(self, values=()):
        dict.__init__(self, values)
        self.origins = self._given() if values else {}

    def _given(self):
        return {name: "given at construction" for name, value in self.items() if value is not None}

    def __reduce__(self):
        reduced = type(self), (dict(self),)
        return reduced if self.origins == self._given() else (*reduced, {"origins": self.origins})

    def __setstate__(self, state):
        self.origins = state["origins"]


def deep_copy(values: dict[str, Any]) -> dict[str, Any]:
    """A copy as deep as it takes, for a constructor that makes a dict of its own: often the very dict."""
    for value in values.values():
        if value is not None and type(value) not in (int, float, str, bool):
            return copy.deepcopy(values)
    return values

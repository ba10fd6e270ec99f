"""`Shim`, the interface between a `Model` and a model of another framework.

A shim runs the wrapped model, hands its gradients to an optimizer and turns its weights into
bytes. This file holds what all shims share, the count of ids among them.
"""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from .._files import read_file, replace_file

ShimT = TypeVar("ShimT", bound="Shim")


class Shim:
    """Base class of the wrappers around models of other frameworks.

    Ids are drawn from one counter for shims and models, `Shim.global_id`, since both are parts
    of the keys under which an optimizer keeps its state.

    Args:
        model: the framework's model.
        config: settings, kept as `cfg` (copied).
        optimizer: the framework's optimizer, if it is to be used.
    """

    global_id: int = 0
    global_id_lock: threading.Lock = threading.Lock()
    id: int
    cfg: dict
    _model: Any
    _optimizer: Any

    def __init__(self, model: Any, config: dict | None = None, optimizer: Any = None):
        self.id = Shim._next_id()
        self.cfg = dict(config) if config is not None else {}
        self._model = model
        self._optimizer = optimizer

    @staticmethod
    def _next_id() -> int:
        with Shim.global_id_lock:
            Shim.global_id += 1
            return Shim.global_id

    @staticmethod
    def _skip_ids(used: int) -> None:
        """Never hand out `used` or a smaller id: it came from another process."""
        if used > Shim.global_id:
            with Shim.global_id_lock:
                Shim.global_id = max(Shim.global_id, used)

    def __call__(self, inputs: Any, is_train: bool) -> tuple[Any, Callable]:
        raise NotImplementedError

    def predict(self, fwd_args: Any) -> Any:
        """The output for `fwd_args`."""
        Y, backprop = self(fwd_args, is_train=False)
        return Y

    def begin_update(self, fwd_args: Any) -> tuple[Any, Callable]:
        """The output for `fwd_args`, and the callback that takes its gradient."""
        return self(fwd_args, is_train=True)

    def finish_update(self, optimizer: Any) -> None:
        """Update the wrapped model's weights with its gradients."""
        raise NotImplementedError

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the block, use other weights; shims that cannot do so ignore this."""
        yield

    def copy(self: ShimT) -> ShimT:
        """A deep copy with an id of its own."""
        copied = copy.deepcopy(self)
        copied.id = Shim._next_id()
        return copied

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        Shim._skip_ids(self.id)

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the wrapped model to a device."""
        raise NotImplementedError

    def to_disk(self, path: Any) -> None:
        """Write `to_bytes()` to a file."""
        replace_file(path, [self.to_bytes()])

    def from_disk(self: ShimT, path: Any) -> ShimT:
        """Load a file written by `to_disk`."""
        return self.from_bytes(read_file(path))

    def to_bytes(self) -> bytes:
        """The wrapped model's settings and weights."""
        raise NotImplementedError

    def from_bytes(self: ShimT, data: bytes) -> ShimT:
        """Load what `to_bytes` gave."""
        raise NotImplementedError

    def way_back(self) -> Callable[[], None]:
        """A function that brings back the present state, for when another part of a model fails to load."""
        attributes = dict(self.__dict__)
        try:
            data = self.to_bytes()
        except Exception:  # It cannot be saved, say because nothing has been built: no weights to keep.
            data = None

        def put_back() -> None:
            self.__dict__.update(attributes)
            if data is not None:
                self.from_bytes(data)
                self.__dict__.update(attributes)

        return put_back

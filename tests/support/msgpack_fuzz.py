"""Damaged model data: saved models, changed in bytes, in MessagePack tokens and in structure."""

import gc
import random
import time
import tracemalloc

import numpy
import srsly

from thinc.shims import Shim
from thinc.types import Unserializable

from .toy_models import affine, node, sequence

# What the damaged models, all of them small, may take beside twice the input.
_MEMORY_ALLOWANCE = 1 << 20
_SECONDS_ALLOWANCE = 2.0
_HEADERS = [bytes([code]) for code in range(0x80, 0x100)]
_VALUES = [
    None,
    True,
    0,
    -1,
    7,
    2**31,
    2**63,
    2**64 - 1,
    0.5,
    float("nan"),
    "",
    "W",
    "nO",
    "x" * 300,
    b"",
    b"\xc1",
    b"\x93\x01\x02\x03",
    b"\x91" * 600,
    [],
    {},
    [[], {}],
    {"a": [1, {"b": None}]},
    {b"nd": True, b"type": "<f4", b"kind": b"", b"shape": [2, 3], b"data": bytes(24)},
    {b"nd": True, b"type": "<f4", b"kind": b"", b"shape": [2**40], b"data": bytes(24)},
    {b"nd": True, b"type": "O", b"kind": b"", b"shape": [3], b"data": bytes(24)},
    {b"nd": True, b"type": "f4,O", b"kind": b"V", b"shape": [-1], b"data": bytes(24)},
    {b"nd": False, b"type": "<f8", b"data": bytes(8)},
    {b"complex": True, b"data": "1j"},
]


class Weights(Shim):
    """Weights that are just bytes."""

    def to_bytes(self):
        return self._model

    def from_bytes(self, data):
        if not isinstance(data, bytes):
            raise ValueError("weights are bytes")
        self._model = data
        return self


def models():
    """Fresh models with every kind of entry."""
    plain = affine(2, 3).initialize()
    unset = node("unset", dims={"nO": None}, params={"b": None})
    deep = sequence(affine(2, 3), sequence(affine(2, 2), unset))
    deep.layers[0].initialize()
    deep.layers[1].layers[0].initialize()
    deep.set_ref("first", deep.layers[0])
    deep.set_ref("none", None)
    deep.attrs.update(rate=0.5, labels=["a", "b"], table={1: 2}, array=numpy.arange(3))
    deep.attrs["kept"] = Unserializable(1)
    deep.layers[1].shims.append(Weights(b"weights"))
    odd = node(
        "odd",
        params={
            "half": numpy.ones((1, 2), "e"),
            "double": numpy.ones(2, "d"),
            "flags": numpy.asarray([True]),
            "empty": numpy.zeros((0, 2), "f"),
            "scalar": numpy.asarray(1, "i"),
        },
    )
    return [plain, deep, odd]


class Fuzzer:
    """Damages the bytes of each model in turn, loads them, and checks what must hold.

    Args:
        seed: the same seed gives the same inputs.
    """

    def __init__(self, seed: int = 0):
        self.random = random.Random(seed)
        self.models = models()
        self.saved = [model.to_bytes() for model in self.models]
        self.loaded = self.refused = 0

    def run(self, inputs: int, seconds: float = float("inf")) -> int:
        """Try that many inputs, or as many as fit in the time; gives the number tried."""
        deadline = time.monotonic() + seconds
        for count in range(inputs):
            if time.monotonic() > deadline:
                return count
            which = count % len(self.models)
            data = self.damaged(self.saved[which])
            try:
                self.check(self.models[which], self.saved[which], data, measured=count % 10 == 0)
            except AssertionError as error:
                raise AssertionError(f"{error}\ninput {count}: {data.hex()}") from error
        return inputs

    def damaged(self, data: bytes) -> bytes:
        """The data after one to three changes of one kind."""
        change = self.random.choice([self._change_bytes, self._change_token, self._change_structure])
        for _ in range(self.random.choice([1, 1, 2, 3])):
            data = change(data)
        return data

    def check(self, model, saved: bytes, data: bytes, measured: bool) -> None:
        """Load the data: it works, or ValueError is raised and nothing has changed."""
        start = time.process_time()
        if measured:
            tracemalloc.start()
        fits = model.can_from_bytes(data)
        assert isinstance(fits, bool)
        try:
            model.from_bytes(data)
        except ValueError:
            self.refused += 1
            assert model.to_bytes() == saved, "a refused load changed the model"
        except BaseException as error:
            raise AssertionError(f"{type(error).__name__}: {error}") from error
        else:
            self.loaded += 1
            again = model.to_bytes()
            assert model.from_bytes(again).to_bytes() == again, "what was loaded does not come back"
        if measured:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak <= 2 * len(data) + _MEMORY_ALLOWANCE, f"{peak} bytes for {len(data)}"
        assert gc.isenabled(), "the garbage collector is off"
        assert time.process_time() - start < _SECONDS_ALLOWANCE, "too slow"
        if model.to_bytes() != saved:
            self.models[self.models.index(model)] = self._restored(saved)

    def _restored(self, saved: bytes):
        return next(model for model in models() if model.to_bytes() == saved)

    def _change_bytes(self, data: bytes) -> bytes:
        at, end = sorted(self.random.randrange(len(data) + 1) for _ in range(2))
        end = min(end, at + 40)
        kind = self.random.randrange(5)
        if kind == 0:
            return data[:at]
        if kind == 1:
            return data[:at] + data[end:]
        if kind == 2:
            return data[:at] + data[at:end] * self.random.choice([2, 3, 50]) + data[end:]
        if kind == 3:
            return data[:at] + self.random.randbytes(end - at) + data[end:]
        return data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]

    def _change_token(self, data: bytes) -> bytes:
        """Put another header, possibly with an extreme size, where one is likely to be."""
        starts = [i for i, code in enumerate(data) if code >= 0x80] or [0]
        at = self.random.choice(starts)
        size = self.random.choice([b"", b"\x00", b"\xff", b"\x7f\xff", b"\xff" * 4, b"\xff" * 8])
        return data[:at] + self.random.choice(_HEADERS) + size + data[at + self.random.choice([0, 1, 1, 2]) :]

    def _change_structure(self, data: bytes) -> bytes:
        try:
            value = srsly.msgpack_loads(data)
        except Exception:  # Whatever srsly makes of it, and it may leave the collector off.
            gc.enable()
            return self._change_bytes(data)
        if not isinstance(value, dict):
            return self._change_bytes(data)
        places = [(value, key) for key in value]
        for container, key in places:
            inner = container[key]
            if isinstance(inner, numpy.ndarray) and self.random.random() < 0.5:
                container[key] = inner = self._record(inner)
            if isinstance(inner, (dict, list)) and len(places) < 500:
                places += [(inner, key) for key in (inner if isinstance(inner, dict) else range(len(inner)))]
        container, key = self.random.choice(places)
        kind = self.random.randrange(4)
        if kind == 0:
            del container[key]
        elif kind == 1 and isinstance(container, list):
            container.insert(key, self.random.choice(_VALUES))
        elif kind == 1:
            container[self.random.choice(["W", "nO", "nodes", b"nd", 3, None])] = container.pop(key)
        elif kind == 2:
            other, other_key = self.random.choice(places)
            container[key] = other.get(other_key) if isinstance(other, dict) else None
        else:
            container[key] = self.random.choice(_VALUES)
        try:
            return srsly.msgpack_dumps(value)
        except (ValueError, TypeError, OverflowError):
            return self._change_bytes(data)

    def _record(self, array: numpy.ndarray) -> dict:
        """The array as the map that stands for it, so that its fields can be changed."""
        record = {b"nd": True, b"type": array.dtype.str, b"kind": b"", b"shape": list(array.shape)}
        return {**record, b"data": array.tobytes()}

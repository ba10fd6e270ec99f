"""MessagePack with arrays, as srsly writes it, in pieces and without copies of array data.

Writing yields the very bytes of `srsly.msgpack_dumps`, array data as views, so that a model can be
streamed to a file. Reading is for data that nobody vouches for: sizes are checked against the bytes
there are, nesting is limited, arrays are views of the input, and what is built beside them may not
outgrow the input. Attributes of models, small and of any type, go through srsly itself, once their
headers have been checked.
"""

import gc
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy
import srsly

Piece: TypeAlias = bytes | bytearray | memoryview

_DTYPE = re.compile(r"[<>|=]?[biufcSU]\d{1,9}")
_MAX_DEPTH = 64
# Bytes of memory charged per value, about what CPython takes, and what a small input may always use.
_VALUE, _CONTAINER, _ALLOWANCE = 48, 64, 1 << 20
# Lists and maps that an attribute may have: a few, and one for so many bytes.
_FEW, _LEAST_CONTENT = 16384, 3


@contextmanager
def garbage_collector_kept() -> Iterator[None]:
    """Leave the garbage collector on or off, as it was: srsly's decoder forgets to after an error."""
    enabled = gc.isenabled()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
        else:
            gc.disable()


def dumps(value: Any) -> bytes:
    """The value as MessagePack; TypeError where a type has no encoding."""
    return srsly.msgpack_dumps(value)


def loads(data: bytes) -> Any:
    """The value of some MessagePack; ValueError if it is damaged."""
    with garbage_collector_kept():
        try:
            return srsly.msgpack_loads(bytes(data))
        except (TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError) as error:
            raise ValueError(f"not the MessagePack of a value: {error}") from error


def check_values(data: bytes) -> None:
    """Refuse MessagePack that would take memory far out of proportion when it is decoded.

    A decoder makes room for as many items as a header announces, header inside header, and an empty list
    of one byte takes 64. So every announced item must have its byte, and lists and maps must have some
    content on average. What is left is what Python needs for honest tables: up to some 30 times the
    bytes, for a map of small numbers.

    Raises:
        ValueError: more is announced than there is, or there are too many lists and maps.
    """
    size, at, missing = len(data), 0, 1
    containers = _FEW + size // _LEAST_CONTENT
    while missing:
        if missing > size - at:
            raise ValueError(f"truncated: {missing} values announced at {at} of {size}")
        missing -= 1
        code = data[at]
        at += 1
        width, kind = _LAYOUT[code]
        if width:
            number = int.from_bytes(data[at : at + width], "big")
            at += width
        else:
            number = code & (0x0F if kind in "am" else 0x1F)
        if kind in "am":
            missing += number if kind == "a" else 2 * number
            containers -= 1
            if not containers:
                raise ValueError(f"more than {_FEW + size // _LEAST_CONTENT} lists and maps in {size} bytes")
        elif kind == "b":
            at += number
        elif kind == "x":
            at += number + 1
        elif kind == "?":
            raise ValueError(f"unexpected byte 0x{code:02x} at {at - 1}")


def _layout(code: int) -> tuple[int, str]:
    """How many bytes of a number follow a first byte, and what that is: a value, or the size of something."""
    if code < 0x80 or code >= 0xE0 or code in (0xC0, 0xC2, 0xC3):
        return 0, "v"
    if code < 0xC0:
        return 0, "m" if code < 0x90 else "a" if code < 0xA0 else "b"
    if code == 0xC1:
        return 0, "?"
    if code < 0xC7 or 0xD9 <= code <= 0xDB:
        return 1 << (code - (0xC4 if code < 0xC7 else 0xD9)), "b"
    if code < 0xCA:
        return 1 << (code - 0xC7), "x"
    if code < 0xD4:
        return (4, 8, 1, 2, 4, 8, 1, 2, 4, 8)[code - 0xCA], "v"
    if code < 0xD9:
        return 1 + (1 << (code - 0xD4)), "v"
    return (2, 4)[code & 1], "a" if code < 0xDE else "m"


_LAYOUT = [_layout(code) for code in range(256)]


def pieces(value: Any, to_numpy: Callable[[Any], numpy.ndarray]) -> Iterator[Piece]:
    """The bytes of `dumps`, piecewise, where arrays of any backend go through `to_numpy`."""
    if isinstance(value, dict):
        yield _header(len(value), 0x80, 16, 0xDE)
        for key, item in value.items():
            yield _scalar(key)
            yield from pieces(item, to_numpy)
    elif isinstance(value, (list, tuple)):
        yield _header(len(value), 0x90, 16, 0xDC)
        for item in value:
            yield from pieces(item, to_numpy)
    elif isinstance(value, (bytes, bytearray)):
        yield _bin_header(len(value))
        yield value
    elif hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, numpy.generic):
        yield from _array_pieces(to_numpy(value))
    else:
        yield _scalar(value)


def _scalar(value: Any) -> bytes:
    """What is frequent is encoded here: a call of srsly takes some microseconds."""
    if type(value) is str:
        text = value.encode("utf-8")
        if len(text) < 1 << 8:
            return (_header(len(text), 0xA0, 32, 0) if len(text) < 32 else bytes([0xD9, len(text)])) + text
    elif type(value) is int and 0 <= value < 1 << 16:
        if value < 0x80:
            return bytes([value])
        return bytes([0xCC, value]) if value < 1 << 8 else struct.pack(">BH", 0xCD, value)
    elif value is None:
        return b"\xc0"
    return dumps(value)


def _array_pieces(array: numpy.ndarray) -> Iterator[Piece]:
    if array.dtype.kind not in "?biufc":
        yield dumps(array)
        return
    yield b"\x85\xc4\x02nd\xc3\xc4\x04type"
    yield _scalar(array.dtype.str)
    yield b"\xc4\x04kind\xc4\x00\xc4\x05shape"
    yield _header(array.ndim, 0x90, 16, 0xDC)
    yield from map(_scalar, array.shape)
    yield b"\xc4\x04data"
    yield _bin_header(array.nbytes)
    if array.size:
        yield numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8).data


def _header(size: int, fix: int, fix_limit: int, code16: int) -> bytes:
    if size < fix_limit:
        return bytes([fix | size])
    if size < 1 << 16:
        return struct.pack(">BH", code16, size)
    return struct.pack(">BI", code16 + 1, size)


def _bin_header(size: int) -> bytes:
    if size < 1 << 8:
        return struct.pack(">BB", 0xC4, size)
    if size < 1 << 16:
        return struct.pack(">BH", 0xC5, size)
    if size >= 1 << 32:
        raise ValueError(f"MessagePack holds at most 4 GiB in one piece; got {size} bytes")
    return struct.pack(">BI", 0xC6, size)


@dataclass(frozen=True)
class Extension:
    """A value of a type that MessagePack leaves open; models have none."""

    code: int
    data: bytes


class Reader:
    """Reads one MessagePack value that makes up the whole of `data`; arrays are read-only views.

    Args:
        data: the bytes.
        allowance: bytes of memory that may be used in addition to twice the size of the data.
    """

    _SCALARS = {0xC0: None, 0xC2: False, 0xC3: True}
    _NUMBERS = {
        0xCA: ">f",
        0xCB: ">d",
        0xCC: ">B",
        0xCD: ">H",
        0xCE: ">I",
        0xCF: ">Q",
        0xD0: ">b",
        0xD1: ">h",
        0xD2: ">i",
        0xD3: ">q",
    }
    _SIZED = {
        0xC4: (">B", "_bytes"),
        0xC5: (">H", "_bytes"),
        0xC6: (">I", "_bytes"),
        0xD9: (">B", "_text"),
        0xDA: (">H", "_text"),
        0xDB: (">I", "_text"),
        0xDC: (">H", "_array"),
        0xDD: (">I", "_array"),
        0xDE: (">H", "_map"),
        0xDF: (">I", "_map"),
        0xC7: (">B", "_extension"),
        0xC8: (">H", "_extension"),
        0xC9: (">I", "_extension"),
    }

    def __init__(self, data: bytes, allowance: int = 0):
        self._data = memoryview(data)
        self._at = 0
        self._depth = 0
        self._left = 2 * len(self._data) + _ALLOWANCE + allowance

    def read(self) -> Any:
        """The value.

        Raises:
            ValueError: the data is truncated, damaged, nested too deeply, or has bytes left over.
        """
        value = self._value()
        if self._at != len(self._data):
            raise ValueError(f"{len(self._data) - self._at} bytes after the end of the data")
        return value

    def _value(self) -> Any:
        self._charge(_VALUE)
        code = self._number(">B")
        if code < 0x80:
            return code
        if code < 0x90:
            return self._map(code & 0x0F)
        if code < 0xA0:
            return self._array(code & 0x0F)
        if code < 0xC0:
            return self._text(code & 0x1F)
        if code >= 0xE0:
            return code - 0x100
        if code in self._SCALARS:
            return self._SCALARS[code]
        if code in self._NUMBERS:
            return self._number(self._NUMBERS[code])
        if code in self._SIZED:
            size_format, method = self._SIZED[code]
            return getattr(self, method)(self._number(size_format))
        if 0xD4 <= code <= 0xD8:
            return self._extension(1 << (code - 0xD4))
        raise ValueError(f"unexpected byte 0x{code:02x} at {self._at - 1}")

    def _charge(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ValueError("far more small values than a model of this size has")

    def _number(self, size_format: str) -> Any:
        return struct.unpack(size_format, self._view(struct.calcsize(size_format)))[0]

    def _view(self, size: int) -> memoryview:
        start, end = self._at, self._at + size
        if end > len(self._data):
            raise ValueError(f"truncated: {size} bytes wanted at {start} of {len(self._data)}")
        self._at = end
        return self._data[start:end]

    def _bytes(self, size: int) -> bytes:
        return bytes(self._view(size))

    def _text(self, size: int) -> str:
        return str(self._view(size), "utf-8")

    def _extension(self, size: int) -> "Extension":
        return Extension(self._number(">b"), self._bytes(size))

    def _enter(self, size: int, least: int) -> None:
        if size * least > len(self._data) - self._at:
            raise ValueError(f"truncated: {size} entries announced at {self._at} of {len(self._data)}")
        self._charge(_CONTAINER)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")

    def _array(self, size: int) -> list:
        self._enter(size, 1)
        values = [self._value() for _ in range(size)]
        self._depth -= 1
        return values

    def _map(self, size: int) -> Any:
        self._enter(size, 2)
        record = {}
        for _ in range(size):
            key = self._value()
            if not isinstance(key, (str, bytes, int, float, type(None))):
                raise ValueError(f"a {type(key).__name__} as key of a map")
            self._charge(_VALUE)
            record[key] = self._binary_view() if key == b"data" else self._value()
        self._depth -= 1
        if b"nd" in record:
            return _array_of(record)
        if b"complex" in record:
            return _complex_of(record)
        if isinstance(record.get(b"data"), memoryview):
            record[b"data"] = bytes(record[b"data"])
        return record

    def _binary_view(self) -> Any:
        start = self._at
        code = self._number(">B")
        if 0xC4 <= code <= 0xC6:
            return self._view(self._number(self._SIZED[code][0]))
        self._at = start
        return self._value()


def _complex_of(record: dict) -> complex:
    """The number that the text in a record stands for."""
    data = record.get(b"data")
    if not isinstance(data, str):
        raise ValueError(f"the data of a complex number is text; got {type(data).__name__}")
    return complex(data)


def _array_of(record: dict) -> Any:
    """The array or NumPy scalar of a record, as a view of its data."""
    dtype, data = record.get(b"type"), record.get(b"data")
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):
        raise ValueError(f"an array has plain numbers or text; got dtype {str(dtype)[:40]!r}")
    if not isinstance(data, memoryview):
        raise ValueError(f"the data of an array is binary; got {type(data).__name__}")
    shape = record.get(b"shape", [])
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("the shape of an array has integers from 0 up")
    try:
        array = numpy.ndarray(shape, numpy.dtype(dtype), data)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"array of dtype {dtype} and shape {tuple(shape)[:8]}: {error}") from error
    if array.nbytes != len(data):
        raise ValueError(f"an array of {array.nbytes} bytes has {len(data)} bytes of data")
    return array if record[b"nd"] else array[()]

"""MessagePack with arrays, as srsly writes it, in pieces and without copies of array data.

Writing yields the very bytes of `srsly.msgpack_dumps`, array data as views, so that a model can be
streamed to a file. Reading is for data that nobody vouches for: sizes are checked against the bytes
there are, nesting is limited, arrays are views of the input, and what is built beside them may not
outgrow the input. Attributes of models, small and of any type, go through srsly itself, once their
headers have been checked.
"""

import gc
import itertools
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy
import srsly

Piece: TypeAlias = bytes | bytearray | memoryview

_DTYPE = re.compile(r"[<>|=]?[biufcSU]\d{1,9}")
_MAX_DEPTH = 64
# What `pieces` writes of an array with dimensions below 128, after the header of the map.
_ARRAY = re.compile(
    rb"\xc4\x02nd\xc3\xc4\x04type\xa3([<>|][biufc][0-9])\xc4\x04kind\xc4\x00"
    rb"\xc4\x05shape([\x90-\x9f])([\x00-\x7f]*)\xc4\x04data(?:\xc4(.)|\xc5(..)|\xc6(....))",
    re.DOTALL,
)
_KEYS = (str, bytes, int, float, type(None))
# Bytes of memory charged per value, entry of a map, and list or map, about what CPython takes, and what a
# small input may always use.
_VALUE, _ENTRY, _CONTAINER, _ALLOWANCE = 48, 144, 64, 1 << 20
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
    return _scalar(value)


def loads(data: bytes) -> Any:
    """The value of some MessagePack; ValueError if it is damaged."""
    if data[:1] in _SCALARS:  # A call of srsly takes a hundred microseconds.
        return Reader(data).read()
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
# The first bytes of numbers, short texts, None, True and False.
_SCALARS = {bytes([code]) for code in range(256) if _LAYOUT[code][1] == "v" and not 0xD4 <= code <= 0xD8}
_SCALARS |= {bytes([code]) for code in range(0xA0, 0xC0)}


def pieces(value: Any, to_numpy: Callable[[Any], numpy.ndarray]) -> Iterator[Piece]:
    """The bytes of `dumps`, piecewise, where arrays of any backend go through `to_numpy`."""
    waiting = [iter((value,))]
    while waiting:
        for value in waiting[-1]:
            if type(value) is str or type(value) is int or value is None:
                yield _scalar(value)
            elif isinstance(value, dict):
                yield _header(len(value), 0x80, 16, 0xDE)
                waiting.append(itertools.chain.from_iterable(value.items()))
                break
            elif isinstance(value, (list, tuple)):
                yield _header(len(value), 0x90, 16, 0xDC)
                waiting.append(iter(value))
                break
            elif isinstance(value, (bytes, bytearray)):
                yield _byte_header(len(value), 0xC4)
                yield value
            elif hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, numpy.generic):
                yield from _array_pieces(to_numpy(value))
            else:
                yield _scalar(value)
        else:
            waiting.pop()


def _scalar(value: Any) -> bytes:
    """What is frequent is encoded here: a call of srsly takes some microseconds."""
    if type(value) is str:
        text = value.encode("utf-8")
        if len(text) < 32:
            return bytes([0xA0 | len(text)]) + text
        return _byte_header(len(text), 0xD9) + text
    elif type(value) is int and 0 <= value < 1 << 16:
        if value < 0x80:
            return bytes([value])
        return bytes([0xCC, value]) if value < 1 << 8 else struct.pack(">BH", 0xCD, value)
    elif type(value) is float:
        return struct.pack(">Bd", 0xCB, value)
    elif value is None or value is True or value is False:
        return b"\xc0" if value is None else b"\xc3" if value else b"\xc2"
    return srsly.msgpack_dumps(value)


def _array_pieces(array: numpy.ndarray) -> Iterator[Piece]:
    if array.dtype.kind not in "?biufc":
        yield dumps(array)
        return
    yield b"".join(
        [
            b"\x85\xc4\x02nd\xc3\xc4\x04type",
            _scalar(array.dtype.str),
            b"\xc4\x04kind\xc4\x00\xc4\x05shape",
            _header(array.ndim, 0x90, 16, 0xDC),
            *map(_scalar, array.shape),
            b"\xc4\x04data",
            _byte_header(array.nbytes, 0xC4),
        ]
    )
    if array.size:
        yield numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8).data


def _header(size: int, fix: int, fix_limit: int, code16: int) -> bytes:
    if size < fix_limit:
        return bytes([fix | size])
    if size < 1 << 16:
        return struct.pack(">BH", code16, size)
    return struct.pack(">BI", code16 + 1, size)


def _byte_header(size: int, code8: int) -> bytes:
    if size < 1 << 8:
        return bytes([code8, size])
    if size < 1 << 16:
        return struct.pack(">BH", code8 + 1, size)
    if size >= 1 << 32:
        raise ValueError(f"MessagePack holds at most 4 GiB in one piece; got {size} bytes")
    return struct.pack(">BI", code8 + 2, size)


class Reader:
    """Reads one MessagePack value that makes up the whole of `data`; arrays are read-only views.

    Args:
        data: the bytes.
        allowance: bytes of memory that may be used in addition to twice the size of the data.
    """

    _CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
    _NUMBERS = {code: struct.Struct(f">{kind}") for code, kind in enumerate("fdBHIQbhiq", 0xCA)}

    def __init__(self, data: bytes, allowance: int = 0):
        self._data = bytes(data)
        self._view = memoryview(self._data)
        self._allowance = 2 * len(self._data) + _ALLOWANCE + allowance

    def read(self) -> Any:
        """The value.

        One loop reads what is frequent in models, which have some thirty values per node.

        Raises:
            ValueError: the data is truncated, damaged, nested too deeply, or has bytes left over.
        """
        data, size, at = self._data, len(self._data), 0
        left = self._allowance - _VALUE
        # The innermost list, or map as keys and values in turn, and what it lacks; then those around it.
        items: list[Any] = []
        missing, is_map = 1, False
        outer: list[tuple[list, int, bool]] = []
        while missing:
            code = data[at] if at < size else self._take(at, 1)
            at += 1
            missing -= 1
            if code < 0x80:
                items.append(code)
            elif 0xA0 <= code < 0xC0:
                start, at = at, at + (code & 0x1F)
                items.append((data[start:at] if at <= size else self._take(start, at - start)).decode())
            elif code == 0x85 and (array := self._array(at)):
                value, at = array
                items.append(value)
                left -= 2 * _CONTAINER + 5 * _ENTRY + (value.ndim - 1) * _VALUE
                if left < 0:
                    raise _refusal(5, 0, at, size, left)
            elif _LAYOUT[code][1] in "am":
                width, kind = _LAYOUT[code]
                count = int.from_bytes(self._take(at, width), "big") if width else code & 0x0F
                at += width
                outer.append((items, missing, is_map))
                items, is_map = [], kind == "m"
                missing = 2 * count if is_map else count
                left -= _CONTAINER + count * (_ENTRY if is_map else _VALUE)
                if missing > size - at or left < 0 or len(outer) > _MAX_DEPTH:
                    raise _refusal(count, missing, at, size, left)
            else:
                key = items[-1] if is_map and len(items) % 2 else None
                value, at = self._other(code, at, is_data=type(key) is bytes and key == b"data")
                items.append(value)
            while not missing and outer:
                inner = _value_of_map(items) if is_map else items
                items, missing, is_map = outer.pop()
                items.append(inner)
        if at != size:
            raise ValueError(f"{size - at} bytes after the end of the data")
        return items[0]

    def _array(self, at: int) -> tuple[numpy.ndarray, int] | None:
        """The array whose map begins here, and where it ends; None if it is not written as `pieces` does."""
        found = _ARRAY.match(self._data, at)
        if not found or len(found[3]) != found[2][0] & 0x0F:
            return None
        size = int.from_bytes(found[found.lastindex or 0], "big")
        data = self._take(found.end(), size)
        return _array_of(found[1].decode(), list(found[3]), data), found.end() + size

    def _take(self, start: int, size: int) -> Any:
        """A view of some bytes, which there must be."""
        if start + size > len(self._view):
            raise ValueError(f"truncated: {size} bytes wanted at {start} of {len(self._view)}")
        return self._view[start : start + size]

    def _other(self, code: int, at: int, is_data: bool) -> tuple[Any, int]:
        """A value that is no list, map or short text, and its end; binary data of an array is a view."""
        if code >= 0xE0:
            return code - 0x100, at
        if code in self._CONSTANTS:
            return self._CONSTANTS[code], at
        width, kind = _LAYOUT[code]
        if kind == "?":
            raise ValueError(f"unexpected byte 0x{code:02x} at {at - 1}")
        number = self._take(at, width)
        at += width
        if code in self._NUMBERS:
            return self._NUMBERS[code].unpack(number)[0], at
        if kind in "vx":
            raise ValueError(f"an extension of MessagePack, which models have none of, at {at - width - 1}")
        size = int.from_bytes(number, "big")
        content = self._take(at, size)
        if code >= 0xD9:
            return str(content, "utf-8"), at + size
        return content if is_data else bytes(content), at + size


def _refusal(count: int, values: int, at: int, size: int, left: int) -> ValueError:
    """The error for a list or map that is too large, or inside too many others."""
    if values > size - at:
        return ValueError(f"truncated: {count} entries announced at {at} of {size}")
    if left < 0:
        return ValueError("far more small values than a model of this size has")
    return ValueError(f"nested deeper than {_MAX_DEPTH} levels")


def _value_of_map(items: list[Any]) -> Any:
    """What a map stands for, given as keys and values in turn: an array, a complex number or a dict."""
    if not items:
        return {}
    for key in items[::2]:
        if type(key) is not str and not isinstance(key, _KEYS):
            raise ValueError(f"a {type(key).__name__} as key of a map")
    rest = iter(items)
    record = dict(zip(rest, rest))  # noqa: B905 (strict takes as long as all the rest)
    if b"nd" in record:
        array = _array_of(record.get(b"type"), record.get(b"shape", []), record.get(b"data"))
        return array if record[b"nd"] else array[()]
    if b"complex" in record:
        return _complex_of(record)
    if isinstance(record.get(b"data"), memoryview):
        record[b"data"] = bytes(record[b"data"])
    return record


def _complex_of(record: dict) -> complex:
    """The number that the text in a record stands for."""
    data = record.get(b"data")
    if not isinstance(data, str):
        raise ValueError(f"the data of a complex number is text; got {type(data).__name__}")
    return complex(data)


def _array_of(dtype: Any, shape: Any, data: Any) -> numpy.ndarray:
    """The array with these fields, as a view of its data."""
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):
        raise ValueError(f"an array has plain numbers or text; got dtype {str(dtype)[:40]!r}")
    if not isinstance(data, memoryview):
        raise ValueError(f"the data of an array is binary; got {type(data).__name__}")
    if not isinstance(shape, list) or [n for n in shape if type(n) is not int or n < 0]:
        raise ValueError("the shape of an array has integers from 0 up")
    try:
        array = numpy.ndarray(shape, numpy.dtype(dtype), data)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"array of dtype {dtype} and shape {tuple(shape)[:8]}: {error}") from error
    if array.nbytes != len(data):
        raise ValueError(f"an array of {array.nbytes} bytes has {len(data)} bytes of data")
    return array

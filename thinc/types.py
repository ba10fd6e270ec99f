"""Types: array classes for annotations, and the containers that layers pass around.

The array classes (`Floats2d` and its kin) describe arrays by rank and kind of number. They are never
instantiated and no array is an instance of one; type checkers and config validation read them.
The containers are `Ragged` (sequences as concatenated rows), `Padded` (sequences side by side,
padded), `Pairs`, `ArgsKwargs`, `SizedGenerator` and `Unserializable`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, Union

import numpy

from ._arrays import (  # noqa: F401
    ArrayTypeError,
    Fal,
    FourAx,
    OneAx,
    ThreeAx,
    Tru,
    TwoAx,
    _1_AllKeys,
    _1_Key1d,
    _1_KeyScalar,
    _2_AllKeys,
    _2_Key1d,
    _2_Key2d,
    _2_KeyScalar,
    _3_AllKeys,
    _3_Key1d,
    _3_Key2d,
    _3_Key3d,
    _3_KeyScalar,
    _4_AllKeys,
    _4_Key1d,
    _4_Key2d,
    _4_Key3d,
    _4_Key4d,
    _4_KeyScalar,
    _Array,
    _Array1d,
    _Array2d,
    _Array3d,
    _Array4d,
    _Floats,
    _Ints,
    _Validated,
    get_array_module,
    is_xp_array,
    validate_array,
)
from ._indexing import rows_of_sequences, same_array, sequence_index

# Switched by `thinc.util.data_validation`. Here, since the containers read it.
DATA_VALIDATION: ContextVar[bool] = ContextVar("DATA_VALIDATION", default=False)

Xp = Union["numpy", "cupy"]  # type: ignore[name-defined, valid-type] # noqa: F821
Shape = tuple[int, ...]
DTypes = Literal["f", "i", "float16", "float32", "float64", "int32", "int64", "uint32", "uint64"]
DTypesFloat = Literal["f", "float32", "float16", "float64"]
DTypesInt = Literal["i", "int32", "int64", "uint32", "uint64"]
DeviceTypes = Literal["cpu", "gpu", "tpu"]

SelfT = TypeVar("SelfT")

# -- arrays ---------------------------------------------------------------------------------------


class Floats1d(_Array1d[float, "Floats1d", "Ints1d"], _Floats):
    """Floats (n,)."""


class Ints1d(_Array1d[int, "Floats1d", "Ints1d"], _Ints):
    """Integers (n,)."""


class Floats2d(_Array2d[float, Floats1d, Floats1d, Ints1d, "Floats2d", "Ints2d"], _Floats):
    """Floats (n, m)."""


class Ints2d(_Array2d[int, Ints1d, Floats1d, Ints1d, "Floats2d", "Ints2d"], _Ints):
    """Integers (n, m)."""


class Floats3d(_Array3d[float, Floats2d, Floats1d, Floats2d, Ints2d, "Floats3d", "Ints3d"], _Floats):
    """Floats of three axes."""


class Ints3d(_Array3d[int, Ints2d, Ints1d, Floats2d, Ints2d, "Floats3d", "Ints3d"], _Ints):
    """Integers of three axes."""


class Floats4d(
    _Array4d[float, Floats3d, Floats2d, Floats1d, Floats3d, Ints3d, "Floats4d", "Ints4d"], _Floats
):
    """Floats of four axes."""


class Ints4d(_Array4d[int, Ints3d, Ints2d, Ints1d, Floats3d, Ints3d, "Floats4d", "Ints4d"], _Ints):
    """Integers of four axes."""


Array1d = Union[Floats1d, Ints1d]
Array2d = Union[Floats2d, Ints2d]
Array3d = Union[Floats3d, Ints3d]
Array4d = Union[Floats4d, Ints4d]
FloatsXd = Union[Floats1d, Floats2d, Floats3d, Floats4d]
IntsXd = Union[Ints1d, Ints2d, Ints3d, Ints4d]
ArrayXd = Union[FloatsXd, IntsXd]
List1d = Union[list[Floats1d], list[Ints1d]]
List2d = Union[list[Floats2d], list[Ints2d]]
List3d = Union[list[Floats3d], list[Ints3d]]
List4d = Union[list[Floats4d], list[Ints4d]]
ListXd = Union[List1d, List2d, List3d, List4d, list[FloatsXd], list[IntsXd]]

ArrayT = TypeVar("ArrayT")
Array1dT = TypeVar("Array1dT", bound=Array1d)
FloatsXdT = TypeVar("FloatsXdT", Floats1d, Floats2d, Floats3d, Floats4d)
Slicish = Union[slice, list[int], ArrayXd]

# What indexing can give, what `axis` can be and what reductions can give, by rank.
_F1_AllReturns = Union[float, Floats1d]
_F2_AllReturns = Union[_F1_AllReturns, Floats2d]
_F3_AllReturns = Union[_F2_AllReturns, Floats3d]
_F4_AllReturns = Union[_F3_AllReturns, Floats4d]
_I1_AllReturns = Union[int, Ints1d]
_I2_AllReturns = Union[_I1_AllReturns, Ints2d]
_I3_AllReturns = Union[_I2_AllReturns, Ints3d]
_I4_AllReturns = Union[_I3_AllReturns, Ints4d]
_1_AllAx = Union[OneAx, None]
_2_AllAx = Union[TwoAx, _1_AllAx]
_3_AllAx = Union[ThreeAx, _2_AllAx]
_4_AllAx = Union[FourAx, _3_AllAx]
_1F_ReduceResults, _1I_ReduceResults = _F1_AllReturns, _I1_AllReturns
_2F_ReduceResults, _2I_ReduceResults = _F2_AllReturns, _I2_AllReturns
_3F_ReduceResults, _3I_ReduceResults = _F3_AllReturns, _I3_AllReturns
_4F_ReduceResults, _4I_ReduceResults = _F4_AllReturns, _I4_AllReturns

# The type checker plug-in (`thinc.mypy`) refines results that mention the first two. Without it they are
# Any. The others are those of `Model`: one that takes more than asked for will do, or that gives less.
if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    XY_YZ_OutT = TypeVarWithDefault("XY_YZ_OutT", default=Any)
    XY_XY_OutT = TypeVarWithDefault("XY_XY_OutT", default=Any)
    _InT = TypeVarWithDefault("_InT", contravariant=True, default=Any)
    _OutT = TypeVarWithDefault("_OutT", covariant=True, default=Any)
else:
    XY_YZ_OutT = TypeVar("XY_YZ_OutT")
    XY_XY_OutT = TypeVar("XY_XY_OutT")
    _InT = TypeVar("_InT", contravariant=True)
    _OutT = TypeVar("_OutT", covariant=True)


# -- containers -----------------------------------------------------------------------------------


class Generator(Iterator, _Validated):
    """Annotation for anything that can be iterated, in configs."""

    @classmethod
    def validate(cls, v: Any) -> Any:
        """`v`, if it has `__iter__` or `__next__`; otherwise a TypeError."""
        if not hasattr(v, "__iter__") and not hasattr(v, "__next__"):
            raise TypeError("not a valid iterator")
        return v


@dataclass
class SizedGenerator:
    """A generator with a length that can be iterated again: each time calls `get_items` anew."""

    get_items: Callable[[], Iterator]
    length: int

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator:
        yield from self.get_items()


@dataclass(eq=False)
class Padded:
    """Sequences side by side: `data` (time, batch, width), longest sequence first.

    `size_at_t[t]` is the number of sequences that reach step t, `lengths` their lengths by column, and
    `indices` the position of each column in the list that they came from. Indexing selects columns and
    keeps them in this order, whatever the order of the key.
    """

    data: Floats3d
    size_at_t: Ints1d
    lengths: Ints1d
    indices: Ints1d

    __hash__ = None  # type: ignore[assignment]

    def copy(self) -> "Padded":
        """A copy of all four arrays."""
        return Padded(self.data.copy(), self.size_at_t.copy(), self.lengths.copy(), self.indices.copy())

    def __len__(self) -> int:
        return self.lengths.shape[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Padded):
            return NotImplemented
        return (
            same_array(self.data, other.data)
            and same_array(self.size_at_t, other.size_at_t)
            and same_array(self.lengths, other.lengths)
            and same_array(self.indices, other.indices)
        )

    def __iter__(self) -> Iterator["Padded"]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> "Padded":
        key = sequence_index(index, len(self), "Padded")
        if isinstance(key, int):
            key = slice(key, key + 1)
        elif not isinstance(key, slice):
            key = numpy.sort(key)
        elif key.step is not None and key.step < 0:
            key = numpy.arange(len(self))[key][::-1]
        lengths = self.lengths[key]
        steps = get_array_module(lengths).arange(self.data.shape[0])
        running = lengths > steps if len(lengths) == 1 else (lengths > steps[:, None]).sum(axis=1)
        size_at_t = running.astype(self.size_at_t.dtype)
        return Padded(self.data[:, key], size_at_t, lengths, self.indices[key])


@dataclass(init=False, eq=False)
class Ragged:
    """Sequences as one array of rows: `data` (T, width), `lengths` (B,) summing to T.

    `data` is kept with two axes, (0, 0) if it has no elements; `dataXd` gives the rows in the shape they
    came in. Indexing takes what NumPy takes for one axis and selects sequences. The offsets of the
    sequences are computed once: don't change `lengths` in place after that. That the lengths are not
    negative and sum to the rows is checked under `thinc.util.data_validation`.
    """

    data: Array2d
    lengths: Ints1d
    data_shape: tuple[int, ...] = field(init=False)
    starts_ends: Ints1d | None = field(init=False, default=None)

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: Any, lengths: Any) -> None:
        shape = data.shape
        if len(shape) == 2 and data.size:
            self.data = data
        elif data.size:
            self.data = data.reshape((shape[0], -1))
        else:
            self.data = data.reshape((0, 0))
        self.lengths = lengths
        self.data_shape = (-1, *shape[1:])
        self.starts_ends = None
        if DATA_VALIDATION.get():
            self._check_lengths(shape[0])

    def _check_lengths(self, rows: int) -> None:
        lengths = self.lengths
        if (lengths < 0).any() or int(lengths.sum()) != rows:
            raise ValueError(
                f"Ragged: lengths must not be negative and must sum to the rows of data; got a minimum of "
                f"{int(lengths.min()) if len(self) else 0} and a sum of {int(lengths.sum())} for {rows} rows"
            )

    @property
    def dataXd(self) -> Any:
        """The rows in their original shape."""
        shape = self.data_shape
        if self.data.size:
            return self.data if len(shape) == 2 else self.data.reshape(shape)
        # Without elements the rows can't be counted, unless a row would have some: then there are none.
        rows = int(self.lengths.sum()) if 0 in shape[1:] else 0
        return self.data.reshape((rows, *shape[1:]))

    def __len__(self) -> int:
        return self.lengths.shape[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ragged):
            return NotImplemented
        return same_array(self.dataXd, other.dataXd) and same_array(self.lengths, other.lengths)

    def __iter__(self) -> Iterator["Ragged"]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> "Ragged":
        key = sequence_index(index, len(self), "Ragged")
        offsets = self._get_starts_ends()
        if isinstance(key, int):
            begin, end, key = key, key + 1, slice(key, key + 1)
        elif isinstance(key, slice):
            begin, end, step = key.indices(len(self))
            end = max(begin, end)
            if step != 1:
                key = numpy.arange(len(self))[key]
        if isinstance(key, slice):
            rows = self.dataXd[int(offsets[begin]) : int(offsets[end])]
        else:
            rows = rows_of_sequences(self.dataXd, key, offsets)
        return Ragged(rows, self.lengths[key])

    def _get_starts_ends(self) -> Any:
        """int32 (B + 1,): 0 and the cumulative lengths. Sequence b is rows [b] to [b + 1]."""
        if self.starts_ends is None:
            xp = get_array_module(self.lengths)
            offsets = xp.zeros((len(self) + 1,), dtype="int32")
            offsets[1:] = self.lengths.cumsum()
            self.starts_ends = offsets
        return self.starts_ends

    def _get_starts(self) -> Any:
        return self._get_starts_ends()[:-1]

    def _get_ends(self) -> Any:
        return self._get_starts_ends()[1:]


@dataclass
class Pairs(Generic[ArrayT]):
    """Two batches in step: `p[i]` is `Pairs(one[i], two[i])`."""

    one: Any
    two: Any

    def __getitem__(self, index: Any) -> "Pairs[ArrayT]":
        return Pairs(self.one[index], self.two[index])

    def __len__(self) -> int:
        return len(self.one)


@dataclass
class ArgsKwargs:
    """The arguments of a call: a tuple and a dict."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @classmethod
    def from_items(cls, items: Iterable[tuple[int | str, Any]]) -> "ArgsKwargs":
        """From key-value pairs: ints are positions, in the order given, other keys are names."""
        args = []
        kwargs: dict[str, Any] = {}
        for key, value in items:
            if isinstance(key, int):
                args.append(value)
            else:
                kwargs[key] = value
        return cls(args=tuple(args), kwargs=kwargs)

    def keys(self) -> Iterator[int | str]:
        """Positions, then names."""
        yield from range(len(self.args))
        yield from self.kwargs

    def values(self) -> Iterator[Any]:
        """Positional values, then named ones."""
        yield from self.args
        yield from self.kwargs.values()

    def items(self) -> Iterator[tuple[int | str, Any]]:
        """Positions and names with their values."""
        yield from enumerate(self.args)
        yield from self.kwargs.items()


@dataclass
class Unserializable:
    """Wraps a value that must not be written to bytes."""

    obj: Any


class Decorator(Protocol):
    """Called with a name, gives a decorator that returns what it decorates."""

    def __call__(self, name: str) -> Callable[[ArrayT], ArrayT]: ...


Batchable = Union[Pairs, Ragged, Padded, ArrayXd, list, tuple]

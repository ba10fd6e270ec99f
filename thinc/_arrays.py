"""What the array classes of `thinc.types` are made of, and the run-time test of rank and dtype.

The classes describe arrays to type checkers: `_Array` has the interface of an array once, generic in the
type of its numbers and of what is left when axes are gone. Rank and kind of number are class attributes,
which the test at run time reads.
"""

from collections.abc import Callable, Container, Iterator, Sized
from typing import Any, ClassVar, Generic, Literal, TypeVar, Union, overload

import numpy

from . import compat

SelfT = TypeVar("SelfT")
ItemT = TypeVar("ItemT")
Less1T = TypeVar("Less1T")
Less2T = TypeVar("Less2T")
Less3T = TypeVar("Less3T")
MeanT = TypeVar("MeanT")
ArgT = TypeVar("ArgT")
FloatsT = TypeVar("FloatsT")
IntsT = TypeVar("IntsT")

Tru = Literal[True]
Fal = Literal[False]

# Values of `axis`, for signatures.
OneAx = Union[int, tuple[int]]
TwoAx = tuple[int, int]
ThreeAx = tuple[int, int, int]
FourAx = tuple[int, int, int, int]

# What `dtype="f"` and `dtype="i"` accept.
_ACCEPTED = {"f": ("float32",), "i": ("int32", "int64", "uint32", "uint64")}


class ArrayTypeError(ValueError, TypeError):
    """A value is not an array at all. Some callers expect the one base class, some the other."""


def get_array_module(arr: Any) -> Any:
    """CuPy for CuPy arrays, NumPy for everything else."""
    if type(arr) is numpy.ndarray:  # Looking for CuPy takes three times as long.
        return numpy
    cupy = compat.imported("cupy")
    return cupy if isinstance(arr, getattr(cupy, "ndarray", ())) else numpy


def is_xp_array(obj: Any) -> bool:
    """Whether it is a NumPy or CuPy array; scalars are not."""
    return type(obj) is numpy.ndarray or isinstance(obj, get_array_module(obj).ndarray)


def validate_array(obj: Any, ndim: int | None = None, dtype: str | None = None) -> Any:
    """Check rank and dtype of an array and return it.

    Args:
        obj: the value.
        ndim: its rank; None accepts any.
        dtype: "f" for float32, "i" for int32, int64, uint32, uint64; None accepts any.
    Raises:
        ValueError: rank or dtype differ, or it is not an array (then also a TypeError).
    """
    if not is_xp_array(obj):
        raise ArrayTypeError(f"not a valid numpy or cupy array (got {type(obj).__qualname__})")
    errors = []
    if ndim is not None and obj.ndim != ndim:
        errors.append(f"wrong array dimensions (expected {ndim}, got {obj.ndim})")
    if dtype is not None:
        accepted = _ACCEPTED.get(dtype, ())
        if not any(obj.dtype == name for name in accepted):
            errors.append(f"wrong array data type (expected {'/'.join(accepted) or dtype}, got {obj.dtype})")
    if errors:
        raise ValueError(", ".join(errors))
    return obj


class _Validated:
    """The hooks of pydantic (version 1 and 2) and confection, for classes with a `validate`."""

    @classmethod
    def validate(cls, obj: Any) -> Any:
        raise NotImplementedError

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Any]]:
        yield lambda value: cls.validate(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source_type: Any, handler: Any) -> dict[str, Any]:
        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": cls._validate_for_pydantic},
        }

    @classmethod
    def _validate_for_pydantic(cls, value: Any) -> Any:
        """`validate`, with the ValueError that pydantic 2 collects in place of a TypeError."""
        try:
            return cls.validate(value)
        except ValueError:
            raise
        except TypeError as error:
            raise ValueError(str(error)) from error


# Keys by the rank of the array and of what they select. A number takes an axis away, what selects several
# rows (`_S`) keeps it.
_S = Union[slice, list[int], "_Array"]
_1_KeyScalar = Union[int, tuple[int]]
_1_Key1d = Union[_S, tuple[_S]]
_1_AllKeys = Union[_1_KeyScalar, _1_Key1d]
_2_KeyScalar = Union[tuple[int, int]]
_2_Key1d = Union[int, tuple[int], tuple[int, _S], tuple[_S, int]]
_2_Key2d = Union[_S, tuple[_S], tuple[_S, _S]]
_2_AllKeys = Union[_2_KeyScalar, _2_Key1d, _2_Key2d]
_3_KeyScalar = Union[tuple[int, int, int]]
_3_Key1d = Union[tuple[int, int], tuple[int, int, _S], tuple[int, _S, int], tuple[_S, int, int]]
_3_Key2d = Union[
    int,
    tuple[int],
    tuple[int, _S],
    tuple[_S, int],
    tuple[int, _S, _S],
    tuple[_S, int, _S],
    tuple[_S, _S, int],
]
_3_Key3d = Union[_S, tuple[_S], tuple[_S, _S], tuple[_S, _S, _S]]
_3_AllKeys = Union[_3_KeyScalar, _3_Key1d, _3_Key2d, _3_Key3d]
_4_KeyScalar = Union[tuple[int, int, int, int]]
_4_Key1d = Union[
    tuple[int, int, int],
    tuple[int, int, int, _S],
    tuple[int, int, _S, int],
    tuple[int, _S, int, int],
    tuple[_S, int, int, int],
]
_4_Key2d = Union[
    tuple[int, int],
    tuple[int, int, _S],
    tuple[int, _S, int],
    tuple[_S, int, int],
    tuple[int, int, _S, _S],
    tuple[int, _S, int, _S],
    tuple[int, _S, _S, int],
    tuple[_S, int, int, _S],
    tuple[_S, int, _S, int],
    tuple[_S, _S, int, int],
]
_4_Key3d = Union[
    int,
    tuple[int],
    tuple[int, _S],
    tuple[_S, int],
    tuple[int, _S, _S],
    tuple[_S, int, _S],
    tuple[_S, _S, int],
    tuple[int, _S, _S, _S],
    tuple[_S, int, _S, _S],
    tuple[_S, _S, int, _S],
    tuple[_S, _S, _S, int],
]
_4_Key4d = Union[_S, tuple[_S], tuple[_S, _S], tuple[_S, _S, _S], tuple[_S, _S, _S, _S]]
_4_AllKeys = Union[_4_KeyScalar, _4_Key1d, _4_Key2d, _4_Key3d, _4_Key4d]


class _Array(
    _Validated, Sized, Container, Generic[ItemT, Less1T, Less2T, Less3T, MeanT, ArgT, FloatsT, IntsT]
):
    """What all array classes have.

    `ItemT` is a number, `Less1T` what is left when an axis is gone, an array or a number, and so on;
    Any where there are not that many. `MeanT` and `ArgT` are floats and integers with one axis less,
    `FloatsT` and `IntsT` with as many. Sized and Container leave `__len__` and `__contains__` abstract,
    and so does this: there are no instances.
    """

    _ndim: ClassVar[int | None] = None
    _dtype: ClassVar[str | None] = None

    @classmethod
    def validate(cls, obj: Any) -> Any:
        """`validate_array` with the rank and dtype of the class."""
        return validate_array(obj, ndim=cls._ndim, dtype=cls._dtype)

    dtype: Any
    data: Any
    flags: Any
    size: int
    itemsize: int
    nbytes: int
    ndim: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def T(self: SelfT) -> SelfT: ...  # type: ignore[empty-body]

    @overload
    def __getitem__(self: SelfT, key: Union[_1_Key1d, _2_Key2d, _3_Key3d, _4_Key4d]) -> SelfT: ...
    @overload
    def __getitem__(self, key: Union[_1_KeyScalar, _2_Key1d, _3_Key2d, _4_Key3d]) -> Less1T: ...
    @overload
    def __getitem__(self, key: Union[_2_KeyScalar, _3_Key1d, _4_Key2d]) -> Less2T: ...
    @overload
    def __getitem__(self, key: Union[_3_KeyScalar, _4_Key1d]) -> Less3T: ...
    @overload
    def __getitem__(self, key: _4_KeyScalar) -> ItemT: ...
    @overload
    def __getitem__(self, key: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __iter__(self) -> Iterator[Less1T]: ...  # type: ignore[empty-body]
    def __float__(self) -> float: ...  # type: ignore[empty-body]
    def __int__(self) -> int: ...  # type: ignore[empty-body]

    def __add__(self: SelfT, other: Any) -> SelfT: ...  # type: ignore[empty-body]

    __radd__ = __iadd__ = __sub__ = __rsub__ = __isub__ = __mul__ = __rmul__ = __imul__ = __add__
    __truediv__ = __rtruediv__ = __itruediv__ = __floordiv__ = __rfloordiv__ = __ifloordiv__ = __add__
    __pow__ = __rpow__ = __ipow__ = __mod__ = __rmod__ = __imod__ = __add__
    __matmul__ = __rmatmul__ = __imatmul__ = __add__
    __and__ = __rand__ = __iand__ = __or__ = __ror__ = __ior__ = __xor__ = __rxor__ = __ixor__ = __add__
    __lshift__ = __rlshift__ = __ilshift__ = __rshift__ = __rrshift__ = __irshift__ = __add__

    def __divmod__(self: SelfT, other: Any) -> tuple[SelfT, SelfT]: ...  # type: ignore[empty-body]

    __rdivmod__ = __divmod__

    def __neg__(self: SelfT) -> SelfT: ...  # type: ignore[empty-body]

    __pos__ = __invert__ = __abs__ = __neg__

    # Arrays of booleans have no class here.
    def __lt__(self, other: Any) -> Any: ...

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> Any: ...

    __ne__ = __eq__

    @overload
    def sum(self: SelfT, axis: Any = ..., dtype: Any = ..., out: Any = ..., *, keepdims: Tru) -> SelfT: ...
    @overload
    def sum(self, axis: OneAx, dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> Less1T: ...
    @overload
    def sum(self, axis: TwoAx, dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> Less2T: ...
    @overload
    def sum(self, axis: ThreeAx, dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> Less3T: ...
    @overload
    def sum(
        self, axis: FourAx | None = ..., dtype: Any = ..., out: Any = ..., keepdims: Fal = ...
    ) -> ItemT: ...
    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any: ...

    max = min = prod = sum

    @overload
    def mean(self, axis: OneAx, dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> MeanT: ...
    @overload
    def mean(self, axis: None = ..., dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> float: ...
    @overload
    def mean(self, axis: Any = ..., dtype: Any = ..., out: Any = ..., *, keepdims: Tru) -> FloatsT: ...
    @overload
    def mean(self, axis: Any = ..., dtype: Any = ..., out: Any = ..., keepdims: bool = ...) -> Any: ...
    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any: ...

    var = std = mean

    @overload
    def argmax(self, axis: OneAx, out: Any = ..., *, keepdims: Fal = ...) -> ArgT: ...
    @overload
    def argmax(self, axis: None = ..., out: Any = ..., *, keepdims: Fal = ...) -> int: ...
    @overload
    def argmax(self, axis: Any = ..., out: Any = ..., *, keepdims: Tru) -> IntsT: ...
    def argmax(self, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any: ...

    argmin = argmax

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any: ...

    all = any

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any: ...
    def astype(
        self, dtype: Any, order: str = ..., casting: str = ..., subok: bool = ..., copy: bool = ...
    ) -> Any: ...
    def clip(self: SelfT, min: Any = ..., max: Any = ..., out: Any = ...) -> SelfT: ...  # type: ignore[empty-body]
    def copy(self: SelfT, order: str = ...) -> SelfT: ...  # type: ignore[empty-body]
    def fill(self, value: Any) -> None: ...
    def flatten(self, order: str = ...) -> Any: ...
    def get(self: SelfT) -> SelfT: ...  # type: ignore[empty-body]
    def nonzero(self) -> Any: ...
    def ravel(self, order: str = ...) -> Any: ...
    def reshape(self, *shape: Any, order: str = ...) -> Any: ...
    def round(self: SelfT, decimals: int = ..., out: Any = ...) -> SelfT: ...  # type: ignore[empty-body]
    def squeeze(self, axis: Any = ...) -> Any: ...
    def swapaxes(self: SelfT, axis1: int, axis2: int) -> SelfT: ...  # type: ignore[empty-body]
    def tobytes(self, order: str = ...) -> bytes: ...  # type: ignore[empty-body]
    def tolist(self) -> list[Any]: ...  # type: ignore[empty-body]
    def transpose(self: SelfT, *axes: Any) -> SelfT: ...  # type: ignore[empty-body]


class _Floats(_Array[float, Any, Any, Any, Any, Any, Any, Any]):
    _dtype = "f"


class _Ints(_Array[int, Any, Any, Any, Any, Any, Any, Any]):
    _dtype = "i"


class _Array1d(_Array[ItemT, ItemT, Any, Any, float, int, FloatsT, IntsT]):
    _ndim = 1
    shape: tuple[int]

    def cumsum(self: SelfT, axis: Any = None, dtype: Any = None, out: Any = None) -> SelfT: ...  # type: ignore[empty-body]

    flatten = ravel = _Array.copy


class _Array2d(_Array[ItemT, Less1T, ItemT, Any, MeanT, ArgT, FloatsT, IntsT]):
    _ndim = 2
    shape: tuple[int, int]


class _Array3d(_Array[ItemT, Less1T, Less2T, ItemT, MeanT, ArgT, FloatsT, IntsT]):
    _ndim = 3
    shape: tuple[int, int, int]


class _Array4d(_Array[ItemT, Less1T, Less2T, Less3T, MeanT, ArgT, FloatsT, IntsT]):
    _ndim = 4
    shape: tuple[int, int, int, int]


__all__ = ["ArrayTypeError", "get_array_module", "is_xp_array", "validate_array"]

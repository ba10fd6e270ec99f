"""What the array classes of `thinc.types` are made of, and the run-time test of rank and dtype.

The classes describe arrays to type checkers: `_Array` has the interface of an array once, generic in the
type of its numbers and of what is left when the first axis is gone. Rank and kind of number are class
attributes, which the test at run time reads.
"""

from collections.abc import Callable, Container, Iterator, Sized
from typing import Any, ClassVar, Generic, Literal, TypeVar, overload

import numpy

from . import compat

SelfT = TypeVar("SelfT")
ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT")

Tru = Literal[True]
Fal = Literal[False]

# What `dtype="f"` and `dtype="i"` accept.
_ACCEPTED = {"f": ("float32",), "i": ("int32", "int64", "uint32", "uint64")}


class ArrayTypeError(ValueError, TypeError):
    """A value is not an array at all. Some callers expect the one base class, some the other."""


def get_array_module(arr: Any) -> Any:
    """CuPy for CuPy arrays, NumPy for everything else."""
    cupy = compat.imported("cupy")
    return cupy if isinstance(arr, getattr(cupy, "ndarray", ())) else numpy


def is_xp_array(obj: Any) -> bool:
    """Whether it is a NumPy or CuPy array; scalars are not."""
    return isinstance(obj, get_array_module(obj).ndarray)


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


class _Array(_Validated, Sized, Container, Generic[ItemT, RowT]):
    """What all array classes have. `ItemT` is a number, `RowT` an array of one rank less.

    Sized and Container leave `__len__` and `__contains__` abstract, and so does this: there are no
    instances.
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
    T: Any

    @overload
    def __getitem__(self: SelfT, key: "slice | list[int] | _Array") -> SelfT: ...
    @overload
    def __getitem__(self, key: int) -> RowT: ...
    @overload
    def __getitem__(self, key: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any: ...  # type: ignore[empty-body]
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __iter__(self) -> Iterator[RowT]: ...  # type: ignore[empty-body]

    def __add__(self: SelfT, other: Any) -> SelfT: ...  # type: ignore[empty-body]

    __radd__ = __iadd__ = __sub__ = __rsub__ = __isub__ = __mul__ = __rmul__ = __imul__ = __add__
    __truediv__ = __rtruediv__ = __itruediv__ = __floordiv__ = __pow__ = __mod__ = __add__
    __matmul__ = __and__ = __or__ = __xor__ = __lshift__ = __rshift__ = __add__

    def __neg__(self: SelfT) -> SelfT: ...  # type: ignore[empty-body]

    __pos__ = __invert__ = __abs__ = __neg__

    def __lt__(self: SelfT, other: Any) -> SelfT: ...  # type: ignore[empty-body]

    __le__ = __gt__ = __ge__ = __lt__

    @overload
    def sum(self: SelfT, axis: Any = ..., dtype: Any = ..., out: Any = ..., *, keepdims: Tru) -> SelfT: ...
    @overload
    def sum(self, axis: int, dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> RowT: ...
    @overload
    def sum(self, axis: None = ..., dtype: Any = ..., out: Any = ..., keepdims: Fal = ...) -> ItemT: ...
    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any: ...

    max = min = prod = sum

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any: ...

    def argmax(self, axis: int | None = None, out: Any = None) -> Any: ...

    argmin = argmax

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any: ...

    all = any

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any: ...

    def astype(self, dtype: Any, order: str = ..., copy: bool = ...) -> Any: ...
    def copy(self: SelfT, order: str = ...) -> SelfT: ...  # type: ignore[empty-body]
    def fill(self, value: Any) -> None: ...
    def flatten(self, order: str = ...) -> Any: ...
    def reshape(self, *shape: Any) -> Any: ...
    def squeeze(self, axis: Any = ...) -> Any: ...
    def swapaxes(self, axis1: int, axis2: int) -> Any: ...
    def tobytes(self, order: str = ...) -> bytes: ...  # type: ignore[empty-body]
    def tolist(self) -> list[Any]: ...  # type: ignore[empty-body]
    def transpose(self, *axes: Any) -> Any: ...


class _Floats(_Array[float, RowT]):
    _dtype = "f"


class _Ints(_Array[int, RowT]):
    _dtype = "i"


class _Array1d(_Array[ItemT, ItemT]):
    _ndim = 1


class _Array2d(_Array[ItemT, RowT]):
    _ndim = 2


class _Array3d(_Array[ItemT, RowT]):
    _ndim = 3


class _Array4d(_Array[ItemT, RowT]):
    _ndim = 4


__all__ = ["ArrayTypeError", "get_array_module", "is_xp_array", "validate_array"]

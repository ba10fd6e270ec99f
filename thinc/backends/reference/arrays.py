"""Making, converting and reshaping arrays, and the dropout mask.

Most of these forward to the array module. They exist so that a layer which allocates, casts or
copies says so through its ops, and gets arrays on the device of those ops.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy

from ...types import Shape
from .. import checks

# Masks of up to this many elements are drawn one by one from the array module's generator.
SMALL_MASK = 256


class Arrays:
    """Allocation, conversion, shapes, dropout masks."""

    xp: Any = numpy

    # -- allocation ------------------------------------------------------------------------------

    def alloc(self, shape: Any, *, dtype: Any = "float32", zeros: bool = True) -> Any:
        """A new array: `Y[...] = 0`, or uninitialised with `zeros=False`.

        Args:
            shape: an int or a sequence of ints.
            dtype: anything NumPy takes for one; None means float64.
            zeros: whether the array is cleared.
        Returns:
            an array of that shape and dtype, C-contiguous.
        """
        if zeros:
            return self.xp.zeros(shape, dtype)
        return self.xp.empty(shape, dtype)

    def alloc_f(self, shape: Any, *, dtype: Any = "float32", zeros: bool = True) -> Any:
        """`alloc` for floats of any rank. The dtype is a default, it is not checked."""
        return self.alloc(shape, dtype=dtype, zeros=zeros)

    def alloc1f(self, d0: int, *, dtype: Any = "float32", zeros: bool = True) -> Any:
        """`alloc` for a float array (d0,)."""
        return self.alloc((d0,), dtype=dtype, zeros=zeros)

    def alloc2f(self, d0: int, d1: int, *, dtype: Any = "float32", zeros: bool = True) -> Any:
        """`alloc` for a float array (d0, d1)."""
        return self.alloc((d0, d1), dtype=dtype, zeros=zeros)

    def alloc3f(self, d0: int, d1: int, d2: int, *, dtype: Any = "float32", zeros: bool = True) -> Any:
        """`alloc` for a float array (d0, d1, d2)."""
        return self.alloc((d0, d1, d2), dtype=dtype, zeros=zeros)

    def alloc4f(
        self, d0: int, d1: int, d2: int, d3: int, *, dtype: Any = "float32", zeros: bool = True
    ) -> Any:
        """`alloc` for a float array (d0, d1, d2, d3)."""
        return self.alloc((d0, d1, d2, d3), dtype=dtype, zeros=zeros)

    def alloc_i(self, shape: Any, *, dtype: Any = "int32", zeros: bool = True) -> Any:
        """`alloc` for integers of any rank. The dtype is a default, it is not checked."""
        return self.alloc(shape, dtype=dtype, zeros=zeros)

    def alloc1i(self, d0: int, *, dtype: Any = "int32", zeros: bool = True) -> Any:
        """`alloc` for an integer array (d0,)."""
        return self.alloc((d0,), dtype=dtype, zeros=zeros)

    def alloc2i(self, d0: int, d1: int, *, dtype: Any = "int32", zeros: bool = True) -> Any:
        """`alloc` for an integer array (d0, d1)."""
        return self.alloc((d0, d1), dtype=dtype, zeros=zeros)

    def alloc3i(self, d0: int, d1: int, d2: int, *, dtype: Any = "int32", zeros: bool = True) -> Any:
        """`alloc` for an integer array (d0, d1, d2)."""
        return self.alloc((d0, d1, d2), dtype=dtype, zeros=zeros)

    def alloc4i(self, d0: int, d1: int, d2: int, d3: int, *, dtype: Any = "int32", zeros: bool = True) -> Any:
        """`alloc` for an integer array (d0, d1, d2, d3)."""
        return self.alloc((d0, d1, d2, d3), dtype=dtype, zeros=zeros)

    # -- shapes ----------------------------------------------------------------------------------

    def reshape(self, array: Any, shape: Any) -> Any:
        """`array` in another shape: a view where possible, -1 for one size that follows.

        Raises:
            ValueError: the sizes differ.
        """
        return array.reshape(shape)

    def reshape_f(self, array: Any, shape: Any) -> Any:
        """`reshape` for floats; the dtype is not checked."""
        return array.reshape(shape)

    def reshape1f(self, array: Any, d0: int) -> Any:
        """`reshape` of a float array to (d0,)."""
        return array.reshape((d0,))

    def reshape2f(self, array: Any, d0: int, d1: int) -> Any:
        """`reshape` of a float array to (d0, d1)."""
        return array.reshape((d0, d1))

    def reshape3f(self, array: Any, d0: int, d1: int, d2: int) -> Any:
        """`reshape` of a float array to (d0, d1, d2)."""
        return array.reshape((d0, d1, d2))

    def reshape4f(self, array: Any, d0: int, d1: int, d2: int, d3: int) -> Any:
        """`reshape` of a float array to (d0, d1, d2, d3)."""
        return array.reshape((d0, d1, d2, d3))

    def reshape_i(self, array: Any, shape: Any) -> Any:
        """`reshape` for integers; the dtype is not checked."""
        return array.reshape(shape)

    reshape1i, reshape2i, reshape3i, reshape4i = reshape1f, reshape2f, reshape3f, reshape4f
    reshape1, reshape2, reshape3, reshape4 = reshape1f, reshape2f, reshape3f, reshape4f

    def tile(self, X: Any, reps: Any) -> Any:
        """`X` repeated: `xp.tile(X, reps)`. An int repeats the last axis."""
        return self.xp.tile(X, reps)

    def insert_into(self, shape: Shape, Xs: Sequence[Any]) -> Any:
        """Zeros of `shape` with each array at the start of its row: `Y[i, :len(Xs[i])] = Xs[i]`.

        Returns:
            an array of that shape, dtype of the first of `Xs`.
        Raises:
            TypeError: an item is not an array.
        """
        for i, X in enumerate(Xs):
            checks.array("insert_into", f"Xs[{i}]", X)
        output = self.alloc(shape, dtype=Xs[0].dtype)
        for i, X in enumerate(Xs):
            output[i, : X.shape[0]] = X
        return output

    # -- conversion ------------------------------------------------------------------------------

    def asarray(self, data: Any, dtype: Any = None) -> Any:
        """`data` as an array of these ops, cast to `dtype` unless that is None.

        Nothing is copied that need not be: an array comes back as it is, a CPU tensor (anything with a
        `numpy` method) shares its memory. Arrays of another device (anything with a `get` method) are
        fetched.

        Raises:
            TypeError: a dict or a set, which NumPy would wrap into an array of objects.
        """
        if isinstance(data, self.xp.ndarray):
            array = data
        elif isinstance(data, (dict, set, frozenset)):
            raise TypeError(
                f"asarray: data must be an array, a tensor, a number or a sequence; got {type(data)}"
            )
        elif hasattr(data, "numpy"):
            array = data.numpy()
        elif hasattr(data, "get"):
            array = data.get()
        else:
            return self.xp.array(data, dtype=dtype)
        if dtype is None or array.dtype == dtype:
            return array
        if type(array) is not self.xp.ndarray or not array.flags.c_contiguous:
            return array.astype(dtype)
        # What is drawn or read in another type becomes a parameter: `alloc` knows where those lie best.
        converted = self.alloc(array.shape, dtype=dtype, zeros=False)
        converted[...] = array
        return converted

    def asarray_f(self, data: Any, *, dtype: Any = "float32") -> Any:
        """`asarray` for floats of any rank."""
        return self.asarray(data, dtype=dtype)

    def asarray_i(self, data: Any, *, dtype: Any = "int32") -> Any:
        """`asarray` for integers of any rank. Floats are truncated towards zero."""
        return self.asarray(data, dtype=dtype)

    asarray1f = asarray2f = asarray3f = asarray4f = asarray_f
    asarray1i = asarray2i = asarray3i = asarray4i = asarray_i

    def as_contig(self, data: Any, dtype: Any = None) -> Any:
        """`data` itself where it is C-contiguous and of `dtype` (None: any), else a copy that is."""
        try:
            contiguous = data.flags["C_CONTIGUOUS"]
        except AttributeError:
            raise TypeError(f"as_contig: data must be an array; got {type(data)}") from None
        if contiguous and (dtype is None or data.dtype == dtype):
            return data
        return self.xp.ascontiguousarray(data, dtype=dtype)

    def to_numpy(self, data: Any, *, byte_order: str | None = None) -> Any:
        """`data` as a NumPy array, in the given byte order (">", "<"; None: as it is).

        Raises:
            ValueError: not a NumPy array.
        """
        if not isinstance(data, numpy.ndarray):
            raise ValueError(f"to_numpy: Cannot convert non-numpy from base Ops class; got {type(data)}")
        if byte_order:
            return data.astype(data.dtype.newbyteorder(byte_order), copy=False)
        return data

    # -- dropout ---------------------------------------------------------------------------------

    def get_dropout_mask(self, shape: Any, drop: float | None) -> Any:
        """A mask that drops and rescales: `Y[i] = 0 if u[i] < drop else 1 / (1 - drop)`.

        `drop` None or <= 0 gives ones, >= 1 zeros. The numbers u come from NumPy's global generator,
        so that seeding it repeats the mask. Up to 256 elements each is one draw of
        `random.uniform`. Above that there is a single draw, `seed = random.randint(0, 2**63)` (int64),
        which keys a hash of the element's index: no state to carry, any range of elements can be
        computed by itself, and every implementation gives the same bits.

        Block b of 2**32 elements has value b of the seed's splitmix64 sequence as its key, with the
        halves k0 (low) and k1 (high). With unsigned words, 64 bits for z and 32 for x, i the index
        within the block in C order, and all arithmetic modulo the word size:

            z = seed + (b + 1) * 0x9E3779B97F4A7C15
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB
            k0, k1 = halves(z ^ (z >> 31))

            x = i * 0x9E3779B9 + k0
            x ^= x >> 16;  x *= 0x21F0AAAD;  x ^= k1
            x ^= x >> 15;  x *= 0x735A2D97
            x ^= x >> 15
            keep = (x >> 8) >= ceil(drop * 2**24)

        Args:
            shape: an int or a sequence of ints.
            drop: the share of elements to drop.
        Returns:
            float32 of that shape.
        Raises:
            ValueError: `drop` is nan.
        Numerics: the share dropped is `drop` rounded up to a multiple of 2**-24.
        Source: S. Vigna's splitmix64 (public domain); multipliers and shifts of the hash are C. Wellons'
            "lowbias32", a 32-bit mixer found by search for the least bias, the key between its rounds.
        """
        drop = None if drop is None else checks.number("get_dropout_mask", "drop", drop)
        if drop is None or drop <= 0:
            return self._filled(shape, 1.0)
        if drop >= 1.0:
            return self.alloc(shape)
        if drop != drop:
            raise ValueError(f"get_dropout_mask: drop must be a number or None; got {drop}")
        scale = 1.0 / (1.0 - drop)
        size = math.prod(shape) if isinstance(shape, (tuple, list)) else int(shape)
        if size <= SMALL_MASK:
            kept = self.xp.random.uniform(0.0, 1.0, shape) >= drop
        else:
            seed = int(numpy.random.randint(0, 2**63, dtype=numpy.int64))
            kept = (self._hash_indices(size, seed) >> 8 >= math.ceil(drop * 2**24)).reshape(shape)
        return self.xp.asarray(kept * self.xp.float32(scale))

    def _filled(self, shape: Any, value: float) -> Any:
        return self.xp.full(shape, value, dtype="float32")

    def _hash_indices(self, size: int, seed: int) -> Any:
        """The words x of `get_dropout_mask` for the indices 0 to size - 1."""
        word = self.xp.uint32
        words = self.xp.arange(size, dtype="uint32")
        for block, begin in enumerate(range(0, size, 2**32)):
            x = words[begin : begin + 2**32]
            low, high = splitmix64_halves(seed, block)
            x *= word(0x9E3779B9)
            x += word(low)
            x ^= x >> 16
            x *= word(0x21F0AAAD)
            x ^= word(high)
            x ^= x >> 15
            x *= word(0x735A2D97)
            x ^= x >> 15
        return words


def splitmix64_halves(seed: int, block: int) -> tuple[int, int]:
    """Low and high word of a value of the splitmix64 sequence: the key of a block of a mask."""
    z = (seed + (block + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    z ^= z >> 31
    return z % 2**32, z >> 32


__all__ = ["Arrays", "SMALL_MASK", "splitmix64_halves"]

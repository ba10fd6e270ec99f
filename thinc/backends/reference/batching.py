"""Between lists of sequences and arrays that hold them all, and batches of data.

A list of B sequences becomes one array of T rows (`flatten`, `unflatten`), a block padded with zeros
(`pad`, `unpad`), or a block in time-major order, longest sequence first (`list2padded`, `padded2list`).
"""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy

from ...errors import InvalidValueError, LengthsError, RankError
from ...types import Padded, Ragged, SizedGenerator, get_array_module
from .. import checks
from ._minibatches import batch_sizes, batches
from .arrays import Arrays


class Batching(Arrays):
    """Minibatches, concatenation and padding."""

    # -- minibatches -----------------------------------------------------------------------------

    def minibatch(
        self, size: Any, sequence: Any, *, shuffle: bool = False, buffer: int = 1
    ) -> SizedGenerator:
        """Batches of a sequence, as an object with a length that can be iterated again.

        Args:
            size: sequences per batch: an integer, or an iterable of them (a list, an iterator, a
                schedule), which is advanced as far as needed now and repeats its last value at its end.
            sequence: anything with a length: a list or tuple gives batches of that type, anything else
                is indexed with an array of indices.
            shuffle: shuffle with NumPy's global generator, anew in each iteration.
            buffer: batches to prepare before the first of them is given out.
        Raises:
            ValueError: `sequence` has no length; a size is not positive; no sizes.
            TypeError: a size is not an integer.
        """
        if not hasattr(sequence, "__len__"):
            raise ValueError(f"Can't minibatch data. Expected sequence, got {type(sequence)}")
        sizes = batch_sizes("minibatch", len(sequence), size)
        indices = numpy.arange(len(sequence))

        def batch(begin: int, end: int) -> Any:
            return self._get_batch(sequence, indices, begin, end, shuffle)

        return SizedGenerator(lambda: batches(batch, indices, sizes, shuffle, buffer), len(sizes))

    def multibatch(
        self, size: Any, sequence: Any, *others: Any, shuffle: bool = False, buffer: int = 1
    ) -> SizedGenerator:
        """`minibatch` of several sequences in step: each item is a list with one batch of each.

        Raises:
            ValueError: as for `minibatch`, or the lengths of the sequences differ.
            TypeError: a size is not an integer.
        """
        sequences = (sequence, *others)
        if not all(hasattr(seq, "__len__") for seq in sequences):
            kinds = ", ".join(str(type(seq)) for seq in sequences)
            raise ValueError(f"Can't multibatch data. Expected sequences, got {kinds}")
        lengths = [len(seq) for seq in sequences]
        if len(set(lengths)) > 1:
            raise ValueError(f"multibatch: sequences must have the same length; got lengths {lengths}")
        sizes = batch_sizes("multibatch", lengths[0], size)
        indices = numpy.arange(lengths[0])

        def batch(begin: int, end: int) -> list:
            return [self._get_batch(sequence, indices, begin, end, shuffle) for sequence in sequences]

        return SizedGenerator(lambda: batches(batch, indices, sizes, shuffle, buffer), len(sizes))

    def _get_batch(self, sequence: Any, indices: Any, begin: int, end: int, shuffled: bool) -> Any:
        """The items at a range of the indices, in the type of the sequence; what is an array is a copy.

        Those that are not shuffled are their own positions, so that a slice will do.
        """
        kind = type(sequence)
        if kind is numpy.ndarray and self.xp is numpy:
            return sequence.take(indices[begin:end], axis=0) if shuffled else sequence[begin:end].copy()
        if not shuffled and (kind is list or kind is tuple):
            return sequence[begin:end]
        if not shuffled and kind is Ragged:
            part = sequence[begin:end]
            return Ragged(part.dataXd.copy(), part.lengths.copy())
        if isinstance(sequence, list):
            return [sequence[i] for i in indices[begin:end].tolist()]
        if isinstance(sequence, tuple):
            return tuple([sequence[i] for i in indices[begin:end].tolist()])
        batch = sequence[indices[begin:end]]
        if hasattr(batch, "__array_interface__") or hasattr(batch, "__cuda_array_interface__"):
            return self.as_contig(self.xp.asarray(batch))
        return batch

    def _get_batch_sizes(self, length: int, sizes: Any) -> list[int]:
        """Sizes of batches, as many as it takes for their sum to reach `length`."""
        return batch_sizes("minibatch", length, sizes)

    # -- one array of rows -----------------------------------------------------------------------

    def flatten(
        self, X: Sequence[Any] | None, dtype: Any = None, pad: int = 0, ndim_if_empty: int = 2
    ) -> Any:
        """The rows of all sequences in one array: `concatenate(X)`.

        Sequences of size 0 are left out. With `pad`, that many rows of zeros come before each sequence
        and after the last. Without any sequence the result is empty, of rank `ndim_if_empty`; if none
        of them has elements it has the shape and dtype of the first.

        Args:
            X: B arrays that agree in all axes but the first.
            dtype: dtype of the result; None keeps that of the arrays (float32 if there are none).
            pad: rows of zeros at each border.
        Returns:
            array (T, ...).
        Raises:
            ValueError: `pad` is negative, or the shapes do not fit together.
            TypeError: `pad` is not an integer, or an item is not an array.
        """
        pad = _pad_width("flatten", pad)
        if X is None or len(X) == 0:
            return self.alloc((0,) * ndim_if_empty, dtype=dtype or "f")
        try:
            pieces = [x for x in X if x.size]
        except AttributeError:
            raise TypeError(f"flatten: X must be a sequence of arrays; got {_kinds(X, 'size')}") from None
        xp = get_array_module(X[0])
        if not pieces:
            return xp.zeros(X[0].shape, dtype=dtype or X[0].dtype)
        if pad:
            zeros = xp.zeros((pad, *pieces[0].shape[1:]), dtype=pieces[0].dtype)
            pieces = [piece for x in pieces for piece in (zeros, x)]
            pieces.append(zeros)
        try:
            result = xp.concatenate(pieces)
        except ValueError as error:
            shapes = sorted({tuple(x.shape) for x in pieces})
            raise ValueError(f"flatten: X must agree in all axes but the first; got {shapes}") from error
        if dtype is not None and result.dtype != dtype:
            return xp.asarray(result, dtype=dtype)
        return result

    def unflatten(self, X: Any, lengths: Any, pad: int = 0) -> list[Any]:
        """The inverse of `flatten`: B views, `Y[b]` the rows of sequence b, without its padding.

        Args:
            X: array (T, ...).
            lengths: integer (B,), each >= 0, summing to T with the padding counted in: `pad` rows
                before every sequence that is not empty. The rows after the last may be missing.
            pad: rows of padding at each border.
        Returns:
            a list of B views of X.
        Raises:
            ValueError: a length is negative, the lengths don't sum to the rows, `pad` is negative.
        """
        pad = _pad_width("unflatten", pad)
        sizes = _host_lengths("unflatten", "lengths", lengths)
        if not getattr(X, "shape", None):
            raise TypeError(f"unflatten: X must be an array of rows; got {type(X).__name__}")
        rows = sum(sizes)
        if pad:
            rows += pad * sum(1 for n in sizes if n)
        if (rows != X.shape[0] and (not pad or rows + pad != X.shape[0])) or min(sizes, default=0) < 0:
            _refuse_lengths(sizes, X.shape[0], rows, pad)
        pieces = []
        end = 0
        for size in sizes:
            begin = end + pad if size else end
            end = begin + size
            pieces.append(X[begin:end])
        return pieces

    # -- padded blocks ---------------------------------------------------------------------------

    def pad(self, seqs: Sequence[Any], round_to: int = 1) -> Any:
        """A block with a row per sequence: `Y[b, :len(seqs[b])] = seqs[b]`, zeros elsewhere.

        Args:
            seqs: B arrays that agree in dtype and in all axes but the first.
            round_to: the padded length is a multiple of this.
        Returns:
            array (B, L, ...), L the longest length, rounded up.
        Raises:
            ValueError: no sequences; they disagree; `round_to` < 1.
        """
        if checks.integer("pad", "round_to", round_to, least=-math.inf) < 1:
            raise ValueError(f"pad: Rounding for padding must at least be 1, was: {round_to}")
        lengths = _check_paddable("pad", seqs)
        longest = max(lengths)
        longest += -longest % round_to
        first = seqs[0]
        output = self.xp.zeros((len(seqs), longest, *first.shape[1:]), dtype=first.dtype)
        for b, sequence in enumerate(seqs):
            output[b, : lengths[b]] = sequence
        return output

    def unpad(self, padded: Any, lengths: Any) -> list[Any]:
        """The sequences of a padded block: `Y[b] = padded[b, :lengths[b]]`, as views.

        Args:
            padded: array (B, L, ...).
            lengths: integers, each between 0 and L; fewer than B of them give as many sequences.
        Raises:
            ValueError: a length is out of range, or there are more than B.
        """
        sizes = _host_lengths("unpad", "lengths", lengths)
        if len(getattr(padded, "shape", ())) < 2:
            raise TypeError(f"unpad: padded must have two dimensions or more; got {type(padded).__name__}")
        if len(sizes) > padded.shape[0]:
            raise ValueError(
                f"unpad: lengths must not outnumber the rows of padded; got {len(sizes)} for "
                f"shape {padded.shape}"
            )
        if sizes and (min(sizes) < 0 or max(sizes) > padded.shape[1]):
            raise ValueError(
                f"unpad: lengths must be between 0 and {padded.shape[1]}, the steps of padded; "
                f"got {min(sizes)} to {max(sizes)}"
            )
        return [padded[i, :size] for i, size in enumerate(sizes)]

    def list2padded(self, seqs: Sequence[Any]) -> Padded:
        """Sequences side by side, longest first, time along the first axis.

        Columns are ordered by (length, position in the list), descending, so that the sequences which
        reach step t are the first `size_at_t[t]` columns:

            lengths 1, 3, 2, 3    step 0   3 1 2 0     size_at_t[0] = 4
                                  step 1   3 1 2 .     size_at_t[1] = 3
                                  step 2   3 1 . .     size_at_t[2] = 2

        Args:
            seqs: B arrays (n, O) that agree in dtype and in all axes but the first.
        Returns:
            Padded: data (longest, B, O), and int32 arrays `size_at_t`, `lengths` (by column) and
            `indices` (position in the list of each column). The data of a single sequence is a view.
        Raises:
            ValueError: an item is not an array of at least two axes, or they disagree.
        """
        if len(seqs) == 0:
            none = (self.alloc1i(0), self.alloc1i(0), self.alloc1i(0))
            return Padded(self.alloc3f(0, 0, 0), *none)
        sizes = _check_paddable("list2padded", seqs, min_ndim=2)
        if len(seqs) == 1:
            data = seqs[0].reshape((seqs[0].shape[0], 1, *seqs[0].shape[1:]))
            size_at_t = self.xp.ones((sizes[0],), dtype="int32")
            return Padded(data, size_at_t, self.asarray1i(sizes), self.alloc1i(1))
        order = sorted(range(len(sizes)), key=lambda i: (sizes[i], i), reverse=True)
        longest = sizes[order[0]]
        first = seqs[0]
        data = self.xp.zeros((longest, len(seqs), *first.shape[1:]), dtype=first.dtype)
        for column, i in enumerate(order):
            data[: sizes[i], column] = seqs[i]
        # How many sequences end at each step; those of earlier ends are no longer running.
        ended = numpy.bincount(sizes, minlength=longest + 1)[:longest].cumsum()
        return Padded(
            data,
            self.asarray1i(len(seqs) - ended, dtype="int32"),
            self.asarray1i([sizes[i] for i in order]),
            self.asarray1i(order),
        )

    def padded2list(self, padded: Padded) -> list[Any]:
        """The inverse of `list2padded`: the sequences, contiguous, in their original order.

        Raises:
            ValueError: an index occurs twice, a length is out of range, or the sizes don't match.
            IndexError: an index is out of range.
        """
        if type(padded) is not Padded and not all(
            hasattr(padded, name) for name in ("data", "lengths", "indices")
        ):
            raise TypeError(f"padded2list: padded must be a Padded; got {type(padded).__name__}")
        data = padded.data
        sizes = _host_lengths("padded2list", "lengths", padded.lengths)
        order = _host_lengths("padded2list", "indices", padded.indices)
        steps, columns = data.shape[:2]
        fits = columns == 0 or (min(sizes, default=-1) >= 0 and max(sizes) <= steps)
        if not fits or len(sizes) != columns or sorted(order) != list(range(columns)):
            _refuse_padded(sizes, order, steps, columns)
        if columns == 1:
            return [self.xp.ascontiguousarray(data[: sizes[0], 0])]
        by_column = self.xp.ascontiguousarray(data.swapaxes(0, 1))
        result: list[Any] = [None] * columns
        for column, i in enumerate(order):
            result[i] = by_column[column, : sizes[column]]
        return result


def _refuse_padded(sizes: list[int], order: list[int], steps: int, columns: int) -> None:
    if not len(sizes) == len(order) == columns:
        raise ValueError(
            f"padded2list: lengths and indices must have one entry per column of data; "
            f"got {len(sizes)} and {len(order)} for {columns} columns"
        )
    if min(sizes) < 0 or max(sizes) > steps:
        raise ValueError(
            f"padded2list: lengths must be between 0 and {steps}, the steps of data; "
            f"got {min(sizes)} to {max(sizes)}"
        )
    if min(order) < 0 or max(order) >= columns:
        raise IndexError(
            f"padded2list: indices must be between 0 and {columns - 1}; got {min(order)} to {max(order)}"
        )
    raise ValueError(f"padded2list: indices must be distinct; got {order}")


def _pad_width(op: str, pad: Any) -> int:
    if type(pad) is not int and not isinstance(pad, Integral):
        raise TypeError(f"{op}: pad must be an integer; got {pad!r}")
    if pad < 0:
        raise ValueError(f"{op}: pad must not be negative; got {pad}")
    return int(pad)


def _host_lengths(op: str, name: str, lengths: Any) -> list[int]:
    """Integers of one dimension as Python ints: reading an array item by item takes several times as long."""
    if type(lengths) is list and set(map(type, lengths)) <= {int}:
        return lengths
    if not hasattr(lengths, "dtype"):
        lengths = checks.integers(op, name, lengths)
    elif lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        lengths = checks.integers(op, name, lengths, get_array_module(lengths))
    return lengths.tolist()


def _refuse_lengths(sizes: list[int], rows: int, total: int, pad: int) -> None:
    if sizes and min(sizes) < 0:
        raise InvalidValueError(f"unflatten: lengths must not be negative; got {min(sizes)}")
    padding = f" with {pad} rows of padding before each sequence" if pad else ""
    raise LengthsError(f"unflatten: lengths must sum to the rows of X{padding}; got {total} for {rows} rows")


def _kinds(items: Sequence[Any], attribute: str) -> str:
    """The types of the items that lack an attribute that arrays have."""
    return "items of " + ", ".join(
        sorted({str(type(item)) for item in items if not hasattr(item, attribute)})
    )


def _check_paddable(op: str, seqs: Sequence[Any], min_ndim: int = 1) -> list[int]:
    """The lengths of sequences that fit into one block."""
    if seqs is None or len(seqs) == 0:
        raise ValueError(f"{op}: Cannot pad empty sequence")
    try:
        ndims = {seq.ndim for seq in seqs}
        if len(ndims) != 1:
            raise ValueError(f"{op}: Cannot pad sequences with different ndims; got {sorted(ndims)}")
        if min(ndims) < min_ndim:
            raise RankError(f"{op}: seqs must be arrays of at least {min_ndim} dimensions; got {min(ndims)}")
        dtypes = {seq.dtype for seq in seqs}
        if len(dtypes) != 1:
            raise ValueError(
                f"{op}: Cannot pad sequences with different dtypes; got {sorted(map(str, dtypes))}"
            )
        shapes = {seq.shape[1:] for seq in seqs}
        if len(shapes) != 1:
            raise ValueError(
                f"{op}: Cannot pad sequences that differ on other dimensions; got {sorted(shapes)}"
            )
    except AttributeError:
        raise ValueError(f"{op}: seqs must be a sequence of arrays; got {_kinds(seqs, 'ndim')}") from None
    return [seq.shape[0] for seq in seqs]


__all__ = ["Batching"]

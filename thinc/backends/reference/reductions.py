"""Reductions of ragged sequences to one row each, and their gradients.

X holds the rows of all sequences, one after the other; `lengths` says how many belong to each. Every row
belongs to a sequence: the lengths sum to the rows. float16 is computed in float32 and rounded once.
"""

from typing import Any

import numpy

from .. import checks
from ._storage import quiet, store, widened


class Reductions:
    """First, last, sum, mean and maximum of each sequence's rows."""

    xp: Any = numpy

    def _rows(self, op, name, X):
        """X (T, O) as floats to compute with."""
        checks.array(op, name, X)
        checks.real(op, name, X)
        checks.rank(op, name, X, 2)
        return widened(self.xp, op, name, X)

    def _any_rows(self, op, name, X):
        """X is an array of rows, whatever they are."""
        checks.array(op, name, X)
        if X.ndim == 0:
            raise ValueError(f"{op}: {name} must have rows; got an array without dimensions")

    def _segment_sum(self, X, lengths):
        """Sum the rows of each sequence, in order; `lengths` are sound."""
        Y = self.xp.zeros((lengths.shape[0], X.shape[1]), X.dtype)
        filled = lengths > 0
        if X.size:
            starts = (self.xp.cumsum(lengths) - lengths)[filled]
            Y[filled] = self.xp.add.reduceat(X, starts, axis=0)
        return Y

    # -- first and last ------------------------------------------------------------------------------

    def reduce_first(self, X, lengths):
        """First row of each sequence: `Y[b] = X[starts[b]]`.

        Args:
            X: (T, ...), the rows of all sequences, of any dtype.
            lengths: integers (B,), each > 0, summing to T.
        Returns:
            Y: (B, ...), dtype of X.
            starts_ends: int32 (B + 1,), `[0, cumsum(lengths)]`; empty if B is 0.
        Raises:
            TypeError: X is no array, the lengths are no integers.
            ValueError: X has no dimensions, a length is not > 0.
            IndexError: the lengths do not sum to T.
        """
        self._any_rows("reduce_first", "X", X)
        lengths = checks.lengths("reduce_first", lengths, X.shape[0], 1, self.xp)
        if not lengths.shape[0]:
            return X[:0].copy(), lengths
        starts_ends = self.xp.zeros(lengths.shape[0] + 1, "int32")
        starts_ends[1:] = self.xp.cumsum(lengths)
        return X[starts_ends[:-1]], starts_ends

    def backprop_reduce_first(self, d_firsts, starts_ends):
        """Gradient of `reduce_first`: `dX[starts_ends[b]] = d_firsts[b]`, elsewhere 0.

        Args:
            d_firsts: (B, ...), of any dtype.
            starts_ends: integers (B + 1,), increasing from 0; or empty, if B is 0.
        Returns:
            (starts_ends[-1], ...), dtype of d_firsts.
        Raises:
            TypeError: d_firsts is no array, starts_ends holds no integers.
            ValueError: d_firsts has no dimensions; not B + 1 increasing numbers from 0, or only one of them.
        """
        op = "backprop_reduce_first"
        self._any_rows(op, "d_firsts", d_firsts)
        bounds = checks.increasing(op, "starts_ends", starts_ends, self.xp)
        if bounds.size == 1:
            raise ValueError(f"{op}: starts_ends must not have size 1; got {bounds.tolist()}")
        if bounds.size == 0 and d_firsts.shape[0] == 0:
            return self._scatter_rows(d_firsts, bounds, 0)
        checks.shape(op, "starts_ends", bounds, (d_firsts.shape[0] + 1,))
        if int(bounds[0]) != 0:
            raise ValueError(f"{op}: starts_ends must begin with 0; got {int(bounds[0])}")
        return self._scatter_rows(d_firsts, bounds[:-1], int(bounds[-1]))

    def _scatter_rows(self, dY, rows, n_rows):
        """Zeros (n_rows, ...) with the rows of dY at the given places."""
        dX = self.xp.zeros((n_rows, *dY.shape[1:]), dY.dtype)
        dX[rows] = dY
        return dX

    def reduce_last(self, X, lengths):
        """Last row of each sequence: `Y[b] = X[lasts[b]]`.

        Args:
            X: (T, ...), the rows of all sequences, of any dtype.
            lengths: integers (B,), each > 0, summing to T.
        Returns:
            Y: (B, ...), dtype of X.
            lasts: int32 (B,), `cumsum(lengths) - 1`.
        Raises:
            TypeError: X is no array, the lengths are no integers.
            ValueError: X has no dimensions, a length is not > 0.
            IndexError: the lengths do not sum to T.
        """
        self._any_rows("reduce_last", "X", X)
        lengths = checks.lengths("reduce_last", lengths, X.shape[0], 1, self.xp)
        lasts = (self.xp.cumsum(lengths) - 1).astype("int32")
        return X[lasts], lasts

    def backprop_reduce_last(self, d_lasts, lasts):
        """Gradient of `reduce_last`: `dX[lasts[b]] = d_lasts[b]`, elsewhere 0.

        Args:
            d_lasts: (B, ...), of any dtype.
            lasts: integers (B,), increasing, >= 0.
        Returns:
            (lasts[-1] + 1, ...), dtype of d_lasts; no rows if B is 0.
        Raises:
            TypeError: d_lasts is no array, lasts holds no integers.
            ValueError: d_lasts has no dimensions; not B increasing numbers >= 0.
        """
        op = "backprop_reduce_last"
        self._any_rows(op, "d_lasts", d_lasts)
        rows = checks.increasing(op, "lasts", lasts, self.xp)
        checks.shape(op, "lasts", rows, (d_lasts.shape[0],))
        return self._scatter_rows(d_lasts, rows, int(rows[-1]) + 1 if rows.size else 0)

    # -- sum and mean --------------------------------------------------------------------------------

    @quiet
    def reduce_sum(self, X, lengths):
        """Sum of each sequence's rows: `Y[b] = X[rows of b].sum(axis=0)`.

        An empty sequence gives a row of zeros.

        Args:
            X: float (T, O), the rows of all sequences.
            lengths: integers (B,), each >= 0, summing to T.
        Returns:
            float (B, O), dtype of X.
        Raises:
            TypeError: X holds no floats, the lengths are no integers.
            ValueError: X is not two-dimensional, a length is negative.
            IndexError: the lengths do not sum to T.
        """
        x = self._rows("reduce_sum", "X", X)
        lengths = checks.lengths("reduce_sum", lengths, x.shape[0], 0, self.xp)
        return store(self.xp, self._segment_sum(x, lengths), X)

    def backprop_reduce_sum(self, d_sums, lengths):
        """Gradient of `reduce_sum`: `dX[t] = d_sums[sequence of t]`.

        Args:
            d_sums: float (B, O).
            lengths: integers (B,), each >= 0, summing to T.
        Returns:
            float (T, O), dtype of d_sums.
        Raises:
            TypeError: d_sums holds no floats, the lengths are no integers.
            ValueError: not B lengths >= 0, d_sums is not two-dimensional.
            OverflowError: T would be 2**31 or more.
        """
        lengths = self._gradient_lengths("backprop_reduce_sum", "d_sums", d_sums, lengths, 0)
        return self.xp.repeat(d_sums, lengths, axis=0)

    def _gradient_lengths(self, op, name, dY, lengths, least):
        """The lengths of a backward op, one for each row of dY."""
        self._rows(op, name, dY)
        lengths = checks.lengths(op, lengths, None, least, self.xp)
        if lengths.shape[0] != dY.shape[0]:
            raise ValueError(
                f"{op}: {name} must have one row per length; got {dY.shape[0]} for {lengths.shape[0]}"
            )
        return lengths

    def _reciprocals(self, lengths, dtype):
        """1 / length, rounded to dtype; lengths of 0 count as 1."""
        return (1.0 / self.xp.maximum(lengths, 1)).astype(dtype)[:, None]

    @quiet
    def reduce_mean(self, X, lengths):
        """Mean of each sequence's rows: `Y[b] = X[rows of b].mean(axis=0)`.

        An empty sequence gives a row of zeros.

        Args:
            X: float (T, O), the rows of all sequences.
            lengths: integers (B,), each >= 0, summing to T.
        Returns:
            float (B, O), dtype of X.
        Raises:
            TypeError: X holds no floats, the lengths are no integers.
            ValueError: X is not two-dimensional, a length is negative.
            IndexError: the lengths do not sum to T.
        Numerics: rows are multiplied by 1 / length, rounded to the dtype, and then summed in order.
        """
        x = self._rows("reduce_mean", "X", X)
        lengths = checks.lengths("reduce_mean", lengths, x.shape[0], 0, self.xp)
        scaled = x * self.xp.repeat(self._reciprocals(lengths, x.dtype), lengths, axis=0)
        return store(self.xp, self._segment_sum(scaled, lengths), X)

    @quiet
    def backprop_reduce_mean(self, d_means, lengths):
        """Gradient of `reduce_mean`: `dX[t] = d_means[b] / lengths[b]`, b that of row t.

        Args:
            d_means: float (B, O).
            lengths: integers (B,), each >= 0, summing to T.
        Returns:
            float (T, O), dtype of d_means.
        Raises:
            TypeError: d_means holds no floats, the lengths are no integers.
            ValueError: not B lengths >= 0, d_means is not two-dimensional.
            OverflowError: T would be 2**31 or more.
        Numerics: multiplied by 1 / length, rounded to the dtype.
        """
        lengths = self._gradient_lengths("backprop_reduce_mean", "d_means", d_means, lengths, 0)
        scaled = d_means * self._reciprocals(lengths, d_means.dtype)
        return self.xp.repeat(scaled, lengths, axis=0)

    # -- maximum -------------------------------------------------------------------------------------

    @quiet
    def reduce_max(self, X, lengths):
        """Maximum of each sequence's rows: `Y[b] = X[rows of b].max(axis=0)`, and where.

        Among equals the first row wins. A NaN wins over numbers, the first NaN over later ones.

        Args:
            X: float (T, O), the rows of all sequences.
            lengths: integers (B,), each > 0, summing to T.
        Returns:
            Y: float (B, O), dtype of X.
            which: int32 (B, O), the row of each maximum, counted from the start of its sequence.
        Raises:
            TypeError: X holds no floats, the lengths are no integers.
            ValueError: X is not two-dimensional, a length is not > 0.
            IndexError: the lengths do not sum to T.
        """
        self._rows("reduce_max", "X", X)
        lengths = checks.lengths("reduce_max", lengths, X.shape[0], 1, self.xp)
        shape = (lengths.shape[0], X.shape[1])
        if not X.size:
            return self.xp.zeros(shape, X.dtype), self.xp.zeros(shape, "int32")
        starts = self.xp.cumsum(lengths) - lengths
        maxima = self.xp.repeat(self.xp.maximum.reduceat(X, starts, axis=0), lengths, axis=0)
        # A maximum is NaN exactly if some row is, and then the first NaN is the one that is meant.
        rows = self.xp.arange(X.shape[0])[:, None]
        rows = self.xp.where((maxima == X) | self.xp.isnan(X), rows, X.shape[0])
        first = self.xp.minimum.reduceat(rows, starts, axis=0)
        return self.xp.take_along_axis(X, first, axis=0), (first - starts[:, None]).astype("int32")

    def backprop_reduce_max(self, d_maxes, which, lengths):
        """Gradient of `reduce_max`: `dX[starts[b] + which[b, o], o] = d_maxes[b, o]`.

        Elsewhere it is 0.

        Args:
            d_maxes: float (B, O).
            which: integers (B, O), each in [0, lengths[b]).
            lengths: integers (B,), each > 0, summing to T.
        Returns:
            float (T, O), dtype of d_maxes.
        Raises:
            TypeError: d_maxes holds no floats, `which` or the lengths no integers.
            ValueError: the shapes do not fit, a length is not > 0.
            IndexError: `which` is out of range.
            OverflowError: T would be 2**31 or more.
        """
        op = "backprop_reduce_max"
        lengths = self._gradient_lengths(op, "d_maxes", d_maxes, lengths, 1)
        which = checks.which(op, which, d_maxes.shape, lengths[:, None], "length", self.xp)
        ends = self.xp.cumsum(lengths)
        dX = self.xp.zeros((int(ends[-1]) if ends.size else 0, d_maxes.shape[1]), d_maxes.dtype)
        if d_maxes.size:
            self.xp.put_along_axis(dX, which + (ends - lengths)[:, None], d_maxes, axis=0)
        return dX

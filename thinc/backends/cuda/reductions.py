"""Reductions over ragged sequences on a GPU: one thread per column, or one warp per row of a gradient."""

from .. import checks
from ..reference.reductions import Reductions as Reference
from ._binding import WARP, Binding, contiguous, widening

__all__ = ["Reductions"]


class Reductions(Binding, Reference):
    """Sums, means and maxima. Their lengths are looked at on the host, once."""

    def _segment_sum(self, X, lengths):
        return self.reduce_sum(X, lengths)

    def _reduced(self, loop, T, X, starts, B):
        x, O = contiguous(X), X.shape[1]
        Y = self._new((B, O), x)
        self._launch(loop, "", T, B * O, Y, x, starts, B, O)
        return Y

    def _rows_of(self, loop, T, dY, starts, B, rows):
        """One row for each row of the sequences, from those of dY."""
        dy, O = contiguous(dY), dY.shape[1]
        dX = self._new((rows, O), dy)
        self._launch(loop, "", T, rows * WARP, dX, dy, starts, B, rows, O)
        return dX

    def _per_sequence(self, op, name, dY, lengths, least=0):
        """What `_starts` gives, for lengths that belong to the rows of dY."""
        starts, B, rows = self._starts(op, lengths, None, least)
        if dY.shape[0] != B:
            raise ValueError(f"{op}: {name} must have one row per length; got {dY.shape[0]} for {B}")
        return starts, B, rows

    # -- sum and mean --------------------------------------------------------------------------------

    @widening
    def reduce_sum(self, X, lengths):
        T = self._native(X)
        if not T or X.ndim != 2:
            return super().reduce_sum(X, lengths)
        starts, B, _ = self._starts("reduce_sum", lengths, X.shape[0])
        return self._reduced("segment_sum", T, X, starts, B)

    @widening
    def backprop_reduce_sum(self, d_sums, lengths):
        T = self._native(d_sums)
        if not T or d_sums.ndim != 2:
            return super().backprop_reduce_sum(d_sums, lengths)
        segments = self._per_sequence("backprop_reduce_sum", "d_sums", d_sums, lengths)
        return self._rows_of("spread_rows", T, d_sums, *segments)

    @widening
    def reduce_mean(self, X, lengths):
        T = self._native(X)
        if not T or X.ndim != 2:
            return super().reduce_mean(X, lengths)
        starts, B, _ = self._starts("reduce_mean", lengths, X.shape[0])
        return self._reduced("segment_mean", T, X, starts, B)

    @widening
    def backprop_reduce_mean(self, d_means, lengths):
        T = self._native(d_means)
        if not T or d_means.ndim != 2:
            return super().backprop_reduce_mean(d_means, lengths)
        segments = self._per_sequence("backprop_reduce_mean", "d_means", d_means, lengths)
        return self._rows_of("spread_means", T, d_means, *segments)

    # -- maximum -------------------------------------------------------------------------------------

    @widening
    def reduce_max(self, X, lengths):
        T = self._native(X)
        if not T or X.ndim != 2:
            return super().reduce_max(X, lengths)
        starts, B, _ = self._starts("reduce_max", lengths, X.shape[0], 1)
        x, O = contiguous(X), X.shape[1]
        Y, which = self._new((B, O), x), self.xp.empty((B, O), "int32")
        self._launch("segment_max", "", T, B * O, Y, which, x, starts, B, O)
        return Y, which

    @widening
    def backprop_reduce_max(self, d_maxes, which, lengths):
        op = "backprop_reduce_max"
        T = self._native(d_maxes)
        if not T or d_maxes.ndim != 2:
            return super().backprop_reduce_max(d_maxes, which, lengths)
        starts, B, rows = self._per_sequence(op, "d_maxes", d_maxes, lengths, 1)
        limits = (starts[1:] - starts[:-1])[:, None]
        which = contiguous(checks.which(op, which, d_maxes.shape, limits, "length", self.xp))
        dy, O = contiguous(d_maxes), d_maxes.shape[1]
        dX = self._new((rows, O), dy)
        self._launch("place_rows", "", T, rows * WARP, dX, dy, which, starts, B, rows, O)
        return dX

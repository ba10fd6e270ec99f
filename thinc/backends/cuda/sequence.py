"""Windows over the rows of sequences on a GPU."""

from .. import checks
from ..reference.sequence import Sequence as Reference
from ._binding import WARP, Binding, contiguous, widening

__all__ = ["Sequence"]


class Sequence(Binding, Reference):
    """One warp per row."""

    @widening
    def seq2col(self, seq, nW, *, lengths=None):
        T = self._native(seq)
        if not T or seq.ndim != 2:
            return super().seq2col(seq, nW, lengths=lengths)
        nW, starts, B = self._segments("seq2col", nW, lengths, seq.shape[0])
        X, (rows, I) = contiguous(seq), seq.shape
        Y = self._new((rows, (2 * nW + 1) * I), X)
        self._launch("windows", "", T, rows * WARP, Y, X, starts, B, rows, nW, I)
        return Y

    def _segments(self, op, nW, lengths, rows):
        nW = checks.integer(op, "nW", nW, most=2**30 - 1)
        starts, B, _ = self._starts(op, [rows] if lengths is None else lengths, rows)
        return nW, starts, B

    @widening
    def backprop_seq2col(self, dY, nW, *, lengths=None):
        T = self._native(dY)
        if not T or dY.ndim != 2:
            return super().backprop_seq2col(dY, nW, lengths=lengths)
        op = "backprop_seq2col"
        nW, starts, B = self._segments(op, nW, lengths, dY.shape[0])
        F, rows = 2 * nW + 1, dY.shape[0]
        if dY.shape[1] % F:
            raise ValueError(f"{op}: dY must have a multiple of 2 * nW + 1 = {F} columns; got {dY.shape[1]}")
        dy, I = contiguous(dY), dY.shape[1] // F
        dX = self._new((rows, I), dy)
        self._launch("backprop_windows", "", T, rows * WARP, dX, dy, starts, B, rows, nW, I)
        return dX

"""Windows over the rows of sequences, and position encodings."""

from typing import Any

import numpy

from .. import checks
from ._storage import quiet


class Sequence:
    """Windows and positions."""

    xp: Any = numpy

    def _window(self, op, what, name, X, nW, lengths):
        """The half width and, for each row t, the number of rows before and after it in its sequence."""
        checks.array(op, name, X)
        if X.ndim != 2:
            raise ValueError(
                f"{op}: {op} requires {what} array of dimensionality 2, was {X.ndim} ({name}, {X.shape})"
            )
        checks.real(op, name, X)
        nW = checks.integer(op, "nW", nW, most=2**30 - 1)
        T = X.shape[0]
        lengths = checks.lengths(op, [T] if lengths is None else lengths, T, 0, self.xp)
        ends = self.xp.cumsum(lengths)
        rows = self.xp.arange(T)
        before = rows - self.xp.repeat(ends - lengths, lengths)
        after = self.xp.repeat(ends, lengths) - rows - 1
        return nW, before, after

    def seq2col(self, seq, nW, *, lengths=None):
        """Windows of rows: `Y[t]` is rows `t - nW` to `t + nW`, side by side.

        With F = 2 nW + 1, slot f of row t holds row `t - nW + f`, or zeros outside t's sequence:

            rows a b c, nW = 1:     - a b
                                    a b c
                                    b c -

        Args:
            seq: float (T, I), the rows of all sequences.
            nW: rows on either side, >= 0.
            lengths: integers (B,), each >= 0, summing to T; None: one sequence.
        Returns:
            float (T, F * I), dtype of seq.
        Raises:
            TypeError: seq holds no floats, nW or the lengths are no integers.
            ValueError: seq is not two-dimensional, nW is negative or too large, a length is negative.
            IndexError: the lengths do not sum to T.
        """
        nW, before, after = self._window("seq2col", "sequence", "seq", seq, nW, lengths)
        T, I = seq.shape
        Y = self.xp.zeros((T, 2 * nW + 1, I), seq.dtype)
        for shift in range(-min(nW, T), min(nW, T) + 1):
            rows = self._neighbours(before, after, shift)
            Y[rows, nW + shift] = seq[rows + shift]
        return Y.reshape(T, (2 * nW + 1) * I)

    def _neighbours(self, before, after, shift):
        """The rows t for which row t + shift is in the same sequence."""
        return self.xp.flatnonzero((before >= -shift) & (after >= shift))

    @quiet
    def backprop_seq2col(self, dY, nW, *, lengths=None):
        """Gradient of `seq2col`: `dX[t]` sums slot `t - s + nW` of `dY[s]` over s near t.

        The s are `t - nW` to `t + nW`, those in t's sequence.

        Args:
            dY: float (T, F * I), F = 2 nW + 1.
            nW, lengths: as in the forward pass.
        Returns:
            float (T, I), dtype of dY.
        Raises:
            TypeError: dY holds no floats, nW or the lengths are no integers.
            ValueError: dY is not two-dimensional, its width is no multiple of F, nW is negative or
                too large, a length is negative.
            IndexError: the lengths do not sum to T.
        """
        op = "backprop_seq2col"
        nW, before, after = self._window(op, "gradient", "dY", dY, nW, lengths)
        T, F = dY.shape[0], 2 * nW + 1
        if dY.shape[1] % F:
            raise ValueError(f"{op}: dY must have a multiple of 2 * nW + 1 = {F} columns; got {dY.shape[1]}")
        blocks = dY.reshape(T, F, dY.shape[1] // F)
        dX = self.xp.zeros((T, blocks.shape[2]), self.xp.result_type(dY.dtype, "float32"))
        for shift in range(-min(nW, T), min(nW, T) + 1):
            rows = self._neighbours(before, after, shift)
            dX[rows] += blocks[rows + shift, nW - shift]
        return dX.astype(dY.dtype, copy=False)

    def position_encode(self, N, D, period=10000, out=None):
        """Positions as waves: `Y[i, j] = sin(i / period**(2 j / D))` for even j.

        Column j + 1 is the cosine of the same angle. The exponent uses the column, not half of it, so
        the frequencies fall twice as fast as in the paper. With D odd, the last column is the sine with
        the exponent of the pair before it. All of that is part of the meaning of stored models.

        Args:
            N: number of positions.
            D: number of columns.
            period: > 0.
            out: where to write the result, float32 (N, D), of any strides.
        Returns:
            `out`, or a new float32 array (N, D).
        Raises:
            TypeError: N or D is no integer, out no array.
            ValueError: N or D is negative, the period is not > 0, out has another shape or dtype or is
                read-only.
        Numerics: exponent and angle are rounded to float32, the rest is computed in float64.
        Source: A. Vaswani et al., Attention Is All You Need, section 3.5 (but see above).
        """
        op = "position_encode"
        N, D = checks.integer(op, "N", N), checks.integer(op, "D", D)
        period = checks.positive(op, "period", period)
        if out is None:
            out = self.xp.empty((N, D), "float32")
        else:
            checks.writable(op, "out", out)
            checks.shape(op, "out", out, (N, D))
            checks.dtype(op, "out", out, "float32")
        if D:
            first = self.xp.arange(D) // 2 * 2
            first[D // 2 * 2 :] = max(D // 2 * 2 - 2, 0)
            exponents = (2.0 * first / D).astype("float32").astype("float64")
            angles = self.xp.arange(N)[:, None] / period**exponents
            angles = angles.astype("float32").astype("float64")
            out[:, 0::2] = self.xp.sin(angles[:, 0::2])
            out[:, 1::2] = self.xp.cos(angles[:, 1::2])
        return out

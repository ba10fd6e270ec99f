"""Softmax and layer normalisation on a GPU."""

from .. import checks
from ..reference.normalization import Normalization as Reference
from ._binding import WARP, contiguous, widening
from .reductions import Reductions

__all__ = ["Normalization"]

# The sums over rows of a layer's gradient are made in up to this many parts, which are added up at the end.
PARTS = 2048


class Normalization(Reductions, Reference):
    """Rows of an array, and rows of sequences."""

    def softmax(self, x, *, inplace=False, axis=-1, temperature=1.0):
        T = self._native(x)
        if not T or not _along_rows(x, axis):
            return super().softmax(x, inplace=inplace, axis=axis, temperature=temperature)
        inverse = 1.0 / self._temperature("softmax", temperature)
        X = contiguous(x)
        Y, O = self._new(X.shape, X), X.shape[-1]
        self._launch("softmax_rows", "", T, X.size // O * WARP, Y, X, X.size // O, O, inverse)
        return Y

    def backprop_softmax(self, Y, dY, *, axis=-1, temperature=1.0):
        T = self._alike(Y, dY)
        if not T or not _along_rows(Y, axis):
            return super().backprop_softmax(Y, dY, axis=axis, temperature=temperature)
        inverse = 1.0 / self._temperature("backprop_softmax", temperature)
        y, dy = contiguous(Y), contiguous(dY)
        dX, O = self._new(y.shape, y), y.shape[-1]
        self._launch("softmax_slopes", "", T, y.size // O * WARP, dX, dy, y, y.size // O, O, inverse)
        return dX

    @widening
    def softmax_sequences(self, Xs, lengths, *, inplace=False, axis=-1):
        T = self._native(Xs)
        if not T or Xs.ndim != 2:
            return super().softmax_sequences(Xs, lengths, inplace=inplace, axis=axis)
        starts, B, _ = self._starts("softmax_sequences", lengths, Xs.shape[0])
        X, O = contiguous(Xs), Xs.shape[1]
        Y = self._new(X.shape, X)
        self._launch("segment_softmax", "", T, B * O, Y, X, starts, B, O)
        return Y

    @widening
    def backprop_softmax_sequences(self, dY, Y, lengths):
        T = self._alike(dY, Y)
        if not T or Y.ndim != 2:
            return super().backprop_softmax_sequences(dY, Y, lengths)
        starts, B, _ = self._starts("backprop_softmax_sequences", lengths, Y.shape[0])
        dy, y, O = contiguous(dY), contiguous(Y), Y.shape[1]
        dX = self._new(y.shape, y)
        self._launch("segment_softmax_slopes", "", T, B * O, dX, dy, y, starts, B, O)
        return dX

    def layer_norm(self, X, G, b, eps=1e-8):
        T = self._native(X, G, b)
        if not T or not _is_layer(X, G) or b.shape != G.shape:
            return super().layer_norm(X, G, b, eps)
        eps = checks.number("layer_norm", "eps", eps)
        if not eps >= 0.0:
            return super().layer_norm(X, G, b, eps)
        x, scale, shift = contiguous(X), contiguous(G), contiguous(b)
        Y, mean, rstd = self._new(x.shape, x), self._new(x.shape[:-1], x), self._new(x.shape[:-1], x)
        B, I = mean.size, x.shape[-1]
        self._launch("layer_norm_rows", "", T, B * WARP, Y, mean, rstd, x, scale, shift, B, I, eps)
        return Y, mean, rstd

    def backprop_layer_norm(self, dY, X, mean, rstd, G):
        T = self._native(X, dY, mean, rstd, G)
        if not T or not _is_layer(X, G) or dY.shape != X.shape:
            return super().backprop_layer_norm(dY, X, mean, rstd, G)
        if mean.shape != X.shape[:-1] or rstd.shape != X.shape[:-1]:
            return super().backprop_layer_norm(dY, X, mean, rstd, G)
        dy, x, mean, rstd, scale = (contiguous(V) for V in (dY, X, mean, rstd, G))
        B, I = mean.size, x.shape[-1]
        P = min(B, PARTS)
        dX, dG, db = self._new(x.shape, x), self._new((P, I), x), self._new((P, I), x)
        self._launch("layer_norm_slopes", "", T, P * WARP, dX, dG, db, dy, x, mean, rstd, scale, B, I, P)
        return dX, dG.sum(axis=0), db.sum(axis=0)


def _along_rows(X, axis):
    """Is X to be normalised over its last axis, which is not empty?"""
    return X.ndim >= 1 and X.shape[-1] > 0 and (axis == -1 or axis == X.ndim - 1)


def _is_layer(X, G):
    """Has X rows, and G a number for each of their elements?"""
    return X.ndim >= 2 and X.shape[-1] > 0 and G.shape == X.shape[-1:]

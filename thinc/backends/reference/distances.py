"""How far arrays are apart: log loss of elements, cosine similarity of rows."""

from typing import Any

import numpy

from .. import checks
from ._storage import floats, quiet, store


class Distances:
    """What losses compare predictions and targets with."""

    xp: Any = numpy

    @quiet
    def logloss(self, y_true, y_pred):
        """Log loss of each element: `-(y log(p + 1e-8) + (1 - y) log(1 - p + 1e-8))`.

        It is not summed.

        Args:
            y_true: numbers in [0, 1], any shape; y in the formula.
            y_pred: float in [0, 1], shape of y_true; p in the formula.
        Returns:
            float, shape of y_true.
        Raises:
            TypeError: no numbers.
            ValueError: the shapes differ.
        """
        y, p = floats(self.xp, "logloss", y_true=y_true, y_pred=y_pred)
        log = self.xp.log
        return store(self.xp, -(y * log(p + 1e-8) + (1.0 - y) * log(1.0 - p + 1e-8)), y_true, y_pred)

    @quiet
    def cosine(self, X, Y):
        """Cosine of the angle between rows: `s[i] = X[i] @ Y[i] / (|X[i]| |Y[i]|)`.

        0 where a row is zero.

        Args:
            X: float (N, O).
            Y: float (N, O).
        Returns:
            float (N,).
        Raises:
            TypeError: no numbers.
            ValueError: the shapes differ, or have not two dimensions.
        """
        x, y = self._pair("cosine", X=X, Y=Y)
        return store(self.xp, (self._unit(x)[0] * self._unit(y)[0]).sum(axis=1), X, Y)

    def _pair(self, op, **arrays):
        pair = floats(self.xp, op, **arrays)
        checks.rank(op, "X", pair[0], 2)
        return tuple(self.xp.ascontiguousarray(X) for X in pair)

    def _unit(self, X):
        """Rows brought to length 1 (zero rows stay zero), and the reciprocals of their lengths (or 0)."""
        # Scaled by the largest element first, so that no square overflows or vanishes.
        largest = self.xp.abs(X).max(axis=1, keepdims=True, initial=0.0)
        scaled = X / self.xp.where(largest > 0.0, largest, 1.0).astype(X.dtype)
        norm = self.xp.sqrt((scaled * scaled).sum(axis=1, keepdims=True))
        norm = self.xp.where(norm == 0.0, self.xp.inf, norm).astype(X.dtype)
        return scaled / norm, 1.0 / (norm * self.xp.where(largest > 0.0, largest, 1.0).astype(X.dtype))

    @quiet
    def backprop_cosine(self, d_sim, X, Y):
        """Gradients of `cosine`: `dX = d (v - s u) / |X|`, `dY = d (u - s v) / |Y|`.

        With the unit rows `u = X / |X|` and `v = Y / |Y|`, and s their product. Where X is zero, so is
        dX, and likewise dY.

        Args:
            d_sim: float (N,).
            X, Y: float (N, O), the inputs of the forward pass.
        Returns:
            dX, dY: float (N, O).
        Raises:
            TypeError: no numbers.
            ValueError: the shapes do not fit.
        """
        x, y = self._pair("backprop_cosine", X=X, Y=Y)
        d = floats(self.xp, "backprop_cosine", d_sim=d_sim)
        checks.shape("backprop_cosine", "d_sim", d, x.shape[:1])
        (u, u_scale), (v, v_scale) = self._unit(x), self._unit(y)
        s = (u * v).sum(axis=1, keepdims=True)
        d = d[:, None]
        dX, dY = d * (v - s * u) * u_scale, d * (u - s * v) * v_scale
        return store(self.xp, dX, d_sim, X, Y), store(self.xp, dY, d_sim, X, Y)

"""Softmax over an axis or over sequences, and layer normalisation, with their gradients."""

import math

from .. import checks
from ._storage import floats, quiet, store
from .reductions import Reductions

SEQUENCE_LIMIT = 20.0


class Normalization(Reductions):
    """Softmax and layer normalisation."""

    # -- softmax -------------------------------------------------------------------------------------

    @quiet
    def softmax(self, x, *, inplace=False, axis=-1, temperature=1.0):
        """Normalised exponentials: `Y = exp(z) / exp(z).sum(axis)`, `z = x / temperature`.

        The largest z along the axis is subtracted first. An axis that is all -inf gives NaN.

        Args:
            x: float, any shape with at least one dimension.
            inplace: has no effect; the result is always a new array.
            axis: what to normalise over: an axis, a tuple of them, or None for all.
            temperature: > 0; high values flatten the distribution.
        Returns:
            float, shape and dtype of x.
        Raises:
            TypeError: x holds no numbers.
            ValueError: the axis is empty, the temperature is not > 0.
        """
        z = floats(self.xp, "softmax", x=x) / self._temperature("softmax", temperature)
        for one in range(z.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,):
            checks.integer("softmax", "axis", one, least=-math.inf, most=math.inf)
            if -z.ndim <= one < z.ndim and z.shape[one] == 0:
                raise ValueError(
                    f"softmax: axis {one} of x must not be empty (zero-size); got shape {z.shape}"
                )
        exps = self.xp.exp(z - z.max(axis=axis, keepdims=True))
        return store(self.xp, exps / exps.sum(axis=axis, keepdims=True), x)

    def _temperature(self, op, temperature):
        value = checks.number(op, "temperature", temperature)
        if not value > 0.0:
            raise ValueError(f"{op}: temperature must be > 0; got {value}")
        return value

    @quiet
    def backprop_softmax(self, Y, dY, *, axis=-1, temperature=1.0):
        """Gradient of `softmax` from its output: `dx = Y * (d - (Y * d).sum(axis))`.

        With `d = dY / temperature`.

        Args:
            Y: float, any shape with at least one dimension, the output of the forward pass.
            dY: float, shape of Y.
            axis, temperature: as in the forward pass.
        Returns:
            float, shape of Y.
        Raises:
            TypeError: no numbers.
            ValueError: the shapes differ, the temperature is not > 0.
        """
        y, dy = floats(self.xp, "backprop_softmax", Y=Y, dY=dY)
        weighted = y * (dy / self._temperature("backprop_softmax", temperature))
        return store(self.xp, weighted - y * weighted.sum(axis=axis, keepdims=True), Y, dY)

    @quiet
    def softmax_sequences(self, Xs, lengths, *, inplace=False, axis=-1):
        """Softmax over sequences: `Y[t] = exp(X[t]) / exp(X[rows of b]).sum(axis=0)`.

        X is clipped to [-20, 20] first, so large inputs lose contrast. That is part of the meaning of
        stored models.

        Args:
            Xs: float (T, O), the rows of all sequences.
            lengths: integers (B,), each >= 0, summing to T.
            inplace, axis: have no effect.
        Returns:
            float (T, O), dtype of Xs.
        Raises:
            NotImplementedError: Xs has three or more dimensions.
            TypeError: Xs holds no floats, the lengths are no integers.
            ValueError: Xs has fewer than two dimensions, a length is negative.
            IndexError: the lengths do not sum to T.
        """
        op = "softmax_sequences"
        checks.array(op, "Xs", Xs)
        if Xs.ndim >= 3:
            raise NotImplementedError(f"{op}: Softmax currently only supports 2d. Got: {Xs.ndim}")
        x = self._rows(op, "Xs", Xs)
        lengths = checks.lengths(op, lengths, x.shape[0], 0, self.xp)
        exps = self.xp.exp(self.xp.clip(x, -SEQUENCE_LIMIT, SEQUENCE_LIMIT))
        totals = self.xp.repeat(self._segment_sum(exps, lengths), lengths, axis=0)
        return store(self.xp, exps / totals, Xs)

    @quiet
    def backprop_softmax_sequences(self, dY, Y, lengths):
        """Gradient of `softmax_sequences`: `dX = Y * (dY - s)`.

        With s the sums of `Y * dY` over each sequence. The clip of the forward pass is not seen: its
        slope counts as 1 everywhere.

        Args:
            dY: float (T, O).
            Y: float (T, O), the output of the forward pass.
            lengths: integers (B,), each >= 0, summing to T.
        Returns:
            float (T, O).
        Raises:
            TypeError: no floats, the lengths are no integers.
            ValueError: the shapes differ, not two dimensions, a length is negative.
            IndexError: the lengths do not sum to T.
        """
        op = "backprop_softmax_sequences"
        dy, y = self._rows(op, "dY", dY), self._rows(op, "Y", Y)
        checks.matching(op, dY=dy, Y=y)
        lengths = checks.lengths(op, lengths, dy.shape[0], 0, self.xp)
        weighted = y * dy
        sums = self.xp.repeat(self._segment_sum(weighted, lengths), lengths, axis=0)
        return store(self.xp, weighted - y * sums, dY, Y)

    # -- layer normalisation -------------------------------------------------------------------------

    @quiet
    def layer_norm(self, X, G, b, eps=1e-8):
        """Rows of mean 0 and variance 1, then scaled: `Y = (X - mean) * rstd * G + b`.

        The mean and `rstd = 1 / sqrt(variance + eps)` are those of the last axis; the variance is the
        population's. A constant row gives b.

        Args:
            X: float (..., O), at least two dimensions.
            G: float (O,), the scale.
            b: float (O,), the shift.
            eps: >= 0, added to the variance.
        Returns:
            Y: float (..., O), dtype of X.
            mean, rstd: float (...), dtype of X.
        Raises:
            TypeError: no floats.
            ValueError: X has fewer than two dimensions, G or b is not (O,), eps is negative.
        Numerics: mean and variance are computed in float64.
        Source: J. L. Ba et al., Layer Normalization, equation 4.
        """
        x = self._layer("layer_norm", X=X, G=G, b=b)
        eps = checks.number("layer_norm", "eps", eps)
        if not eps >= 0.0:
            raise ValueError(f"layer_norm: eps must be >= 0; got {eps}")
        width = max(x.shape[-1], 1)
        mean = x.sum(axis=-1, keepdims=True) / width
        centred = x - mean
        variance = (centred * centred).sum(axis=-1, keepdims=True) / width
        rstd = 1.0 / self.xp.sqrt(variance + eps)
        Y = centred * rstd * G + b
        return Y.astype(X.dtype), mean[..., 0].astype(X.dtype), rstd[..., 0].astype(X.dtype)

    def _layer(self, op, X, **scales):
        """X in float64, at least two-dimensional; the scales are floats of its width."""
        for name, V in {"X": X, **scales}.items():
            checks.array(op, name, V)
            checks.real(op, name, V)
        if X.ndim < 2:
            raise ValueError(f"{op}: X must have at least 2 dimensions; got shape {X.shape}")
        for name, V in scales.items():
            checks.shape(op, name, V, X.shape[-1:])
        return X.astype("float64", copy=False)

    @quiet
    def backprop_layer_norm(self, dY, X, mean, rstd, G):
        """Gradients of `layer_norm`, from its input and the statistics it returned.

        With `x = (X - mean) * rstd` and `g = dY * G`, and means over the last axis:
        `dX = rstd * (g - mean(g) - x * mean(g * x))`, `dG = sum of dY * x`, `db = sum of dY` over rows.

        Args:
            dY: float (..., O).
            X: float (..., O), the input of the forward pass.
            mean, rstd: float (...), its statistics.
            G: float (O,), the scale.
        Returns:
            dX: float (..., O), dtype of X.
            dG, db: float (O,), dtype of X.
        Raises:
            TypeError: no floats.
            ValueError: the shapes do not fit.
        Numerics: computed in float64.
        """
        op = "backprop_layer_norm"
        x = self._layer(op, X=X, G=G)
        checks.array(op, "dY", dY)
        checks.matching(op, X=X, dY=dY)
        for name, V in (("dY", dY), ("mean", mean), ("rstd", rstd)):
            checks.array(op, name, V)
            checks.real(op, name, V)
        checks.shape(op, "mean", mean, X.shape[:-1])
        checks.shape(op, "rstd", rstd, X.shape[:-1])
        dy = dY.astype("float64", copy=False)
        rstd = rstd[..., None].astype("float64")
        x = (x - mean[..., None]) * rstd
        g = dy * G
        width = max(x.shape[-1], 1)
        g_mean = g.sum(axis=-1, keepdims=True) / width
        gx_mean = (g * x).sum(axis=-1, keepdims=True) / width
        dX = rstd * (g - g_mean - x * gx_mean)
        rows = tuple(range(X.ndim - 1))
        return dX.astype(X.dtype), (dy * x).sum(axis=rows).astype(X.dtype), dy.sum(axis=rows).astype(X.dtype)

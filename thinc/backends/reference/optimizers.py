"""Updates of parameters, one step at a time: Adam, gradient clipping, averages."""

from typing import Any

import numpy

from .. import checks
from ._storage import floats, quiet, store

# Partial sums of a norm: element i of the flattened gradient belongs to lane i % NORM_LANES.
NORM_LANES = 32


class Optimizers:
    """Updates of parameters, each in place."""

    xp: Any = numpy

    @quiet
    def adam(self, weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate, mod_rate=1.0):
        """One step of Adam, in place: `w -= learn_rate * m / (mod_rate * sqrt(v) + eps)`.

        First `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g**2`. The gradient is set to
        zero at the end. There is no bias correction: the learning rate contains it. A negative v gives NaN.

        Args:
            weights, gradient, mom1, mom2: float32, or all float64, any shape and strides; m is mom1, v mom2.
            beta1, beta2, eps, learn_rate, mod_rate: numbers.
        Returns:
            weights, gradient, mom1, mom2: the same objects.
        Raises:
            TypeError: no arrays of one of these dtypes, or no numbers.
            ValueError: the shapes differ, an array is read-only.
        Numerics: scalars, `1 - beta` among them, are rounded to the dtype and the operations done in the
            order of the body, so the result is reproducible to the bit.
        Source: D. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, algorithm 1.
        """
        arrays = {"weights": weights, "gradient": gradient, "mom1": mom1, "mom2": mom2}
        for name, V in arrays.items():
            checks.writable("adam", name, V)
        checks.same_dtype("adam", **arrays)
        checks.matching("adam", **arrays)
        numbers = {"beta1": beta1, "beta2": beta2, "eps": eps, "learn_rate": learn_rate, "mod_rate": mod_rate}
        T = weights.dtype.type
        b1, b2, e, rate, mod = (T(checks.number("adam", name, value)) for name, value in numbers.items())
        mom1 *= b1
        mom1 += gradient * (T(1) - b1)
        mom2 *= b2
        mom2 += (T(1) - b2) * (gradient * gradient)
        step = mom1 / (mod * self.xp.sqrt(mom2) + e)
        weights += step * -rate
        gradient[...] = 0
        return weights, gradient, mom1, mom2

    @quiet
    def clip_gradient(self, gradient, threshold):
        """Scale a gradient in place: `g *= threshold / norm` if `norm >= threshold`.

        The norm is the root of the sum of all squares. A zero gradient and a norm of NaN change nothing.

        Args:
            gradient: float, any shape.
            threshold: the largest norm, >= 0.
        Returns:
            the gradient itself.
        Raises:
            TypeError: the gradient is no float array, the threshold no number.
            ValueError: the gradient is read-only, the threshold is negative.
        Numerics: the norm and the factor as in `gradient_norm` and `adam_update`.
        """
        g = floats(self.xp, "clip_gradient", True, gradient=gradient)
        threshold = checks.number("clip_gradient", "threshold", threshold)
        if threshold < 0.0:
            raise ValueError(f"clip_gradient: threshold must be >= 0; got {threshold}")
        norm, _ = self.gradient_norm(g)
        threshold = g.dtype.type(threshold)
        if norm > 0 and norm >= threshold:
            store(self.xp, g * (threshold / norm), gradient, inplace=True)
        return gradient

    @quiet
    def gradient_norm(self, gradient):
        """Frobenius norm, `sqrt(sum(g * g))`, summed in one fixed order.

        Args:
            gradient: float32 or float64, any shape and strides; its elements are taken in C order.
        Returns:
            two scalars: the norm, in the gradient's dtype, and the sum of squares in float64.
        Numerics: the square of element i is rounded to the gradient's dtype and added to lane `i % 32`
            of a float64 accumulator that starts from zero, i = 0, 1, ... in order. The lanes are folded:
            `lane[j] += lane[j + 16]` for j < 16, then with 8, 4, 2, 1. Lane 0 is rounded to the
            gradient's dtype and the root is taken of that. Float32 norms above 1.8e19 are infinite.
        """
        checks.array("gradient_norm", "gradient", gradient)
        flat = gradient.reshape(-1)
        rows = self.xp.zeros((-(-flat.size // NORM_LANES), NORM_LANES), dtype="float64")
        rows.reshape(-1)[: flat.size] = flat * flat
        # A sum over the first axis of a C-contiguous array adds row after row.
        lanes = rows.sum(axis=0)
        while lanes.size > 1:
            half = lanes.size // 2
            lanes = lanes[:half] + lanes[half:]
        return self.xp.sqrt(lanes[0].astype(gradient.dtype)), lanes[0]

    @quiet
    def update_averages(self, ema, weights, t, max_decay=0.9999):
        """Moving average of weights, in place: `ema -= (1 - decay) * (ema - weights)`.

        With `decay = min((1 + t) / (10 + t), max_decay)`: quick at first, then slow.

        Args:
            ema: float, any shape, written to.
            weights: float, shape of ema.
            t: number of updates so far, >= 0.
            max_decay: the decay that is reached in the end.
        Returns:
            None.
        Raises:
            TypeError: no float arrays, or no numbers.
            ValueError: the shapes differ, ema is read-only, t is negative.
        """
        e, w = floats(self.xp, "update_averages", True, ema=ema, weights=weights)
        t = checks.number("update_averages", "t", t)
        if not t >= 0.0:
            raise ValueError(f"update_averages: t must be >= 0; got {t}")
        decay = min((1.0 + t) / (10.0 + t), checks.number("update_averages", "max_decay", max_decay))
        store(self.xp, e - (1.0 - decay) * (e - w), ema, inplace=True)

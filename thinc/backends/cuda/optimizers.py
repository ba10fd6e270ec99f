"""Parameter updates on a GPU, in one pass over memory. The norm of a gradient stays on the device."""

from .. import checks
from ..reference.training import Training as Reference
from ._binding import WARP, Binding, contiguous, writable

__all__ = ["Optimizers"]

# The sum of squares is made in up to this many parts.
PARTS = 1024


class Optimizers(Binding, Reference):
    """Kernels for C-contiguous arrays: an update writes to them, so copies would not do."""

    def _updatable(self, weights, *others):
        """The C++ type of arrays that a kernel can update: contiguous, writable, of one dtype and size."""
        T = self._native(weights, *others)
        if not T:
            return None
        for V in (weights, *others):
            if V.size != weights.size or not V.flags.c_contiguous or not writable(V):
                return None
        return T

    def _squares(self, T, g, w, l2):
        """The sum of squares of `g + l2 w`: one float64, on the device."""
        P = min(-(-g.size // WARP), PARTS)
        parts = self.xp.zeros(max(P, 1), "float64")
        self._launch("sum_of_squares", "", T, P * WARP, parts, g, w, g.size, l2, P)
        return parts.sum(keepdims=True)

    def adam(self, weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate, mod_rate=1.0):
        arrays = (weights, gradient, mom1, mom2)
        T = self._updatable(*arrays)
        if not T or any(V.shape != weights.shape for V in arrays):
            return super().adam(weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate, mod_rate)
        numbers = {"beta1": beta1, "beta2": beta2, "eps": eps, "learn_rate": learn_rate, "mod_rate": mod_rate}
        beta1, beta2, eps, learn_rate, mod_rate = (checks.number("adam", *item) for item in numbers.items())
        gains = _gains(weights.dtype.type, beta1, beta2, None, None)
        rates = (learn_rate, beta1, beta2, *gains, eps, mod_rate)
        self._adam(T, arrays, 0, 0, *rates, 1.0, 0.0, 0.0, 0.0, 0.0)
        return arrays

    def _adam(self, T, arrays, averages, squares, *numbers):
        n = arrays[0].size
        self._launch("adam_step", "", T, n, *arrays, averages, n, squares, *numbers)

    def clip_gradient(self, gradient, threshold):
        T = self._updatable(gradient)
        if not T:
            return super().clip_gradient(gradient, threshold)
        threshold = checks.number("clip_gradient", "threshold", threshold)
        if threshold < 0.0:
            return super().clip_gradient(gradient, threshold)
        squares = self._squares(T, gradient, gradient, 0.0)
        self._launch("clip_norm", "", T, gradient.size, gradient, gradient.size, squares, threshold)
        return gradient

    def gradient_norm(self, gradient):
        T = self._native(gradient)
        if not T:
            return super().gradient_norm(gradient)
        g = contiguous(gradient)
        squares = self._squares(T, g, g, 0.0)[0]
        return self.xp.sqrt(squares.astype(g.dtype)), squares

    def update_averages(self, ema, weights, t, max_decay=0.9999):
        T = self._updatable(ema)
        if not T or self._alike(ema, weights) != T:
            return super().update_averages(ema, weights, t, max_decay)
        t = checks.number("update_averages", "t", t)
        max_decay = checks.number("update_averages", "max_decay", max_decay)
        if not t >= 0.0:
            return super().update_averages(ema, weights, t, max_decay)
        rate = 1.0 - min((1.0 + t) / (10.0 + t), max_decay)
        self._launch("follow_weights", "", T, ema.size, ema, contiguous(weights), ema.size, rate)
        return None

    def adam_update(
        self,
        weights,
        gradient,
        mom1,
        mom2,
        averages=None,
        *,
        learn_rate,
        beta1,
        beta2,
        eps,
        gain1=None,
        gain2=None,
        adaptive=True,
        l2=0.0,
        clip=0.0,
        decay=0.0,
        follow=0.0,
        guard=False,
    ):
        T = self._step_type(weights, gradient, averages, mom1, mom2)
        if not T:
            return super().adam_update(
                weights,
                gradient,
                mom1,
                mom2,
                averages,
                learn_rate=learn_rate,
                beta1=beta1,
                beta2=beta2,
                eps=eps,
                gain1=gain1,
                gain2=gain2,
                adaptive=adaptive,
                l2=l2,
                clip=clip,
                decay=decay,
                follow=follow,
                guard=guard,
            )
        squares = self._norm_of_step(T, gradient, weights, l2, clip, guard)
        if squares is None:
            return False
        gains = _gains(weights.dtype.type, beta1, beta2, gain1, gain2)
        rates = (learn_rate, beta1, beta2, *gains, eps, 1.0, adaptive, l2, clip, decay, follow)
        arrays = (weights, gradient, mom1, mom2)
        self._adam(T, arrays, 0 if averages is None else averages, squares, *map(float, rates))
        return True

    def sgd_update(
        self,
        weights,
        gradient,
        averages=None,
        *,
        learn_rate,
        l2=0.0,
        clip=0.0,
        decay=0.0,
        follow=0.0,
        guard=False,
    ):
        T = self._step_type(weights, gradient, averages)
        if not T:
            return super().sgd_update(
                weights,
                gradient,
                averages,
                learn_rate=learn_rate,
                l2=l2,
                clip=clip,
                decay=decay,
                follow=follow,
                guard=guard,
            )
        squares = self._norm_of_step(T, gradient, weights, l2, clip, guard)
        if squares is None:
            return False
        n, e = weights.size, 0 if averages is None else averages
        rates = (float(rate) for rate in (learn_rate, l2, clip, decay, follow))
        self._launch("sgd_step", "", T, n, weights, gradient, e, n, squares, *rates)
        return True

    def _step_type(self, weights, gradient, averages, *moments):
        """The C++ type of an update's arrays; None where a kernel can't take them."""
        beside = (gradient,) if averages is None else (gradient, averages)
        T = self._updatable(weights, *beside, *moments)
        return T if T and all(V.shape == weights.shape for V in beside) else None

    def _norm_of_step(self, T, gradient, weights, l2, clip, guard):
        """The sum of squares, or 0 where it is not needed; None if the guard refuses the gradient."""
        if not clip and not guard:
            return 0
        squares = self._squares(T, gradient, weights, float(l2))
        return None if guard and not self.xp.isfinite(squares) else squares


def _gains(T, beta1, beta2, gain1, gain2):
    """The gains of the moments, computed in the dtype of the arrays."""
    return (
        float(T(1) - T(beta) if gain is None else T(gain)) for beta, gain in ((beta1, gain1), (beta2, gain2))
    )

"""The update of one parameter, whole: all that an optimizer does to memory, in one call.

An optimizer's step adds the L2 term to the gradient, clips it, moves the moments and the
weights, clears the gradient, decays the weights and follows them with an average. Done one by
one, that reads and writes each array several times. Here it is two phases. The first computes
the norm of the gradient (of `g + l2 * w`, if L2 is coupled); it is needed only for clipping and
guarding. The second visits every element once. The result has the bits of the single steps:
every product, sum, quotient and root below is rounded to the dtype of computation, scalars are
rounded to it before they meet an array, and no multiply-add is fused.
"""

import numpy

from .. import checks
from ._storage import quiet
from .optimizers import Optimizers


class Training(Optimizers):
    """The fused updates."""

    @quiet
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
        """One step of Adam or RAdam: `w -= learn_rate * m / (sqrt(v) + eps)`, in place.

        With g, w, m, v, e one element of the arrays, and lower-case scalars rounded to the
        dtype of computation T (float64 for float64 weights, otherwise float32):

            g = g + l2 * w                  if l2 != 0
            g = g * (clip / n)              if clip != 0 and n >= clip; n: gradient_norm(g)
            m = m * beta1;  m = m + g * gain1
            v = v * beta2;  v = v + gain2 * (g * g)
            u = m / (sqrt(v) + eps)         m itself, if not adaptive
            w = w - learn_rate * u
            w = w - decay * w               if decay != 0
            e = e - follow * (e - w)        if averages are given
            g = 0

        `clip / n` is one quotient of T. `gain1` and `gain2` default to `1 - beta`, computed in
        T from the rounded beta, as Adam wants; RAdam passes its own. There is no correction of
        the bias: the caller's learning rate contains it.

        Args:
            weights: float, any shape and strides.
            gradient: float, the shape of the weights.
            mom1, mom2: float of dtype T, as many elements as the weights, in C order.
            averages: None, or float of dtype T and the shape of the weights.
            learn_rate, beta1, beta2, eps, gain1, gain2, l2, clip, decay, follow: numbers.
            adaptive: whether the step is divided by the root of the second moment.
            guard: whether to do nothing if the sum of squares of the gradient (with its
                coupled L2 term) is not a finite float64.
        Returns:
            whether the update took place: False only if `guard` refused it.
        Raises:
            ValueError: shapes differ, or an array is read-only.
            TypeError: an array is not of floats.
        Numerics:
            Float16 weights are computed in float32 and rounded once, before they are averaged.
        Source:
            Kingma and Ba, Adam (2015), end of section 2; Liu et al., On the Variance of the
            Adaptive Learning Rate and Beyond (2019); Loshchilov and Hutter, Decoupled Weight
            Decay Regularization (2019).
        """
        checks.update("adam_update", weights, gradient, mom1=mom1, mom2=mom2, averages=averages)
        T = _computed_in(weights).type
        beta1, beta2 = T(beta1), T(beta2)
        gain1 = T(1) - beta1 if gain1 is None else T(gain1)
        gain2 = T(1) - beta2 if gain2 is None else T(gain2)
        g = self._step_gradient(weights, gradient, l2, clip, guard)
        if g is None:
            return False
        m = mom1.reshape(weights.shape) * beta1 + g * gain1
        v = mom2.reshape(weights.shape) * beta2 + gain2 * (g * g)
        mom1[...] = m.reshape(mom1.shape)
        mom2[...] = v.reshape(mom2.shape)
        u = m / (self.xp.sqrt(v) + T(eps)) if adaptive else m
        _move(weights, gradient, averages, T(learn_rate) * u, decay, follow)
        return True

    @quiet
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
        """One step of gradient descent: `w -= learn_rate * g`, in place.

        The other arguments, the order of the steps, results and errors are those of
        `adam_update`, with the step u = g.
        """
        checks.update("sgd_update", weights, gradient, averages=averages)
        T = _computed_in(weights).type
        g = self._step_gradient(weights, gradient, l2, clip, guard)
        if g is None:
            return False
        _move(weights, gradient, averages, T(learn_rate) * g, decay, follow)
        return True

    def _step_gradient(self, weights, gradient, l2, clip, guard):
        """The gradient with L2 and clipping, in a new array; None if the guard refuses it."""
        dtype = _computed_in(weights)
        T = dtype.type
        g = gradient.astype(dtype)
        if l2:
            g += T(l2) * weights.astype(dtype, copy=False)
        if clip or guard:
            norm, squares = self.gradient_norm(g)
            if guard and not self.xp.isfinite(squares):
                return None
            if clip and norm >= T(clip):
                g *= T(clip) / norm
        return g


def _move(weights, gradient, averages, step, decay, follow):
    """The second half of an update, once the step is known."""
    T = step.dtype.type
    w = weights.astype(step.dtype) - step
    if decay:
        w -= T(decay) * w
    weights[...] = w
    if averages is not None:
        averages -= T(follow) * (averages - weights)
    gradient.fill(0)


def _computed_in(array):
    """The dtype in which an array is updated."""
    return numpy.dtype("float64" if array.dtype == "float64" else "float32")

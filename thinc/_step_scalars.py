"""The scalars of one update, in float64: learning rates with their corrections, decay, averaging."""

import functools
import math
from typing import Any

from ._hyper import ValuesT


def step_scalars(
    values: ValuesT, t: int, lr_scale: float, L2_is_weight_decay: bool, use_radam: bool
) -> dict[str, Any]:
    """Keyword arguments of `ops.sgd_update`, or of `ops.adam_update` where there are moments.

    Args:
        values: the hyper-parameters, in the order of `NAMES`.
        t: number of this update, from 1.
        lr_scale: factor on the learning rate.
        L2_is_weight_decay: whether L2 acts on the weights, past the moments.
        use_radam: whether to rectify the step size.
    Numerics:
        Products are formed from left to right, as stored runs depend on.
    """
    clip, learn_rate, b1, b2, eps, L2 = values
    scalars = {
        "learn_rate": lr_scale * learn_rate,
        "l2": 0.0 if L2_is_weight_decay else L2,
        "clip": clip,
        "decay": lr_scale * learn_rate * L2 if L2_is_weight_decay else 0.0,
        "follow": 1.0 - min((1.0 + t) / (10.0 + t), 0.9999),
    }
    if use_radam:
        n_sma, size = rectification(t + 1, b1, b2)
        rate = size * learn_rate * lr_scale
        scalars.update(
            beta1=b1, beta2=b2, eps=eps, gain1=1 - b1, gain2=1 - b2, adaptive=n_sma >= 5, learn_rate=rate
        )
    elif b2 > 0.0:
        rate = learn_rate * (1.0 - b2**t) ** 0.5 / (1.0 - b1**t) * lr_scale
        scalars.update(beta1=b1, beta2=b2, eps=eps, learn_rate=rate)
    return scalars


@functools.lru_cache(maxsize=64)
def rectification(step: int, b1: float, b2: float) -> tuple[float, float]:
    """RAdam: the length N of the simple moving average, and the step size.

    `step` is one more than the number of updates, which stored runs depend on.
    """
    b2_t = b2**step
    longest = 2 / (1 - b2) - 1
    n_sma = longest - 2 * step * b2_t / (1 - b2_t)
    size = 1.0
    if n_sma >= 5:
        size = math.sqrt(
            (1 - b2_t) * (n_sma - 4) / (longest - 4) * (n_sma - 2) / n_sma * longest / (longest - 2)
        )
    return n_sma, size / (1 - b1**step)

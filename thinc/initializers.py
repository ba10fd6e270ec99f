"""Initial values of parameters: scaled normal and uniform draws, and zeros.

Every draw comes from NumPy's global generator (`numpy.random.seed`) and is then moved to
the device as float32, so that weights depend on the seed only, never on the backend. A
caller that shares the process with others passes `rng` instead. Layers hold the functions
themselves or, when they come from a config, the partial application that the
`configure_*` functions return. That takes the same arguments, but shows those of other
releases only: `rng`, and the `scale` of `normal_init`, are ours.
"""

import functools
import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Optional, Union

import numpy

from .backends import Ops
from .config import registry
from .types import FloatsXd, Shape

__all__ = [
    "glorot_normal_init",
    "glorot_uniform_init",
    "he_normal_init",
    "he_uniform_init",
    "lecun_normal_init",
    "lecun_uniform_init",
    "normal_init",
    "uniform_init",
    "zero_init",
]

# As text: NumPy imports its generators when they are first used, which takes some milliseconds.
RandomT = Union["numpy.random.Generator", "numpy.random.RandomState"]
AnyShape = Union[int, list[int], Shape]
InitT = Callable[[Ops, AnyShape], FloatsXd]


def lecun_normal_init(ops: Ops, shape: Shape, *, rng: Optional[RandomT] = None) -> FloatsXd:
    """Draw from `normal(0, sqrt(1 / I))`, with O, I the first two of `shape`.

    The variance of a sum over I inputs of variance 1 is then 1.

    Args:
        ops: the backend that the array is made for.
        shape: two or more dimensions; only the first two count for the scale.
        rng: generator to draw from instead of NumPy's global one.
    Returns:
        float32 array of `shape`.
    Raises:
        IndexError: fewer than two dimensions.
        ZeroDivisionError: I is 0.
    Source:
        LeCun et al., Efficient BackProp (1998), section 4.6.
    """
    _, nI = _fans("lecun_normal_init", shape)
    return _normal(ops, shape, math.sqrt(1 / nI), rng)


def he_normal_init(ops: Ops, shape: Shape, *, rng: Optional[RandomT] = None) -> FloatsXd:
    """Draw from `normal(0, sqrt(2 / I))`: for units that cut half of their input.

    Arguments and errors as in `lecun_normal_init`.

    Source:
        He et al., Delving Deep into Rectifiers (2015), equation 10.
    """
    _, nI = _fans("he_normal_init", shape)
    return _normal(ops, shape, math.sqrt(2 / nI), rng)


def glorot_normal_init(ops: Ops, shape: Shape, *, rng: Optional[RandomT] = None) -> FloatsXd:
    """Draw from `normal(0, sqrt(2 / (O + I)))`: a balance of both directions.

    Arguments and errors as in `lecun_normal_init`, but I may be 0 if O is not.

    Source:
        Glorot and Bengio, Understanding the difficulty of training deep feedforward
        neural networks (2010), equation 12.
    """
    nO, nI = _fans("glorot_normal_init", shape)
    return _normal(ops, shape, math.sqrt(2 / (nI + nO)), rng)


def lecun_uniform_init(ops: Ops, shape: Shape, *, rng: Optional[RandomT] = None) -> FloatsXd:
    """Draw from `uniform(-s, s)`, s = sqrt(3 / I): the variance of `lecun_normal_init`.

    Arguments and errors as there.
    """
    _, nI = _fans("lecun_uniform_init", shape)
    return _symmetric(ops, shape, math.sqrt(3 / nI), rng)


def he_uniform_init(ops: Ops, shape: Shape, *, rng: Optional[RandomT] = None) -> FloatsXd:
    """Draw from `uniform(-s, s)`, s = sqrt(6 / I): the variance of `he_normal_init`.

    Arguments and errors as there.
    """
    _, nI = _fans("he_uniform_init", shape)
    return _symmetric(ops, shape, math.sqrt(6 / nI), rng)


def glorot_uniform_init(ops: Ops, shape: Shape, *, rng: Optional[RandomT] = None) -> FloatsXd:
    """Draw from `uniform(-s, s)`, s = sqrt(6 / (O + I)): as `glorot_normal_init`.

    Arguments and errors as there.
    """
    nO, nI = _fans("glorot_uniform_init", shape)
    return _symmetric(ops, shape, math.sqrt(6 / (nO + nI)), rng)


def uniform_init(
    ops: Ops, shape: AnyShape, *, lo: float = -0.1, hi: float = 0.1, rng: Optional[RandomT] = None
) -> FloatsXd:
    """Draw from `uniform(lo, hi)`; any shape, also a plain int."""
    return ops.asarray_f((rng or numpy.random).uniform(lo, hi, shape))


def normal_init(
    ops: Ops,
    shape: AnyShape,
    *,
    mean: Optional[float] = None,
    scale: Optional[float] = None,
    rng: Optional[RandomT] = None,
) -> FloatsXd:
    """Draw from `normal(0, scale)`; any shape, also a plain int.

    `mean` is the old name of `scale`: despite the word it is the standard deviation, and
    the draws are centred on zero. With neither given all values are zero, which is kept
    for old callers and draws a warning.

    Raises:
        ValueError: the scale is negative, or both names are given.
    """
    if mean is not None and scale is not None:
        raise ValueError(f"normal_init: give scale or its old name mean; got both ({scale} and {mean})")
    if scale is None:
        scale = mean
    if scale is None:
        warnings.warn("normal_init: without a scale all values are zero; pass scale=...", stacklevel=2)
        scale = 0.0
    return _normal(ops, shape, scale, rng)


def zero_init(ops: Ops, shape: AnyShape) -> FloatsXd:
    """Zeros, float32; any shape, also a plain int."""
    return ops.alloc_f(shape)


def _fans(name: str, shape: Sequence[int]) -> tuple[int, int]:
    """The first two dimensions, O and I."""
    if len(shape) < 2:
        raise IndexError(
            f"{name}: shape needs two or more dimensions; got {tuple(shape)} (tuple index out of range)"
        )
    return shape[0], shape[1]


def _normal(ops: Ops, shape: AnyShape, scale: float, rng: Optional[RandomT]) -> FloatsXd:
    return ops.asarray_f((rng or numpy.random).normal(0, scale, shape))


def _symmetric(ops: Ops, shape: AnyShape, scale: float, rng: Optional[RandomT]) -> FloatsXd:
    return uniform_init(ops, shape, lo=-scale, hi=scale, rng=rng)


class _Configured(functools.partial):
    """A partial application whose signature is that of other releases; `rng` and `scale` are taken, too."""

    @property
    def __signature__(self) -> inspect.Signature:
        signature = inspect.signature(functools.partial(self.func, *self.args, **self.keywords))
        shown = [param for name, param in signature.parameters.items() if name not in ("rng", "scale")]
        return signature.replace(parameters=shown)


@registry.initializers("lecun_normal_init.v1")
def configure_lecun_normal_init() -> InitT:
    """`lecun_normal_init`, for a config."""
    return _Configured(lecun_normal_init)


@registry.initializers("he_normal_init.v1")
def configure_he_normal_init() -> InitT:
    """`he_normal_init`, for a config."""
    return _Configured(he_normal_init)


@registry.initializers("glorot_normal_init.v1")
def configure_glorot_normal_init() -> InitT:
    """`glorot_normal_init`, for a config."""
    return _Configured(glorot_normal_init)


@registry.initializers("lecun_uniform_init.v1")
def configure_lecun_uniform_init() -> InitT:
    """`lecun_uniform_init`, for a config."""
    return _Configured(lecun_uniform_init)


@registry.initializers("he_uniform_init.v1")
def configure_he_uniform_init() -> InitT:
    """`he_uniform_init`, for a config."""
    return _Configured(he_uniform_init)


@registry.initializers("glorot_uniform_init.v1")
def configure_glorot_uniform_init() -> InitT:
    """`glorot_uniform_init`, for a config."""
    return _Configured(glorot_uniform_init)


@registry.initializers("uniform_init.v1")
def configure_uniform_init(*, lo: float = -0.1, hi: float = 0.1) -> InitT:
    """`uniform_init` with its bounds, for a config."""
    return _Configured(uniform_init, lo=lo, hi=hi)


@registry.initializers("normal_init.v1")
def configure_normal_init(*, mean: float = 0) -> InitT:
    """`normal_init` with its standard deviation, for a config."""
    return _Configured(normal_init, mean=mean)


@registry.initializers("zero_init.v1")
def configure_zero_init() -> InitT:
    """`zero_init`, for a config."""
    return _Configured(zero_init)

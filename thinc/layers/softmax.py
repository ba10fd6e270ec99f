"""Softmax layers. Their backprop expects the gradient of the logits, as cross-entropy losses give."""

from collections.abc import Callable

from ..config import registry
from ..initializers import zero_init
from ..model import Model
from ..types import Floats2d
from ._checks import check_gradient, validate_temperature
from ._dense import affine, dense
from ._dense import init_unset as init

__all__ = ["Softmax", "Softmax_v2", "forward", "init", "validate_temperature"]


@registry.layers("Softmax.v1")
def Softmax(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
) -> Model[Floats2d, Floats2d]:
    """Class probabilities: `Y = softmax(X W^T + b)` per row.

    `backprop` takes the gradient of the logits (`p - y` for cross-entropy), not that of Y: there is no
    softmax Jacobian. `softmax_activation` has one.

    Args:
        nO, nI, init_W, init_b: as in `Linear`; weights start at zero.
    """
    return Softmax_v2(nO, nI, init_W=init_W, init_b=init_b)


@registry.layers("Softmax.v2")
def Softmax_v2(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Callable | None = None,
    init_b: Callable | None = None,
    normalize_outputs: bool = True,
    temperature: float = 1.0,
) -> Model[Floats2d, Floats2d]:
    """Class probabilities: `Y = softmax((X W^T + b) / temperature)` per row.

    Args:
        nO, nI, init_W, init_b: as in `Softmax`.
        normalize_outputs: if False, predict returns the logits `X W^T + b`, which is cheaper and ranks
            the classes alike. Training always normalises.
        temperature: > 0; larger is more uniform.
    Raises:
        ValueError: temperature is not positive.
    """
    validate_temperature(temperature)
    attrs = {"softmax_normalize": normalize_outputs, "softmax_temperature": temperature}
    return dense("softmax", forward, nO, nI, init_W or zero_init, init_b, attrs=attrs, lenient=True)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    temperature = model.attrs["softmax_temperature"]
    validate_temperature(temperature)
    Y, backprop_affine = affine(model, X)
    if not (model.attrs["softmax_normalize"] or is_train):
        return Y, _refuse
    Y = model.ops.softmax(Y, inplace=True, temperature=temperature)
    shape, dtype = Y.shape, Y.dtype

    def backprop(dY: Floats2d) -> Floats2d:
        check_gradient(model.name, shape, dtype, dY)
        return backprop_affine(dY if temperature == 1.0 else dY / temperature)

    return Y, backprop


def _refuse(dY: Floats2d) -> Floats2d:
    raise ValueError("softmax: backprop is not supported for an unnormalized Softmax layer")

"""Rows of the elementwise ops; see `cases`."""

from typing import Any

import numpy
from support.case import Case
from support.strategies import Draw


def logistic(x: numpy.ndarray) -> numpy.ndarray:
    return 1.0 / (1.0 + numpy.exp(-numpy.clip(x, -20.0, 20.0)))


def ones(*args: Any) -> float:
    return 1.0


def unary(op: str, bound: float, magnitude: Any = None, **more: Any) -> Case:
    """An elementwise op."""
    return Case(op, lambda d: (d.floats("NO", 4.0),), bound=bound, magnitude=magnitude, **more)


def pair(
    op: str,
    forward: tuple[float, Any],
    backward: tuple[float, Any],
    label: str = "",
    tolerance: float = 1e-7,
    **keywords: Any,
) -> list[Case]:
    """An elementwise op and its gradient, each with bound and magnitude; both get the keywords."""
    name = f"backprop_{op}"

    def pull(ops: Any, dY: numpy.ndarray, Y: Any, args: tuple) -> dict[int, numpy.ndarray]:
        return {0: getattr(ops, name)(dY, args[0], **keywords)}

    return [
        Case(
            op,
            lambda d: (d.floats("NO", 4.0), keywords),
            label,
            bound=forward[0],
            magnitude=forward[1],
            pull=pull,
            gradient_tolerance=tolerance,
        ),
        Case(
            name,
            lambda d: (d.floats("NO"), d.floats("NO", 4.0), keywords),
            label,
            bound=backward[0],
            magnitude=backward[1],
        ),
    ]


def line(slope: float, offset: float) -> list[tuple[float, Any]]:
    """Bound and magnitude of a clipped line, and of its gradient: slope and offset are rounded too."""
    return [(2.0, lambda X: abs(slope * X) + abs(offset) + 1.0), (2.0, None)]


def swished(d: Draw) -> tuple:
    X = d.floats("NO", 4.0)
    return d.floats("NO"), X, d.ops.swish(X)


ELEMENTWISE = [
    unary("sigmoid", 4, pull=lambda ops, dY, Y, args: {0: ops.backprop_sigmoid(dY, Y)}),
    Case("backprop_sigmoid", lambda d: (d.floats("NO"), d.between("NO", 0, 1)), bound=3, target=1),
    Case("dsigmoid", lambda d: (d.between("NO", 0, 1),), bound=2),
    Case("dtanh", lambda d: (d.between("NO", -1, 1),), bound=1, magnitude=lambda Y: 1.0 + Y * Y),
    unary("relu", 0, exact=True, pull=lambda ops, dY, Y, args: {0: ops.backprop_relu(dY, Y)}),
    Case("backprop_relu", lambda d: (d.floats("NO"), d.floats("NO")), exact=True),
    *pair("clipped_linear", *line(1.0, 0.0)),
    *pair("clipped_linear", *line(0.7, 0.3), "falling", slope=-0.7, offset=0.3, min_val=-0.5, max_val=2.0),
    *pair("clipped_linear", *line(0.0, 0.3), "flat", slope=0.0, offset=0.3),
    *pair("relu_k", *line(1.0, 0.0)),
    *pair("relu_k", *line(1.0, 0.0), "n", n=2.5),
    *pair("hard_sigmoid", *line(0.2, 0.5)),
    *pair("hard_tanh", *line(1.0, 0.0)),
    *pair(
        "hard_swish",
        (3, lambda X: abs(X) * (0.2 * abs(X) + 0.5)),
        (3, lambda dY, X: abs(dY) * (0.4 * abs(X) + 0.5)),
    ),
    *pair(
        "hard_swish_mobilenet",
        (3, lambda X: abs(X) * (abs(X) + 3.0) / 6.0),
        (3, lambda dY, X: abs(dY) * (2.0 * abs(X) + 3.0) / 6.0),
    ),
    unary("swish", 5, pull=lambda ops, dY, Y, args: {0: ops.backprop_swish(dY, args[0], Y)}),
    Case(
        "backprop_swish",
        swished,
        bound=5,
        magnitude=lambda dY, X, Y: abs(dY) * (abs(Y) + logistic(X) * (1.0 + abs(Y))),
    ),
    *pair("dish", (4, abs), (6, lambda dY, X: abs(dY))),
    *pair("mish", (8, None), (10, lambda dY, X: abs(dY) * (1.0 + abs(X)) * logistic(X))),
    *pair("mish", (8, None), (10, lambda dY, X: abs(dY)), "threshold", threshold=2.0),
    unary("erf", 6, ones),
    unary("sechsq", 12),
    *pair("gelu", (4, abs), (6, lambda dY, X: abs(dY))),
    # The constants of the slope have six digits.
    *pair("gelu_approx", (4, abs), (10, lambda dY, X: abs(dY)), tolerance=1e-5),
]

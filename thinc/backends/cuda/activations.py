"""Elementwise functions and maxout on a GPU."""

from typing import Any

from .. import checks
from ..reference.activations import Activations as Reference
from ._binding import Binding, contiguous, writable

__all__ = ["Activations"]

# Sixteen bytes go through a thread at a time.
PACK = 16


class Activations(Binding, Reference):
    """Maps of one formula, their gradients, and maxout."""

    # -- drivers -------------------------------------------------------------------------------------

    def _value(self, formula: str, T: str, X: Any, inplace: bool, *p: float) -> Any:
        """A function of X, with up to four parameters."""
        x = contiguous(X)
        Y = x if inplace else self._new(x.shape, x)
        a, b, c, d = (*p, 0.0, 0.0, 0.0, 0.0)[:4]
        self._launch("map_value", formula, T, _threads(x), Y, x, x.size, a, b, c, d)
        return _stored(Y, X, inplace)

    def _slope(self, formula: str, T: str, Y: Any, inplace: bool) -> Any:
        """The slope of a function where its value is Y."""
        y = contiguous(Y)
        d = y if inplace else self._new(y.shape, y)
        self._launch("map_slope", formula, T, _threads(y), d, y, y.size)
        return _stored(d, Y, inplace)

    def _gradient(self, formula: str, T: str, dY: Any, X: Any, target: Any, *p: float) -> Any:
        """The gradient of a function of X, with up to three parameters: in `target`, unless that is None."""
        dy, x = contiguous(dY), contiguous(X)
        dX = self._output(target, dy, x)
        a, b, c = (*p, 0.0, 0.0, 0.0)[:3]
        self._launch("map_gradient", formula, T, _threads(x), dX, dy, x, x.size, a, b, c)
        return _stored(dX, target, target is not None)

    def _gradient3(self, formula: str, T: str, dY: Any, X: Any, Y: Any, target: Any) -> Any:
        """The gradient of a function, from X and Y."""
        dy, x, y = contiguous(dY), contiguous(X), contiguous(Y)
        dX = self._output(target, dy, x, y)
        self._launch("map_gradient3", formula, T, _threads(x), dX, dy, x, y, x.size)
        return _stored(dX, target, target is not None)

    def _mapped(self, inplace: bool, X: Any, *others: Any) -> str | None:
        """The C++ type of arrays of one shape and dtype, of which the first is writable if it has to be."""
        return None if inplace and not writable(X) else self._alike(X, *others)

    # -- sigmoid and tanh ----------------------------------------------------------------------------

    def sigmoid(self, X, *, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("Sigmoid", T, X, inplace) if T else super().sigmoid(X, inplace=inplace)

    def backprop_sigmoid(self, dY, Y, *, inplace=False):
        T = self._mapped(inplace, Y, dY)
        if not T:
            return super().backprop_sigmoid(dY, Y, inplace=inplace)
        return self._gradient("Sigmoid", T, dY, Y, Y if inplace else None)

    def dsigmoid(self, Y, *, inplace=False):
        T = self._mapped(inplace, Y)
        return self._slope("Sigmoid", T, Y, inplace) if T else super().dsigmoid(Y, inplace=inplace)

    def dtanh(self, Y, *, inplace=False):
        T = self._mapped(inplace, Y)
        return self._slope("Tanh", T, Y, inplace) if T else super().dtanh(Y, inplace=inplace)

    # -- straight lines ------------------------------------------------------------------------------

    def relu(self, X, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("Relu", T, X, inplace) if T else super().relu(X, inplace)

    def backprop_relu(self, dY, Y, inplace=False):
        T = self._mapped(inplace, dY, Y)
        if not T:
            return super().backprop_relu(dY, Y, inplace)
        return self._gradient("Relu", T, dY, Y, dY if inplace else None)

    def _clipped_linear(self, op, X, slope, offset, min_val, max_val, inplace):
        T = self._mapped(inplace, X)
        if not T:
            return super()._clipped_linear(op, X, slope, offset, min_val, max_val, inplace)
        p = {"slope": slope, "offset": offset, "min_val": min_val, "max_val": max_val}
        return self._value("ClippedLinear", T, X, inplace, *_numbers(op, p))

    def _backprop_clipped_linear(self, op, dY, X, slope, offset, min_val, max_val, inplace):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super()._backprop_clipped_linear(op, dY, X, slope, offset, min_val, max_val, inplace)
        p = {"slope": slope, "offset": offset, "min_val": min_val, "max_val": max_val}
        slope, offset, low, high = _numbers(op, p)
        # A slope of 0 has no bounds, and a gradient of 0: no x is between these.
        bounds = sorted(((low - offset) / slope, (high - offset) / slope)) if slope else (0.0, 0.0)
        return self._gradient("ClippedLine", T, dY, X, dY if inplace else None, slope, *bounds)

    def hard_swish(self, X, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("HardSwish", T, X, inplace) if T else super().hard_swish(X, inplace)

    def backprop_hard_swish(self, dY, X, inplace=False):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super().backprop_hard_swish(dY, X, inplace)
        return self._gradient("HardSwish", T, dY, X, dY if inplace else None)

    def hard_swish_mobilenet(self, X, inplace=False):
        T = self._mapped(inplace, X)
        if not T:
            return super().hard_swish_mobilenet(X, inplace)
        return self._value("HardSwishMobilenet", T, X, inplace)

    def backprop_hard_swish_mobilenet(self, dY, X, inplace=False):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super().backprop_hard_swish_mobilenet(dY, X, inplace)
        return self._gradient("HardSwishMobilenet", T, dY, X, dY if inplace else None)

    # -- gated ---------------------------------------------------------------------------------------

    def swish(self, X, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("Swish", T, X, inplace) if T else super().swish(X, inplace)

    def backprop_swish(self, dY, X, Y, inplace=False):
        T = self._mapped(inplace, dY, X, Y)
        if not T:
            return super().backprop_swish(dY, X, Y, inplace)
        return self._gradient3("Swish", T, dY, X, Y, dY if inplace else None)

    def dish(self, X, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("Dish", T, X, inplace) if T else super().dish(X, inplace)

    def backprop_dish(self, dY, X, inplace=False):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super().backprop_dish(dY, X, inplace)
        return self._gradient("Dish", T, dY, X, dY if inplace else None)

    def mish(self, X, threshold=20.0, inplace=False):
        T = self._mapped(inplace, X)
        if not T:
            return super().mish(X, threshold, inplace)
        return self._value("Mish", T, X, inplace, checks.number("mish", "threshold", threshold))

    def backprop_mish(self, dY, X, threshold=20.0, inplace=False):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super().backprop_mish(dY, X, threshold, inplace)
        threshold = checks.number("backprop_mish", "threshold", threshold)
        return self._gradient("Mish", T, dY, X, dY if inplace else None, threshold)

    def erf(self, X):
        T = self._mapped(False, X)
        return self._value("PolynomialErf", T, X, False) if T else super().erf(X)

    def sechsq(self, X):
        T = self._mapped(False, X)
        return self._value("SechSquared", T, X, False) if T else super().sechsq(X)

    def gelu(self, X, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("Gelu", T, X, inplace) if T else super().gelu(X, inplace)

    def backprop_gelu(self, dY, X, inplace=False):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super().backprop_gelu(dY, X, inplace)
        return self._gradient("Gelu", T, dY, X, dY if inplace else None)

    def gelu_approx(self, X, inplace=False):
        T = self._mapped(inplace, X)
        return self._value("GeluApprox", T, X, inplace) if T else super().gelu_approx(X, inplace)

    def backprop_gelu_approx(self, dY, X, inplace=False):
        T = self._mapped(inplace, dY, X)
        if not T:
            return super().backprop_gelu_approx(dY, X, inplace)
        return self._gradient("GeluApprox", T, dY, X, dY if inplace else None)

    # -- maxout --------------------------------------------------------------------------------------

    def maxout(self, X):
        T = self._native(X)
        if not T or X.ndim != 3 or X.shape[2] == 0:
            return super().maxout(X)
        x = contiguous(X)
        Y, which = self._new(x.shape[:2], x), self.xp.empty(x.shape[:2], "int32")
        self._launch("maxout", "", T, Y.size, Y, which, x, Y.size, x.shape[2])
        return Y, which

    def backprop_maxout(self, dY, which, P):
        T = self._native(dY)
        if not T or dY.ndim != 2:
            return super().backprop_maxout(dY, which, P)
        P = checks.integer("backprop_maxout", "P", P)
        which = checks.which("backprop_maxout", which, dY.shape, P, "size", self.xp)
        dX = self._new((*dY.shape, P), dY)
        dy, which = contiguous(dY), contiguous(which)
        self._launch("backprop_maxout", "", T, dy.size, dX, dy, which, dy.size, P)
        return dX


def _threads(X: Any) -> int:
    return -(-X.nbytes // PACK)


def _stored(Y: Any, target: Any, inplace: bool) -> Any:
    """Y or, in place, the target with the values of Y: it is Y itself, unless it is strided."""
    if not inplace:
        return Y
    if Y is not target:
        target[...] = Y
    return target


def _numbers(op: str, values: dict[str, Any]) -> list[float]:
    return [checks.number(op, name, value) for name, value in values.items()]

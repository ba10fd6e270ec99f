"""Functions made of straight lines, and those gated by one: rectifiers, clipped lines, hard swish."""

from typing import Any

import numpy

from .. import checks
from ._storage import floats, quiet, store


class Piecewise:
    """Rectifiers and clipped lines."""

    xp: Any = numpy

    @quiet
    def relu(self, X, inplace=False):
        """Rectifier `Y = X if X > 0 else 0`.

        NaN stays NaN, -0.0 becomes 0.0; integers stay integers.

        Args:
            X: float or integer, any shape.
            inplace: overwrite and return X.
        Returns:
            shape and dtype of X.
        Raises:
            TypeError: X holds no numbers.
            ValueError: in place, and X is read-only.
        """
        if inplace:
            checks.writable("relu", "X", X)
        x = self.xp.asarray(X)
        checks.real("relu", "X", x, "fiu")
        zero = x.dtype.type(0)
        Y = self.xp.where(x <= 0, zero, x) if x.dtype.kind == "f" else self.xp.maximum(x, zero)
        return store(self.xp, Y, X, inplace=inplace)

    @quiet
    def backprop_relu(self, dY, Y, inplace=False):
        """Gradient of `relu` from its output: `dX = dY if Y > 0 else 0`.

        Args:
            dY: float, any shape.
            Y: float or integer, shape of dY, the output of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        dy, y = floats(self.xp, "backprop_relu", inplace, dY=dY, Y=Y)
        return store(self.xp, self.xp.where(y > 0, dy, dy.dtype.type(0)), dY, Y, inplace=inplace)

    @quiet
    def clipped_linear(self, X, slope=1.0, offset=0.0, min_val=0.0, max_val=1.0, inplace=False):
        """A line between two bounds: `Y = min(max(X * slope + offset, min_val), max_val)`.

        Args:
            X: float, any shape.
            slope, offset: the line.
            min_val, max_val: the bounds of the result.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError: X holds no numbers; or in place, no floats.
            ValueError: in place, and X is read-only.
        """
        return self._clipped_linear("clipped_linear", X, slope, offset, min_val, max_val, inplace)

    def _clipped_linear(self, op, X, slope, offset, min_val, max_val, inplace):
        x = floats(self.xp, op, inplace, X=X)
        slope, offset = checks.number(op, "slope", slope), checks.number(op, "offset", offset)
        low, high = checks.number(op, "min_val", min_val), checks.number(op, "max_val", max_val)
        return store(self.xp, self.xp.clip(x * slope + offset, low, high), X, inplace=inplace)

    @quiet
    def backprop_clipped_linear(self, dY, X, slope=1.0, offset=0.0, min_val=0.0, max_val=1.0, inplace=False):
        """Gradient of `clipped_linear`: `dX = dY * slope` between the bounds, else 0.

        Strictly between: the bounds of X are `(min_val - offset) / slope` and `(max_val - offset) / slope`,
        in this order or, for a negative slope, the other. A slope of 0 gives a gradient of 0.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            slope, offset, min_val, max_val: as in the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY, common dtype of both.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        return self._backprop_clipped_linear(
            "backprop_clipped_linear", dY, X, slope, offset, min_val, max_val, inplace
        )

    def _backprop_clipped_linear(self, op, dY, X, slope, offset, min_val, max_val, inplace):
        dy, x = floats(self.xp, op, inplace, dY=dY, X=X)
        slope, offset = checks.number(op, "slope", slope), checks.number(op, "offset", offset)
        low, high = checks.number(op, "min_val", min_val), checks.number(op, "max_val", max_val)
        dtype = numpy.result_type(dy.dtype, x.dtype)
        if slope == 0.0:
            dX = self.xp.zeros(dy.shape, dtype)
        else:
            low, high = sorted(((low - offset) / slope, (high - offset) / slope))
            inside = (low < x) & (x < high)
            dX = self.xp.where(inside, dy.astype(dtype, copy=False) * slope, dtype.type(0))
        return store(self.xp, dX, dY, X, inplace=inplace)

    @quiet
    def relu_k(self, X, n=6.0, inplace=False):
        """Rectifier with a ceiling: `Y = min(max(X, 0), n)`.

        Args:
            X: float, any shape.
            n: the ceiling.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `clipped_linear`.
        """
        return self._clipped_linear("relu_k", X, 1.0, 0.0, 0.0, n, inplace)

    @quiet
    def backprop_relu_k(self, dY, X, n=6.0, inplace=False):
        """Gradient of `relu_k`: `dX = dY if 0 < X < n else 0`.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            n: the ceiling.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError, ValueError: as `backprop_clipped_linear`.
        """
        return self._backprop_clipped_linear("backprop_relu_k", dY, X, 1.0, 0.0, 0.0, n, inplace)

    @quiet
    def hard_sigmoid(self, X, inplace=False):
        """Logistic function as a clipped line: `Y = min(max(0.2 X + 0.5, 0), 1)`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `clipped_linear`.
        """
        return self._clipped_linear("hard_sigmoid", X, 0.2, 0.5, 0.0, 1.0, inplace)

    @quiet
    def backprop_hard_sigmoid(self, dY, X, inplace=False):
        """Gradient of `hard_sigmoid`: `dX = 0.2 dY if -2.5 < X < 2.5 else 0`.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError, ValueError: as `backprop_clipped_linear`.
        """
        return self._backprop_clipped_linear("backprop_hard_sigmoid", dY, X, 0.2, 0.5, 0.0, 1.0, inplace)

    @quiet
    def hard_tanh(self, X, inplace=False):
        """tanh as a clipped line: `Y = min(max(X, -1), 1)`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `clipped_linear`.
        """
        return self._clipped_linear("hard_tanh", X, 1.0, 0.0, -1.0, 1.0, inplace)

    @quiet
    def backprop_hard_tanh(self, dY, X, inplace=False):
        """Gradient of `hard_tanh`: `dX = dY if -1 < X < 1 else 0`.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError, ValueError: as `backprop_clipped_linear`.
        """
        return self._backprop_clipped_linear("backprop_hard_tanh", dY, X, 1.0, 0.0, -1.0, 1.0, inplace)

    @quiet
    def hard_swish(self, X, inplace=False):
        """swish with a straight gate: `Y = X * hard_sigmoid(X)`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `clipped_linear`.
        """
        x = floats(self.xp, "hard_swish", inplace, X=X)
        return store(self.xp, x * self.xp.clip(0.2 * x + 0.5, 0.0, 1.0), X, inplace=inplace)

    @quiet
    def backprop_hard_swish(self, dY, X, inplace=False):
        """Gradient of `hard_swish`: `dX = dY * (0.4 X + 0.5)`, where |X| <= 2.5.

        Above, the slope is 1; below, 0.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError, ValueError: as `backprop_clipped_linear`.
        """
        dy, x = floats(self.xp, "backprop_hard_swish", inplace, dY=dY, X=X)
        slope = self.xp.where(x > 2.5, 1.0, self.xp.where(x < -2.5, 0.0, 0.4 * x + 0.5))
        return store(self.xp, dy * slope.astype(x.dtype), dY, X, inplace=inplace)

    @quiet
    def hard_swish_mobilenet(self, X, inplace=False):
        """swish with a straight gate: `Y = X * min(max(X + 3, 0), 6) / 6`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `clipped_linear`.
        Source: A. Howard et al., Searching for MobileNetV3, section 5.2.
        """
        x = floats(self.xp, "hard_swish_mobilenet", inplace, X=X)
        return store(self.xp, x * (self.xp.clip(x + 3.0, 0.0, 6.0) / 6.0), X, inplace=inplace)

    @quiet
    def backprop_hard_swish_mobilenet(self, dY, X, inplace=False):
        """Gradient of `hard_swish_mobilenet`: `dX = dY * (2 X + 3) / 6`, where |X| <= 3.

        Above, the slope is 1; below, 0.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError, ValueError: as `backprop_clipped_linear`.
        """
        dy, x = floats(self.xp, "backprop_hard_swish_mobilenet", inplace, dY=dY, X=X)
        slope = self.xp.where(x > 3.0, 1.0, self.xp.where(x < -3.0, 0.0, (2.0 * x + 3.0) / 6.0))
        return store(self.xp, dy * slope.astype(x.dtype), dY, X, inplace=inplace)

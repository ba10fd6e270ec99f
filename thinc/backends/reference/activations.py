"""Elementwise functions and their slopes, and maxout.

Forward ops overwrite and return X in place; backward ops overwrite and return dY (`backprop_sigmoid`: Y).
Results have the dtype of the input (several inputs: NumPy's common dtype); half precision is computed in
float32, integers are promoted to float64. NaN propagates, unless an op says otherwise.
"""

from .. import checks
from ._formulas import (
    LOGISTIC_LIMIT,
    logistic,
    normal_cdf,
    normal_pdf,
    polynomial_erf,
    ratio,
    softplus_tanh,
)
from ._piecewise import Piecewise
from ._storage import floats, quiet, store

SQRT_2_PI = 0.7978845608028654


class Activations(Piecewise):
    """Elementwise functions, and maxout."""

    # -- sigmoid and tanh ----------------------------------------------------------------------------

    @quiet
    def sigmoid(self, X, *, inplace=False):
        """Logistic function `Y = 1 / (1 + exp(-X))`, with X clipped to [-20, 20].

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError: X holds no numbers; or in place, no floats.
            ValueError: in place, and X is read-only.
        """
        x = floats(self.xp, "sigmoid", inplace, X=X)
        return store(self.xp, logistic(self.xp, x), X, inplace=inplace)

    @quiet
    def backprop_sigmoid(self, dY, Y, *, inplace=False):
        """Gradient of `sigmoid` from its output: `dX = dY * Y * (1 - Y)`.

        In place it is Y that is overwritten and returned, not dY: callers rely on it.

        Args:
            dY: float, any shape.
            Y: float, shape of dY, the output of the forward pass.
            inplace: overwrite and return Y.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and Y is read-only.
        """
        y, dy = floats(self.xp, "backprop_sigmoid", inplace, Y=Y, dY=dY)
        return store(self.xp, dy * (y * (1.0 - y)), Y, dY, inplace=inplace)

    @quiet
    def dsigmoid(self, Y, *, inplace=False):
        """Slope of the logistic function in terms of its output: `Y * (1 - Y)`.

        Args:
            Y: float, any shape.
            inplace: overwrite and return Y.
        Returns:
            float, shape and dtype of Y.
        Raises:
            TypeError, ValueError: as `sigmoid`.
        """
        y = floats(self.xp, "dsigmoid", inplace, Y=Y)
        return store(self.xp, y * (1.0 - y), Y, inplace=inplace)

    @quiet
    def dtanh(self, Y, *, inplace=False):
        """Slope of tanh in terms of its output: `1 - Y**2`.

        Args:
            Y: float, any shape.
            inplace: overwrite and return Y.
        Returns:
            float, shape and dtype of Y.
        Raises:
            TypeError, ValueError: as `sigmoid`.
        """
        y = floats(self.xp, "dtanh", inplace, Y=Y)
        return store(self.xp, 1.0 - y * y, Y, inplace=inplace)

    # -- gated by a sigmoid --------------------------------------------------------------------------

    @quiet
    def swish(self, X, inplace=False):
        """X gated by the logistic function: `Y = X * sigmoid(X)`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `sigmoid`.
        """
        x = floats(self.xp, "swish", inplace, X=X)
        return store(self.xp, x * logistic(self.xp, x), X, inplace=inplace)

    @quiet
    def backprop_swish(self, dY, X, Y, inplace=False):
        """Gradient of `swish`: `dX = dY * (Y + sigmoid(X) * (1 - Y))`.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            Y: float, shape of dY, its output.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        dy, x, y = floats(self.xp, "backprop_swish", inplace, dY=dY, X=X, Y=Y)
        return store(self.xp, dy * (y + logistic(self.xp, x) * (1.0 - y)), dY, X, Y, inplace=inplace)

    @quiet
    def dish(self, X, inplace=False):
        """X gated by an algebraic sigmoid: `Y = X / 2 * (X / sqrt(1 + X**2) + 1)`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `sigmoid`.
        """
        x = floats(self.xp, "dish", inplace, X=X)
        return store(self.xp, 0.5 * x * (ratio(self.xp, x) + 1.0), X, inplace=inplace)

    @quiet
    def backprop_dish(self, dY, X, inplace=False):
        """Gradient of `dish`: `dX = dY * (r - r**3 / 2 + 1/2)`.

        With `r = X / sqrt(1 + X**2)`.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        dy, x = floats(self.xp, "backprop_dish", inplace, dY=dY, X=X)
        r = ratio(self.xp, x)
        return store(self.xp, dy * (r - 0.5 * r * r * r + 0.5), dY, X, inplace=inplace)

    @quiet
    def mish(self, X, threshold=20.0, inplace=False):
        """X gated by the tanh of its softplus: `Y = X * tanh(log(1 + e^X))`.

        From the threshold on it is X.

        Args:
            X: float, any shape.
            threshold: where the identity begins; from 20 on the gate is 1 in float64 anyway.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError: X holds no numbers, or in place no floats; the threshold is no number.
            ValueError: in place, and X is read-only.
        Source: D. Misra, Mish: A Self Regularized Non-Monotonic Activation Function.
        """
        x = floats(self.xp, "mish", inplace, X=X)
        threshold = checks.number("mish", "threshold", threshold)
        gate, _ = softplus_tanh(self.xp, x)
        return store(self.xp, self.xp.where(x < threshold, x * gate, x), X, inplace=inplace)

    @quiet
    def backprop_mish(self, dY, X, threshold=20.0, inplace=False):
        """Gradient of `mish`: `dX = dY * (t + X t')` with `t = tanh(log(1 + e^X))`.

        From the threshold on it is dY.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            threshold: as in the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers, or in place no floats; the threshold is no number.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        dy, x = floats(self.xp, "backprop_mish", inplace, dY=dY, X=X)
        threshold = checks.number("backprop_mish", "threshold", threshold)
        gate, slope = softplus_tanh(self.xp, x)
        dX = self.xp.where(x < threshold, dy * (gate + x * slope), dy)
        return store(self.xp, dX, dY, X, inplace=inplace)

    # -- gated by the normal distribution ------------------------------------------------------------

    @quiet
    def erf(self, X):
        """Error function, by the polynomial of Abramowitz and Stegun.

        Kept for its exact values; `gelu` uses an accurate one.

        Args:
            X: float, any shape.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError: X holds no numbers.
        Numerics: absolute error at most 1.5e-7.
        Source: Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.26.
        """
        x = floats(self.xp, "erf", X=X)
        return store(self.xp, polynomial_erf(self.xp, x), X)

    @quiet
    def sechsq(self, X):
        """Squared hyperbolic secant `Y = 1 / cosh(X)**2`, with X clipped to [-20, 20].

        Args:
            X: float, any shape.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError: X holds no numbers.
        """
        x = floats(self.xp, "sechsq", X=X)
        c = self.xp.cosh(self.xp.clip(x, -LOGISTIC_LIMIT, LOGISTIC_LIMIT))
        return store(self.xp, 1.0 / (c * c), X)

    @quiet
    def gelu(self, X, inplace=False):
        """X gated by the normal distribution: `Y = X * (1 + erf(X / sqrt 2)) / 2`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `sigmoid`.
        Source: D. Hendrycks and K. Gimpel, Gaussian Error Linear Units, section 2.
        """
        x = floats(self.xp, "gelu", inplace, X=X)
        return store(self.xp, x * normal_cdf(self.xp, x), X, inplace=inplace)

    @quiet
    def backprop_gelu(self, dY, X, inplace=False):
        """Gradient of `gelu`: `dX = dY * (Phi(X) + X * phi(X))`.

        Phi is the distribution function of the standard normal, phi its density.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        dy, x = floats(self.xp, "backprop_gelu", inplace, dY=dY, X=X)
        slope = normal_cdf(self.xp, x) + x * normal_pdf(self.xp, x)
        return store(self.xp, dy * slope, dY, X, inplace=inplace)

    @quiet
    def gelu_approx(self, X, inplace=False):
        """`gelu` by way of tanh: `Y = X / 2 * (1 + tanh(u))`.

        With `u = sqrt(2 / pi) * (X + 0.044715 X**3)`.

        Args:
            X: float, any shape.
            inplace: overwrite and return X.
        Returns:
            float, shape and dtype of X.
        Raises:
            TypeError, ValueError: as `sigmoid`.
        Source: D. Hendrycks and K. Gimpel, Gaussian Error Linear Units, section 2.
        """
        x = floats(self.xp, "gelu_approx", inplace, X=X)
        u = SQRT_2_PI * (x + 0.044715 * x * x * x)
        return store(self.xp, 0.5 * x * (1.0 + self.xp.tanh(u)), X, inplace=inplace)

    @quiet
    def backprop_gelu_approx(self, dY, X, inplace=False):
        """Gradient of `gelu_approx`: `dX = dY * (tanh(u) / 2 + v / cosh(u)**2 + 1/2)`.

        With `u = 0.0356774 X**3 + 0.797885 X` and `v = 0.0535161 X**3 + 0.398942 X`. The constants
        are rounded, and kept: the slope is that of the forward pass to 1e-5. Beyond |X| = 10, where it is
        0 or 1, X is clipped.

        Args:
            dY: float, any shape.
            X: float, shape of dY, the input of the forward pass.
            inplace: overwrite and return dY.
        Returns:
            float, shape of dY.
        Raises:
            TypeError: no numbers; or in place, no floats.
            ValueError: the shapes differ; or in place, and dY is read-only.
        """
        dy, x = floats(self.xp, "backprop_gelu_approx", inplace, dY=dY, X=X)
        x = self.xp.clip(x, -10.0, 10.0)
        cube = x * x * x
        u = 0.0356774 * cube + 0.797885 * x
        c = self.xp.cosh(self.xp.clip(u, -LOGISTIC_LIMIT, LOGISTIC_LIMIT))
        slope = 0.5 * self.xp.tanh(u) + (0.0535161 * cube + 0.398942 * x) / (c * c) + 0.5
        return store(self.xp, dy * slope, dY, X, inplace=inplace)

    # -- maxout --------------------------------------------------------------------------------------

    @quiet
    def maxout(self, X):
        """Largest of P pieces, and which one: `Y = X.max(axis=-1)`.

        Among equals the first piece wins. A NaN wins over numbers, the first NaN over later ones.

        Args:
            X: float32 or float64 (B, O, P), P at least 1.
        Returns:
            Y: float (B, O), dtype of X.
            which: int32 (B, O), each in [0, P).
        Raises:
            TypeError: X is no float32 or float64 array.
            ValueError: not three dimensions, or P is 0.
        """
        checks.array("maxout", "X", X)
        checks.same_dtype("maxout", X=X)
        checks.rank("maxout", "X", X, 3)
        if X.shape[2] == 0:
            raise ValueError(f"maxout: X must be (B, O, P) with at least one piece; got shape {X.shape}")
        which = X.argmax(axis=2)
        Y = self.xp.take_along_axis(X, which[:, :, None], axis=2)[:, :, 0]
        return self.xp.ascontiguousarray(Y), which.astype("int32")

    def backprop_maxout(self, dY, which, P):
        """Gradient of `maxout`: `dX[b, o, which[b, o]] = dY[b, o]`, elsewhere 0.

        Args:
            dY: float32 or float64 (B, O).
            which: integers (B, O), each in [0, P).
            P: the number of pieces.
        Returns:
            float (B, O, P), dtype of dY.
        Raises:
            TypeError: dY is no float32 or float64 array, `which` holds no integers.
            ValueError: the shapes differ, not two dimensions, P is negative.
            IndexError: `which` is out of range.
        """
        checks.array("backprop_maxout", "dY", dY)
        checks.same_dtype("backprop_maxout", dY=dY)
        checks.rank("backprop_maxout", "dY", dY, 2)
        P = checks.integer("backprop_maxout", "P", P)
        which = checks.which("backprop_maxout", which, dY.shape, P, "size", self.xp)
        dX = self.xp.zeros((*dY.shape, P), dY.dtype)
        if dX.size:
            self.xp.put_along_axis(dX, which[:, :, None].astype("int64"), dY[:, :, None], axis=2)
        return dX

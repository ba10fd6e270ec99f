"""Matrix products, and the affine map built on them.

Every element of a product is defined mathematically, as the sum over k. The kernels fix the order of
that sum (one chain of fused multiply-adds over ascending k); NumPy does not.
"""

from typing import Any

import numpy

from .. import checks
from ._storage import quiet


class Gemm:
    """Matrix products."""

    xp: Any = numpy

    @quiet
    def gemm(self, x, y, out=None, trans1=False, trans2=False):
        """Matrix product `Y = op(x) @ op(y)`, where op transposes if asked to.

        An empty inner dimension gives zeros. `out` may be strided and may overlap an operand; what it
        held before is ignored.

        Args:
            x: float32 or float64 (O, K), or (K, O) with trans1.
            y: dtype of x, (K, I), or (I, K) with trans2.
            out: where to write the result, dtype of x, (O, I).
            trans1: whether x is transposed first.
            trans2: whether y is transposed first.
        Returns:
            `out`, or a new array (O, I).
        Raises:
            TypeError: x, y or out is not an array, or their dtypes differ or are no float32 or float64
                (in that case the exception is a ValueError too).
            ValueError: not two dimensions, different inner sizes, `out` of another shape or read-only.
        """
        for name, X in (("x", x), ("y", y)):
            checks.array("gemm", name, X)
            if X.ndim != 2:
                raise ValueError(
                    f"gemm: Provided '{name}' array should be 2-dimensional, but found {X.ndim} dimension(s)."
                )
        self._check_dtypes("gemm", x=x, y=y)
        if trans1:
            x = x.T
        if trans2:
            y = y.T
        if x.shape[1] != y.shape[0]:
            raise ValueError(f"gemm: Shape mismatch for blis.gemm: {x.shape}, {y.shape}")
        if out is None:
            return self.xp.ascontiguousarray(self.xp.dot(x, y))
        checks.writable("gemm", "out", out)
        self._check_dtypes("gemm", x=x, out=out)
        checks.shape("gemm", "out", out, (x.shape[0], y.shape[1]))
        out[...] = self.xp.dot(x, y)
        return out

    def _check_dtypes(self, op, **arrays):
        """NumpyOps(use_blis=False) multiplies whatever NumPy can."""
        if getattr(self, "use_blis", True):
            checks.same_dtype(op, **arrays)

    @quiet
    def affine(self, X, W, b):
        """Affine map of rows: `Y = X @ W.T + b`.

        Args:
            X: float32 or float64 (N, I).
            W: dtype of X, (O, I).
            b: (O,), the same for all rows.
        Returns:
            (N, O), dtype of X.
        Raises:
            TypeError, ValueError: as `gemm`; ValueError also if b is not (O,).
        """
        for name, array in (("X", X), ("W", W), ("b", b)):
            checks.array("affine", name, array)
        self._check_dtypes("affine", X=X, W=W)
        checks.real("affine", "b", b, "fiub")
        Y = self.gemm(X, W, trans2=True)
        checks.shape("affine", "b", b, (W.shape[0],))
        Y += b
        return Y

    @quiet
    def backprop_affine(self, dY, X, W):
        """Gradients of `affine`: `dX = dY @ W`, `dW = dY.T @ X`, `db = dY.sum(axis=0)`.

        Args:
            dY: float32 or float64 (N, O).
            X: dtype of dY, (N, I), the input of the forward pass.
            W: dtype of dY, (O, I).
        Returns:
            dX (N, I), dW (O, I), db (O,), dtype of dY.
        Raises:
            TypeError, ValueError: as `gemm`.
        """
        for name, array in (("dY", dY), ("X", X), ("W", W)):
            checks.array("backprop_affine", name, array)
        self._check_dtypes("backprop_affine", dY=dY, X=X, W=W)
        dW = self.gemm(dY, X, trans1=True)
        dX = self.gemm(dY, W)
        return dX, dW, dY.sum(axis=0)

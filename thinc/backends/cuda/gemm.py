"""Matrix products on a GPU: those of the vendor's library, by way of the array module."""

from ..reference.gemm import Gemm as Reference
from ._binding import Binding, writable

__all__ = ["Gemm"]


class Gemm(Binding, Reference):
    """Writes straight to `out` where it can; the reference goes through a temporary."""

    def gemm(self, x, y, out=None, trans1=False, trans2=False):
        if out is None or not self._receives(out, x, y):
            return super().gemm(x, y, out, trans1, trans2)
        a, b = x.T if trans1 else x, y.T if trans2 else y
        if a.shape[1] != b.shape[0] or out.shape != (a.shape[0], b.shape[1]):
            return super().gemm(x, y, out, trans1, trans2)
        return self.xp.dot(a, b, out=out)

    def _receives(self, out, x, y):
        """Can a product of x and y be written to `out`? All are contiguous, and `out` lies apart."""
        return (
            self._native(out, x, y) is not None
            and all(V.ndim == 2 and V.size > 0 and V.flags.c_contiguous for V in (out, x, y))
            and writable(out)
            and self._apart(out, x)
            and self._apart(out, y)
        )

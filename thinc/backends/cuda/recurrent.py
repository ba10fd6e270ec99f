"""The LSTM on a GPU: products by the vendor's library, and one kernel per step for all units of its rows."""

from ..reference import _packed
from ..reference.recurrent import Recurrent as Reference
from ._binding import FLOATS
from .gemm import Gemm

__all__ = ["Recurrent"]


class Recurrent(Gemm, Reference):
    """The steps of the reference, with all but the product of a step in one kernel."""

    def _run(self, Y, G, C, Wh, hidden, cells, sizes, direction):
        T, O = FLOATS[G.dtype], C.shape[1]
        starts = _packed.offsets(sizes)
        batch = sizes[0] if sizes else 0
        h, c, R = self._new((batch, O), G), self._new((batch, O), G), self._new((batch, 4 * O), G)
        h[...], c[...] = hidden, cells
        for t in reversed(range(len(sizes))) if direction else range(len(sizes)):
            n = sizes[t]
            self.gemm(h[:n], Wh, out=R[:n], trans2=True)
            self._launch("lstm_cells", "", T, n * O, Y, G, C, h, c, R, starts[t], n, O)

    def _unroll(self, dY, G, C, C_before, Wh, sizes, direction):
        T, O = FLOATS[G.dtype], C.shape[1]
        starts = _packed.offsets(sizes)
        batch = sizes[0] if sizes else 0
        dA = self._new(G.shape, G)
        dh, dc = self.xp.zeros((batch, O), C.dtype), self.xp.zeros((batch, O), C.dtype)
        stride = dY.strides[0] // dY.itemsize
        for t in range(len(sizes)) if direction else reversed(range(len(sizes))):
            n, start = sizes[t], starts[t]
            arrays = (dA, dc, dY, stride, dh, G, C, C_before)
            self._launch("lstm_cell_slopes", "", T, n * O, *arrays, start, n, O)
            self.gemm(dA[start : start + n], Wh, out=dh[:n])
        return dA, dh, dc

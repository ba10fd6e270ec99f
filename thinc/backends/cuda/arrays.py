"""Dropout masks on a GPU."""

import math

import numpy

from ..reference.arrays import SMALL_MASK
from ..reference.arrays import Arrays as Reference
from ._binding import Binding

__all__ = ["Arrays"]


class Arrays(Binding, Reference):
    """The mask has the bits of the reference; small ones are drawn by the reference itself."""

    def get_dropout_mask(self, shape, drop):
        size = math.prod(shape) if isinstance(shape, (tuple, list)) else int(shape)
        if drop is None or not 0 < drop < 1 or size <= SMALL_MASK:
            return super().get_dropout_mask(shape, drop)
        seed = int(numpy.random.randint(0, 2**63, dtype=numpy.int64))
        Y = self.xp.empty(shape, "float32")
        limit, scale = math.ceil(drop * 2**24), 1.0 / (1.0 - drop)
        self._launch("dropout_mask", "", "", size, Y, size, seed, limit, scale)
        return Y

"""Hashes of keys and rows of tables on a GPU."""

from .. import checks
from ..reference.embedding import Embedding as Reference
from ._binding import WARP, contiguous
from .reductions import Reductions

__all__ = ["Embedding"]


class Embedding(Reductions, Reference):
    """`scatter_add` sorts the indices, so that it gives the same bits every time.

    `CupyOps(deterministic=False)` adds atomically instead, in any order, which needs no sorting.
    """

    _deterministic = True

    def _words(self, op, name, keys):
        """`_keys` on the device, contiguous."""
        return contiguous(self.xp.asarray(self._keys(op, name, keys)))

    def hash(self, ids, seed):
        keys, seed = self._words("hash", "ids", ids), int(seed)
        if not 0 <= seed < 2**32:
            return super().hash(ids, seed)
        hashes = self.xp.empty((keys.size, 4), "uint32")
        self._launch("hash_ids", "", "", keys.size, hashes, keys, keys.size, seed)
        return hashes

    def ngrams(self, n, keys):
        words = self._words("ngrams", "keys", keys)
        n = checks.integer("ngrams", "n", n, least=-(2**63), most=2**63)
        if not 1 <= n <= words.size:
            return super().ngrams(n, keys)
        hashes = self.xp.empty(words.size - n + 1, "uint64")
        self._launch("hash_ngrams", "", "", hashes.size, hashes, words, hashes.size, n)
        return hashes

    def gather_add(self, table, indices):
        T = self._native(table)
        if not T or table.ndim != 2 or table.shape[0] > 2**32:
            return super().gather_add(table, indices)
        indices = checks.ids("gather_add", "indices", indices, table.shape[0], self.xp)
        checks.rank("gather_add", "indices", indices, 2)
        rows = contiguous(indices.astype("uint32", copy=False))
        (B, K), O = rows.shape, table.shape[1]
        Y, table = self._new((B, O), table), contiguous(table)
        self._launch("gather_sum", "", T, B * WARP, Y, table, rows, B, K, O)
        return Y

    def premap_ids(self, ids, table, default=0):
        op = "premap_ids"
        known = isinstance(ids, self.xp.ndarray) and isinstance(table, self.xp.ndarray)
        if not known or table.dtype != "uint64" or table.ndim != 2 or table.shape[1] != 2:
            return super().premap_ids(ids, table, default)
        slots = table.shape[0]
        if slots == 0 or slots & (slots - 1):
            return super().premap_ids(ids, table, default)
        keys = self._words(op, "ids", ids)
        default = checks.integer(op, "default", default, least=-(2**31))
        Y = self.xp.empty(keys.shape, "int32")
        negative = int(ids.dtype.kind == "i")
        self._launch("find_ids", "", "", Y.size, Y, keys, Y.size, contiguous(table), slots, negative, default)
        return Y

    def _add_rows(self, table, indices, values):
        T = self._native(table)
        if not T or not table.flags.c_contiguous:
            super()._add_rows(table, indices, values)
            return
        indices = contiguous(indices.astype("int64").reshape(-1))
        N, O = indices.size, table.size // max(table.shape[0], 1)
        values = contiguous(values.astype(table.dtype, copy=False))
        if O == 0:
            return
        if self._deterministic:
            keys = self.xp.sort(indices * N + self.xp.arange(N))
            self._launch("scatter_sorted", "", T, N * WARP, table, keys, values, N, O)
        else:
            self._launch("scatter_atomic", "", T, N * WARP, table, indices, values, N, O)

"""Keys and tables: hashing, n-grams, sums of table rows, fixed maps of ids, sparse linear maps."""

import math
import operator

from .. import checks
from ._murmur import finalize64, murmur2_64a, murmur3_32, murmur3_128
from ._storage import quiet
from .reductions import Reductions

UINT64_MASK = 2**64 - 1
# Marks a used slot of a table of ids; the low 32 bits beside it are the value.
USED = 2**32


class Embedding(Reductions):
    """Hashing, gathering and scattering."""

    def _keys(self, op, name, keys):
        """Integers of one dimension as uint64, negative ones in two's complement; lists pass."""
        if not hasattr(keys, "dtype"):
            try:
                values = [operator.index(key) for key in keys]
            except TypeError:
                raise TypeError(
                    f"{op}: {name} must be integers of one dimension; got {type(keys).__name__}"
                ) from None
            for i, value in enumerate(values):
                if not -(2**63) <= value < 2**64:
                    raise OverflowError(f"{op}: {name} must have 64 bits at most; got {value} (item {i})")
            return self.xp.array([value & UINT64_MASK for value in values], dtype="uint64")
        checks.real(op, name, keys, "iu")
        checks.rank(op, name, keys, 1)
        return keys.astype("uint64")

    # -- hashing -------------------------------------------------------------------------------------

    def hash(self, ids, seed):
        """Four 32-bit hashes of each id: MurmurHash3 x64 128 of its 8 little-endian bytes.

        Args:
            ids: integers (N,); negative ones count in two's complement.
            seed: in [0, 2**32); a float is truncated.
        Returns:
            uint32 (N, 4): the low and high words of both halves.
        Raises:
            TypeError: ids are no integers, the seed is no number.
            ValueError: ids are not one-dimensional.
            OverflowError: the seed, or an id in a list, is out of range.
        Source: A. Appleby, SMHasher, MurmurHash3.
        """
        keys = self._keys("hash", "ids", ids)
        return murmur3_128(self.xp, keys, checks.uint32("hash", "seed", seed))

    def ngrams(self, n, keys):
        """One 64-bit hash of each n keys in a row: MurmurHash64A, seed 0, of their bytes.

        Args:
            n: how many keys; less than 1 or more than N gives no hashes.
            keys: integers (N,); negative ones count in two's complement.
        Returns:
            uint64 (max(0, N - n + 1),).
        Raises:
            TypeError: n or the keys are no integers.
            ValueError: the keys are not one-dimensional.
            OverflowError: a key in a list has more than 64 bits.
        Source: A. Appleby, SMHasher, MurmurHash2.
        """
        keys = self._keys("ngrams", "keys", keys)
        n = checks.integer("ngrams", "n", n, least=-math.inf, most=math.inf)
        if not 1 <= n <= keys.shape[0]:
            return self.xp.zeros(0, "uint64")
        count = keys.shape[0] - n + 1
        return murmur2_64a(self.xp, keys[self.xp.arange(count)[:, None] + self.xp.arange(n)])

    # -- tables --------------------------------------------------------------------------------------

    @quiet
    def gather_add(self, table, indices):
        """Sums of table rows: `Y[b] = table[indices[b, 0]] + table[indices[b, 1]] + ...`.

        Args:
            table: float32 or float64 (T, O).
            indices: integers (B, K), each in [0, T).
        Returns:
            (B, O), dtype of the table; zeros if K is 0.
        Raises:
            TypeError: the table is no float32 or float64 array, the indices are no integers.
            ValueError: the table or the indices are not two-dimensional.
            IndexError: an index is out of range.
        """
        checks.array("gather_add", "table", table)
        checks.same_dtype("gather_add", table=table)
        checks.rank("gather_add", "table", table, 2)
        indices = checks.ids("gather_add", "indices", indices, table.shape[0], self.xp)
        checks.rank("gather_add", "indices", indices, 2)
        Y = self.xp.zeros((indices.shape[0], table.shape[1]), table.dtype)
        for column in indices.T:
            Y += table[column]
        return Y

    @quiet
    def scatter_add(self, table, indices, values):
        """Add to rows of a table in place: `table[indices[i]] += values[i]`, in order.

        A row that is named twice receives both. Negative indices are skipped, whatever their dtype:
        that is how the gradient of a missing id is dropped.

        Args:
            table: numbers (T, ...), written to.
            indices: integers, any shape, each less than T.
            values: what broadcasts to the shape of indices followed by that of a table row.
        Returns:
            None.
        Raises:
            TypeError: the table is no array of numbers, the indices are no integers, or the values
                can't be cast to the dtype of the table.
            ValueError: the table is read-only or has no dimension, the values have another shape.
            IndexError: an index is too large.
        """
        op = "scatter_add"
        checks.writable(op, "table", table)
        checks.real(op, "table", table, "fiu")
        if table.ndim == 0:
            raise ValueError(f"{op}: table must have at least one dimension; got none")
        values = self.xp.asarray(values)
        checks.real(op, "values", values, "fiub" if table.dtype.kind == "f" else "iu")
        indices = checks.ids(op, "indices", indices, table.shape[0], self.xp, negative=True)
        expected = (*indices.shape, *table.shape[1:])
        try:
            values = self.xp.broadcast_to(values, expected)
        except ValueError:
            raise ValueError(f"{op}: values must have shape {expected}; got {values.shape}") from None
        if checks.overlap(table, values):
            values = values.copy()
        self._add_rows(table, indices, values)

    def _add_rows(self, table, indices, values):
        """`scatter_add` of sound indices and of values that have the shape of its result."""
        kept = indices >= 0
        self.xp.add.at(table, indices[kept], values[kept].astype(table.dtype, copy=False))

    # -- fixed maps of ids ---------------------------------------------------------------------------

    def id_table(self, keys, values):
        """A table from ids to 32-bit values: `(key, value + 2**32)` in hashed slots.

        Slots are (key, value) pairs; an unused one is (0, 0). A key is in the first slot from its hash on
        (the finaliser of MurmurHash3, modulo the slots) that no other key had taken. At most half of the
        slots are used.

        Args:
            keys: integers (N,), all different; negative ones count in two's complement.
            values: integers (N,), of which the low 32 bits are kept.
        Returns:
            uint64 (S, 2), S a power of two.
        Raises:
            TypeError: no integers.
            ValueError: another shape, or a key that occurs twice.
        """
        op = "id_table"
        keys, values = self._keys(op, "keys", keys), self._keys(op, "values", values)
        checks.shape(op, "values", values, keys.shape)
        distinct = self.xp.unique(keys).shape[0]
        if distinct != keys.shape[0]:
            raise ValueError(f"{op}: keys must be all different; got {distinct} of {keys.shape[0]}")
        mask = 2 ** max(1, (2 * distinct - 1).bit_length()) - 1
        table = self.xp.zeros((mask + 1, 2), "uint64")
        entries = values & keys.dtype.type(USED - 1) | keys.dtype.type(USED)
        slots = (finalize64(keys) & keys.dtype.type(mask)).astype("int64")
        left = self.xp.arange(distinct)
        while left.shape[0]:
            # Of those whose slot is free, the first one takes it; all others look at the next slot.
            free = left[table[slots[left], 1] == 0]
            taken, first = self.xp.unique(slots[free], return_index=True)
            table[taken, 0], table[taken, 1] = keys[free[first]], entries[free[first]]
            left = left[table[slots[left], 0] != keys[left]]
            slots[left] = (slots[left] + 1) & mask
        return table

    def premap_ids(self, ids, table, default=0):
        """Value of each id in a fixed table: `Y[i] = table.get(ids[i], default)`.

        Args:
            ids: integers (N,) of any dtype; negative ones are in no table.
            table: uint64 (S, 2), made by `id_table`.
            default: an int32, for the ids that are not in the table.
        Returns:
            int32 (N,).
        Raises:
            TypeError: the ids are no integers, the table has another dtype.
            ValueError: another shape, or the default is no int32.
        """
        op = "premap_ids"
        keys = self._keys(op, "ids", ids)
        checks.array(op, "table", table)
        checks.dtype(op, "table", table, "uint64")
        n_slots = table.shape[0] if table.ndim == 2 else 0
        if n_slots == 0 or n_slots & (n_slots - 1) or table.shape[1] != 2:
            raise ValueError(f"{op}: table must have shape (a power of two, 2); got {table.shape}")
        default = checks.integer(op, "default", default, least=-(2**31))
        Y = self.xp.full(keys.shape, default, "int32")
        slots = (finalize64(keys) & keys.dtype.type(n_slots - 1)).astype("int64")
        left = self.xp.nonzero(self.xp.asarray(ids) >= 0)[0]
        for _ in range(n_slots):
            found = table[slots[left]]
            known = (found[:, 0] == keys[left]) & (found[:, 1] != 0)
            Y[left[known]] = found[known, 1].astype("uint32").astype("int32")
            left = left[(found[:, 1] != 0) & ~known]
            if not left.shape[0]:
                break
            slots[left] = (slots[left] + 1) & (n_slots - 1)
        return Y

    # -- sparse linear maps --------------------------------------------------------------------------

    def _slots(self, keys, nO, length, v1_indexing):
        """Where the weights of each key are, by both hashes: two arrays (T, O) of positions in W."""
        columns = self.xp.arange(nO)[None, :]
        for seed in (0, 1):
            h = murmur3_32(self.xp, keys, seed).astype("int64")[:, None]
            yield (h & (length - 1)) + columns if v1_indexing else h % length + columns * length

    def _features(self, op, keys, values, lengths):
        """The features of all rows, checked; the keys as uint64."""
        checks.array(op, "keys", keys)
        checks.dtype(op, "keys", keys, "uint64", "int64")
        keys = self._keys(op, "keys", keys)
        checks.array(op, "values", values)
        checks.shape(op, "values", values, keys.shape)
        return keys, checks.lengths(op, lengths, keys.shape[0], 0, self.xp)

    @quiet
    def sparse_linear(self, keys, values, lengths, W, b, v1_indexing=False):
        """Scores of weighted features: `Y[i] = b + sum of value * (W[slot0] + W[slot1])`.

        Two 32-bit hashes of a key, with seeds 0 and 1, give its two slots: for class o, at
        `o * length + h % length` of W, where length is the size of W over O. If both slots are the same,
        the weight counts twice. A row without features gives b.

        Args:
            keys: uint64 or int64 (T,), the features of all rows.
            values: dtype of W, (T,).
            lengths: integers (B,), each >= 0, summing to T: how many features each row has.
            W: float32 or float64 (O * length,).
            b: dtype of W, (O,).
            v1_indexing: slots at `(h & (length - 1)) + o` instead, which overlap; for stored models.
        Returns:
            (B, O), dtype of W.
        Raises:
            TypeError: an array is missing or has another dtype.
            ValueError: another shape, a negative length, or W is no multiple of O.
            IndexError: the lengths do not sum to T. The exception is a ValueError too.
        """
        op = "sparse_linear"
        keys, lengths = self._features(op, keys, values, lengths)
        for name, V in (("W", W), ("b", b)):
            checks.array(op, name, V)
            checks.rank(op, name, V, 1)
        checks.same_dtype(op, W=W, b=b, values=values)
        nO = b.shape[0]
        if W.shape[0] == 0 or nO == 0 or W.shape[0] % nO:
            raise ValueError(f"{op}: W must have a positive multiple of {nO} elements; got {W.shape[0]}")
        first, second = self._slots(keys, nO, W.shape[0] // nO, v1_indexing)
        return b + self._segment_sum(values[:, None] * (W[first] + W[second]), lengths)

    @quiet
    def backprop_sparse_linear(self, dY, keys, values, lengths, length, v1_indexing=False, add_to=None):
        """Gradients of `sparse_linear`: `dW[slot] += value * dY[row]`, `db = dY.sum(axis=0)`.

        For both slots of every key.

        Args:
            dY: float32 or float64 (B, O).
            keys, values, lengths, v1_indexing: as in the forward pass.
            length: the number of weights per class, > 0.
            add_to: the dW to add to, (O * length,), dtype of dY; zeros without. A table is large, and a batch
                uses little of it.
        Returns:
            dW (O * length,), db (O,), dtype of dY.
        Raises:
            TypeError: an array is missing or has another dtype.
            ValueError: another shape, a negative length, or a table length that is not > 0.
            IndexError: the lengths do not sum to T. The exception is a ValueError too.
        """
        op = "backprop_sparse_linear"
        checks.array(op, "dY", dY)
        checks.rank(op, "dY", dY, 2)
        length = checks.integer(op, "length", length, least=1)
        keys, lengths = self._features(op, keys, values, lengths)
        checks.same_dtype(op, dY=dY, values=values)
        checks.shape(op, "dY", dY, (lengths.shape[0], dY.shape[1]))
        if add_to is not None:
            checks.array(op, "add_to", add_to)
            checks.same_dtype(op, dY=dY, add_to=add_to)
            checks.shape(op, "add_to", add_to, (dY.shape[1] * length,))
            checks.writable(op, "add_to", add_to)
        dW = self.xp.zeros(dY.shape[1] * length, dY.dtype) if add_to is None else add_to
        d_features = self.backprop_reduce_sum(dY, lengths) * values[:, None]
        for slots in self._slots(keys, dY.shape[1], length, v1_indexing):
            self._add_rows(dW, slots, d_features)
        return dW, dY.sum(axis=0)

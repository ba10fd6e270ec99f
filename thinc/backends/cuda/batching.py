"""Padded blocks on a GPU."""

import numpy

from ..reference.batching import Batching as Reference
from ._binding import contiguous
from .arrays import Arrays

__all__ = ["Batching"]

# The words that items are copied as, by their bytes.
WORDS = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int", 8: "unsigned long long"}


class Batching(Arrays, Reference):
    """One launch for all sequences of a block."""

    def pad(self, seqs, round_to=1):
        if round_to < 1 or not self._paddable(seqs):
            return super().pad(seqs, round_to)
        seqs = [contiguous(sequence) for sequence in seqs]
        first, lengths = seqs[0], [sequence.shape[0] for sequence in seqs]
        longest = max(lengths)
        longest += -longest % round_to
        Y = self._new((len(seqs), longest, *first.shape[1:]), first)
        B, L = Y.shape[0], Y.size // Y.shape[0]
        table = [[self._module.address(sequence) for sequence in seqs], [sequence.size for sequence in seqs]]
        # The rows of one upload: addresses, and sizes in words.
        addresses, sizes = self.xp.asarray(numpy.array(table, "int64"))
        self._launch("pad_words", "", WORDS[Y.itemsize], Y.size, Y, addresses, sizes, B, L)
        return Y

    def _paddable(self, seqs):
        """Do the sequences fit into one block, as arrays that a kernel can copy?"""
        if len(seqs) == 0 or not all(isinstance(sequence, self.xp.ndarray) for sequence in seqs):
            return False
        first = seqs[0]
        return (
            first.ndim > 0
            and first.dtype.itemsize in WORDS
            and all(V.dtype == first.dtype and V.shape[1:] == first.shape[1:] and V.ndim for V in seqs)
        )

"""What the tagger sees of a word: four numbers for its form, edges and shape.

The strings are hashed with MurmurHash, which is the same on every machine and in
every process; `HashEmbed` turns the numbers into vectors. Each word type is
analysed once.
"""

from collections.abc import Sequence

import numpy
from murmurhash.mrmr import hash as murmurhash

__all__ = ["FEATURES", "Features", "shape_of"]

FEATURES = ("word", "prefix", "suffix", "shape")
# Runs of one character class are cut here: "Xxxxxxx" and "Xxxxx" are one shape.
LONGEST_RUN = 4


class Features:
    """Maps words to uint64 (T, 4): hashes of word, prefix, suffix and shape.

    Args:
        lower: hash the word, its prefix and its suffix in lower case; the shape keeps the case.
        prefix, suffix: how many characters these two have.
    """

    def __init__(self, *, lower: bool = False, prefix: int = 3, suffix: int = 3) -> None:
        self.lower = lower
        self.prefix = prefix
        self.suffix = suffix
        self._rows: dict[str, tuple[int, int, int, int]] = {}

    def strings(self, word: str) -> tuple[str, str, str, str]:
        """The four strings of `word`, in the order of `FEATURES`."""
        form = word.lower() if self.lower else word
        return form, form[: self.prefix], form[-self.suffix :], shape_of(word)

    def __call__(self, words: Sequence[str]) -> numpy.ndarray:
        rows = self._rows
        for word in words:
            if word not in rows:
                rows[word] = tuple(murmurhash(text) % 2**64 for text in self.strings(word))
        table = numpy.array([rows[word] for word in words], dtype="uint64")
        return table.reshape((len(words), len(FEATURES)))


def shape_of(word: str) -> str:
    """The classes of a word's characters: `X` upper, `x` lower, `d` digit, else itself.

    Example:
        >>> shape_of("McDonald-2000")
        'XxXxxxx-dddd'
    """
    shape: list[str] = []
    for char in word:
        kind = "X" if char.isupper() else "x" if char.isalpha() else "d" if char.isdigit() else char
        if shape[-LONGEST_RUN:] != [kind] * LONGEST_RUN:
            shape.append(kind)
    return "".join(shape)

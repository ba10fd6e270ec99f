"""Tagged sequences of words, and how they are divided into train and held-out.

Every source (CoNLL-U files, `python_source`) yields `Sentence`s; everything behind it sees nothing else.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..training.conllu import Sentence

__all__ = ["Corpus", "MostFrequentTag"]


@dataclass(frozen=True)
class Corpus:
    """Sentences to learn from and sentences held out.

    Args:
        examples: for people, an example of each tag, where tags want explaining.
    Attributes:
        tags: the tags of the training part, sorted.
    """

    name: str
    train: Sequence[Sentence]
    dev: Sequence[Sentence]
    examples: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        for part, sentences in (("train", self.train), ("held-out", self.dev)):
            if not any(map(len, sentences)):
                raise ValueError(f"{self.name}: the {part} part must hold a tagged word; got none")
        object.__setattr__(self, "tags", tuple(sorted(set().union(*(each.tags for each in self.train)))))


class MostFrequentTag:
    """The baseline: each word gets the tag it most often had in training.

    A word never seen gets the most frequent tag of all. Ties go to the tag that
    sorts first, so that the order of the files does not matter.
    """

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        by_word: dict[str, Counter[str]] = {}
        total: Counter[str] = Counter()
        for sentence in sentences:
            total.update(sentence.tags)
            for word, tag in zip(sentence.words, sentence.tags, strict=True):
                by_word.setdefault(word, Counter())[tag] += 1
        self.default = most_common(total)
        self.table = {word: most_common(counts) for word, counts in by_word.items()}

    def predict(self, words: Sequence[str]) -> list[str]:
        return [self.table.get(word, self.default) for word in words]

    def accuracy(self, sentences: Sequence[Sentence]) -> float:
        """Share of words whose predicted tag is the gold one."""
        right = total = 0
        for sentence in sentences:
            right += sum(map(str.__eq__, self.predict(sentence.words), sentence.tags))
            total += len(sentence)
        return right / total


def most_common(counts: Counter[str]) -> str:
    return min(counts, key=lambda tag: (-counts[tag], tag))

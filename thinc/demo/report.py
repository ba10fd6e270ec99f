"""What a tagger gets right, tag by tag, and which held-out sentences to show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..training.conllu import Sentence
from .corpus import Corpus

__all__ = ["TagScore", "sentences_to_show", "tag_scores", "tag_table"]

# Sentences worth looking at have this many words, and different tags at least.
SHOWN_WORDS = range(6, 15)
SHOWN_TAGS = 4
SHOWN_CHARACTERS = 72


@dataclass(frozen=True)
class TagScore:
    """Counts for one tag: gold words, predicted words, and those that are both."""

    gold: int
    predicted: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.gold + self.predicted) if self.right else 0.0


def tag_scores(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, TagScore]:
    """The score of every tag in `gold` or `predicted`, the commonest gold tag first."""
    golds, guesses = Counter(gold), Counter(predicted)
    right = Counter(tag for tag, guess in zip(gold, predicted, strict=True) if tag == guess)
    tags = sorted({*golds, *guesses}, key=lambda tag: (-golds[tag], tag))
    return {tag: TagScore(golds[tag], guesses[tag], right[tag]) for tag in tags}


def tag_table(
    corpus: Corpus, predicted: Sequence[str], baseline: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows: held-out words, F1 of the baseline, then precision, recall and F1, in per cent."""
    gold = [tag for sentence in corpus.dev for tag in sentence.tags]
    base = tag_scores(gold, baseline)
    header = ["tag", "words", "baseline F1", "precision", "recall", "F1"]
    rows = []
    for tag, score in tag_scores(gold, predicted).items():
        shares = (base[tag].f1 if tag in base else 0.0, score.precision, score.recall, score.f1)
        rows.append([tag, f"{score.gold:,}", *(f"{100 * share:.1f}" for share in shares)])
        if corpus.examples:
            rows[-1].append(corpus.examples.get(tag, ""))
    return header + ["example"] * bool(corpus.examples), rows


def sentences_to_show(sentences: Sequence[Sentence], count: int, seed: int) -> list[int]:
    """Indices of at most `count` sentences, drawn from those that are neither short nor monotonous."""
    fitting = [
        index
        for index, each in enumerate(sentences)
        if len(each) in SHOWN_WORDS
        and len(set(each.tags)) >= SHOWN_TAGS
        and sum(map(len, each.words)) + sum(each.spaces) <= SHOWN_CHARACTERS
    ]
    drawn = numpy.random.RandomState(seed % 2**32).permutation(len(fitting))[:count]
    return [fitting[i] for i in sorted(drawn)]

"""The training loop, as a generator of what there is to say about it.

Its numbers depend on data, config and seed alone. The clock, or whoever calls `interrupt`,
can end training early; `stopped` then says why.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy

from ..api import Model, Optimizer, fix_random_seed, registry
from .corpus import Sentence
from .tagger import Tagger, batches_by_words

__all__ = ["Report", "Trainer"]

# Sentences from which the model's missing dimensions are inferred.
SAMPLE = 8
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Report:
    """Where training stands after a step."""

    step: int
    words: int
    seconds: float
    loss: float  # Cross-entropy per word, since the evaluation before.
    accuracy: float | None = None  # On held-out sentences; None between evaluations.

    @property
    def words_per_second(self) -> float:
        return self.words / max(self.seconds, 1e-9)


class Trainer:
    """Trains a tagger on sentences, evaluating it on others now and then.

    The model learns from `words` words (of the section [training]), in batches of whole sentences,
    shuffled anew in every pass over the data. What is evaluated, and what remains in the model when
    training is over, are the optimizer's running averages of the weights.

    Attributes:
        goal: words to learn from.
        stopped: why training ended early, or "".
    """

    def __init__(self, tagger: Tagger, train: Sequence[Sentence], dev: Sequence[Sentence]) -> None:
        filled = tagger.config.interpolate()
        built = registry.resolve({name: filled[name] for name in ("training", "optimizer", "loss")})
        self.settings: dict[str, Any] = built["training"]
        self.goal: int = self.settings["words"]
        self.seed: int = self.settings["seed"]
        self.optimizer: Optimizer = built["optimizer"]
        self.loss: Callable = built["loss"]
        self.tagger = tagger
        self.model: Model = tagger.model
        self.X, self.Y = self.encoded(train)
        self.lengths = [len(rows) for rows in self.X]
        self.dev_X, dev_Y = self.encoded(dev)
        self.dev_Y = numpy.concatenate(dev_Y)
        self.stopped = ""

    def encoded(self, sentences: Sequence[Sentence]) -> tuple[list[numpy.ndarray], list[numpy.ndarray]]:
        """Features and tag numbers of sentences; -1 is a tag unknown to the tagger."""
        numbers = self.tagger.tag_ids
        tags = [numpy.array([numbers.get(tag, -1) for tag in each.tags], dtype="int32") for each in sentences]
        return self.tagger.encode([each.words for each in sentences]), tags

    def interrupt(self) -> None:
        """End training after the present step, without an evaluation."""
        self.stopped = INTERRUPTED

    def train(self) -> Iterator[Report]:
        """Train from scratch; one report for each step.

        The last one has an evaluation, unless training was interrupted.
        """
        fix_random_seed(self.seed)
        self.model.initialize(X=self.X[:SAMPLE])
        limit, part = self.settings["seconds"], self.goal / self.settings["evaluations"]
        words = since = 0
        seconds = loss = 0.0
        due = part
        for step, batch in enumerate(self.batches(), start=1):
            started = time.perf_counter()
            loss += self.update(batch)
            seconds += time.perf_counter() - started
            words += sum(self.lengths[i] for i in batch)
            if seconds >= limit and words < self.goal and not self.stopped:
                self.stopped = f"the limit of {limit:g} seconds was reached"
            over = words >= self.goal or bool(self.stopped)
            evaluated = (over or words >= due) and self.stopped != INTERRUPTED
            yield Report(step, words, seconds, loss / (words - since), self.evaluate() if evaluated else None)
            if over:
                break
            if evaluated:
                since, loss = words, 0.0
                due += part
        self.keep_averages()

    def batches(self) -> Iterator[list[int]]:
        sizes = self.settings["batch_words"]
        sizes = repeat(sizes) if isinstance(sizes, (int, float)) else iter(sizes)
        while True:
            order = numpy.random.permutation(len(self.X)).tolist()
            yield from batches_by_words(order, self.lengths, sizes)

    def update(self, batch: Sequence[int]) -> float:
        """One step of training. Returns the sum of the words' cross-entropies before it."""
        truths = numpy.concatenate([self.Y[i] for i in batch])
        guesses, backprop = self.model.begin_update([self.X[i] for i in batch])
        gradient, _ = self.loss(guesses, truths)
        backprop(gradient)
        self.model.finish_update(self.optimizer)
        self.optimizer.step_schedules()
        of_truths = guesses[numpy.arange(len(truths)), truths]
        return -float(numpy.log(numpy.maximum(of_truths, 1e-20)).sum())

    def evaluate(self) -> float:
        """Accuracy on the held-out sentences with the averaged weights."""
        with self.model.use_params(self.averages()):
            return float((self.tagger.predict_ids(self.dev_X) == self.dev_Y).mean())

    def averages(self) -> dict[Any, Any]:
        """The optimizer's averages, by node and name; none where it was told to keep none."""
        return self.optimizer.averages or {}

    def keep_averages(self) -> None:
        averages = self.averages()
        for node in self.model.walk():
            for name in node.param_names:
                if (node.id, name) in averages:
                    node.set_param(name, averages[node.id, name])

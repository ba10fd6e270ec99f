"""What a reader returns: examples to learn from and examples held out, each an input with its truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..api import to_categorical

__all__ = ["Data", "Examples", "accuracy", "as_data", "pick", "split"]


def pick(values: Any, indices: Sequence[int]) -> Any:
    """Some of the rows of an array, or of the items of a list."""
    if hasattr(values, "shape"):
        return values[numpy.asarray(indices, dtype="int64")]
    return [values[index] for index in indices]


@dataclass(frozen=True)
class Examples:
    """Inputs and truths, one of each per example.

    Args:
        X: an array with one row per example, or a list.
        Y: an array of class numbers (N,) or of vectors (N, O); or a list of such, one for each example.
    """

    X: Any
    Y: Any

    def __post_init__(self) -> None:
        if len(self.X) != len(self.Y):
            raise ValueError(f"examples: X and Y must go together; got {len(self.X)} and {len(self.Y)}")

    def __len__(self) -> int:
        return len(self.X)

    def at(self, indices: Sequence[int]) -> "Examples":
        return Examples(pick(self.X, indices), pick(self.Y, indices))

    @property
    def sizes(self) -> list[int]:
        """How many truths each example has: 1 for a row, the length of a sequence."""
        return [1] * len(self.Y) if hasattr(self.Y, "shape") else [len(each) for each in self.Y]


def accuracy(guesses: Any, truths: Any) -> float:
    """Share of rows whose largest guess is that of the true class."""
    return float((guesses.argmax(axis=1) == truths).mean())


@dataclass(frozen=True)
class Data:
    """All that training needs to know of its data.

    Args:
        name: for people.
        train: what is learnt from.
        dev: what is held out for the evaluations.
        labels: names of the classes, in the order of their numbers; empty where truths are vectors.
        score: from guesses and truths, both with a row for each, to a number that is larger for a better
            model. By default the accuracy where there are labels, otherwise minus the loss.
    Raises:
        ValueError: one of the parts has no truths.
    """

    name: str
    train: Examples
    dev: Examples
    labels: tuple[str, ...] = ()
    score: Callable[[Any, Any], float] | None = None

    def __post_init__(self) -> None:
        for part, examples in (("training", self.train), ("held-out", self.dev)):
            if not sum(examples.sizes):
                raise ValueError(f"{self.name}: the {part} part must hold an example; got none")
        if self.labels and self.score is None:
            object.__setattr__(self, "score", accuracy)

    def sample(self, count: int) -> Examples:
        """The first examples, with class numbers as rows, from which missing dimensions are inferred."""
        first = self.train.at(range(min(count, len(self.train))))
        if not self.labels:
            return first
        n_classes = len(self.labels)
        if hasattr(first.Y, "shape"):
            return Examples(first.X, to_categorical(first.Y, n_classes))
        return Examples(first.X, [to_categorical(numpy.asarray(each), n_classes) for each in first.Y])


def as_data(found: Any, name: str) -> Data:
    """What a reader returned, as `Data`; a pair `(train_X, train_Y), (dev_X, dev_Y)` will do.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(found, Data):
        return found
    try:
        (train_X, train_Y), (dev_X, dev_Y) = found
    except (TypeError, ValueError):
        raise TypeError(
            f"{name}: a reader must return thinc.training.data.Data or "
            f"((train_X, train_Y), (dev_X, dev_Y)); got {type(found).__name__}"
        ) from None
    return Data(name, Examples(train_X, train_Y), Examples(dev_X, dev_Y))


def split(count: int, dev_share: float, seed: int) -> tuple[list[int], list[int]]:
    """Numbers below `count`, divided at random into those to learn from and those held out."""
    if not 0 < dev_share < 1:
        raise ValueError(f"dev_share: must be between 0 and 1; got {dev_share}")
    order = numpy.random.RandomState(seed % 2**32).permutation(count).tolist()
    n_dev = round(dev_share * count)
    return sorted(order[n_dev:]), sorted(order[:n_dev])

"""The training loop, as a generator of what there is to say about it.

Its numbers depend on data, model and settings alone. The clock, or whoever calls `interrupt`, can end
training early; `stopped` then says why. Between two reports `state` gives all that it takes to go on from
there, to the bit.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import islice, repeat
from types import FrameType
from typing import Any

import numpy

from .. import compat
from ..api import (
    CategoricalCrossentropy,
    Model,
    Optimizer,
    Ragged,
    SequenceCategoricalCrossentropy,
    fix_random_seed,
)
from .data import Data, Examples

__all__ = ["Report", "Settings", "Trainer", "joined", "predictions", "stopping_at_interrupt"]

# Examples from which the model's missing dimensions are inferred.
SAMPLE = 8
# Prediction goes by batches of this many truths: enough for full speed, small enough for the cache.
PREDICTED_AT_ONCE = 2000
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Settings:
    """How long to train, and in which steps. An item is what has a truth: a row, or a word of a sentence.

    Args:
        seed: of all random numbers.
        epochs: passes over the data.
        items: how much to learn from, instead of `epochs`.
        batch_size: items in a step, at least; a number or a schedule.
        evaluate_every: items between evaluations; None is one pass over the data.
        patience: evaluations without a better score after which training ends; None is any number.
        seconds: training ends early when it has taken this long.
    Raises:
        ValueError: a value makes no sense.
    """

    seed: int = 0
    epochs: float = 10
    items: float | None = None
    batch_size: Any = 128
    evaluate_every: float | None = None
    patience: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "items", "batch_size", "evaluate_every", "patience", "seconds"):
            value = getattr(self, name)
            if isinstance(value, (int, float)) and not value > 0:
                raise ValueError(f"training.{name}: must be more than 0; got {value!r}")
            if isinstance(value, str):
                raise ValueError(f"training.{name}: must be a number; got {value!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ValueError(f"training.seed: must be an integer; got {self.seed!r}")

    @classmethod
    def names(cls) -> list[str]:
        return [field.name for field in fields(cls)]


@dataclass(frozen=True)
class Report:
    """Where training stands after a step."""

    step: int
    epoch: float
    items: int
    seconds: float
    loss: float  # Per item, since the evaluation before; the cross-entropy where the loss is one.
    score: float | None = None  # On held-out examples; None between evaluations.
    best: bool = False  # No evaluation before had a score as good.

    @property
    def items_per_second(self) -> float:
        return self.items / max(self.seconds, 1e-9)


class Trainer:
    """Trains a model on examples, evaluating it on others now and then.

    Examples are shuffled anew in every pass over the data. What is evaluated are the optimizer's running
    averages of the weights.

    Args:
        model: built, and not yet initialized.
        loss: from guesses and truths to the gradient and the loss.
    Attributes:
        goal: items to learn from.
        stopped: why training ended early, or "".
    """

    def __init__(
        self, model: Model, optimizer: Optimizer, loss: Callable, data: Data, settings: Settings = Settings()
    ) -> None:
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.data, self.settings = data, settings
        self.sizes = data.train.sizes
        in_epoch = sum(self.sizes)
        self.goal = int(settings.epochs * in_epoch if settings.items is None else settings.items)
        self.part = in_epoch if settings.evaluate_every is None else settings.evaluate_every
        self.stopped = ""
        self.step = self.items = self.since = self.epoch = self.position = self.without_better = 0
        self.seconds = self.loss_since = 0.0
        self.due, self.best = self.part, -numpy.inf
        fix_random_seed(settings.seed)
        sample = data.sample(SAMPLE)
        self.model.initialize(X=sample.X, Y=sample.Y)

    def interrupt(self) -> None:
        """End training after the present step, without an evaluation."""
        self.stopped = INTERRUPTED

    @property
    def interrupted(self) -> bool:
        return self.stopped == INTERRUPTED

    def train(self) -> Iterator[Report]:
        """Train from where the trainer stands; one report for each step.

        The last one has an evaluation, unless training was interrupted. While it waits to be asked for the
        next one, `state` can be taken.
        """
        limit, batches = self.settings.seconds or numpy.inf, self.batches()
        while self.items < self.goal and not self.stopped:
            batch = next(batches)
            started = time.perf_counter()
            self.loss_since += self.update(self.data.train.at(batch))
            self.seconds += time.perf_counter() - started
            self.step += 1
            self.items += sum(self.sizes[i] for i in batch)
            if self.seconds >= limit and self.items < self.goal and not self.stopped:
                self.stopped = f"the limit of {limit:g} seconds was reached"
            yield self.report()

    def report(self) -> Report:
        """What there is to say after a step, with an evaluation if one is due."""
        loss = self.loss_since / (self.items - self.since)
        over = self.items >= self.goal or bool(self.stopped)
        score, better = None, False
        if (over or self.items >= self.due) and not self.interrupted:
            score = self.evaluate()
            better = score > self.best
            self.best = max(score, self.best)
            self.without_better = 0 if better else self.without_better + 1
            self.optimizer.last_score = score
            self.since, self.loss_since, self.due = self.items, 0.0, self.due + self.part
            if not over:
                self.check_patience()
        epoch = self.items / sum(self.sizes)
        return Report(self.step, epoch, self.items, self.seconds, loss, score, better)

    def check_patience(self) -> None:
        if self.settings.patience is not None and self.without_better >= self.settings.patience:
            self.stopped = f"{self.without_better} evaluations without a better score"

    def batches(self) -> Iterator[list[int]]:
        """Numbers of examples, without end: at least the next size in items, save the last of a pass."""
        sizes = sizes_from(self.settings.batch_size, self.step)
        while True:
            generator = numpy.random.RandomState([self.settings.seed % 2**32, self.epoch])
            order = generator.permutation(len(self.sizes))
            while self.position < len(order):
                batch, n_items, size = [], 0, next(sizes)
                while self.position < len(order) and n_items < size:
                    batch.append(int(order[self.position]))
                    n_items += self.sizes[batch[-1]]
                    self.position += 1
                yield batch
            self.epoch, self.position = self.epoch + 1, 0

    def update(self, batch: Examples) -> float:
        """One step of training. Returns the sum of the items' losses before it."""
        output, backprop = self.model.begin_update(batch.X)
        guesses, truths = paired(output, batch.Y)
        gradient, value = self.loss(guesses, truths)
        backprop(Ragged(gradient, output.lengths) if isinstance(output, Ragged) else gradient)
        self.model.finish_update(self.optimizer)
        self.optimizer.step_schedules()
        return self.total_loss(guesses, truths, value)

    def total_loss(self, guesses: Any, truths: Any, value: Any) -> float:
        """The loss of a batch, summed: the sum of `-log(guess of the true class)` for cross-entropies."""
        guesses, truths = joined(guesses), joined(truths)
        entropy = isinstance(self.loss, (CategoricalCrossentropy, SequenceCategoricalCrossentropy))
        if not entropy or truths.ndim != 1:
            return float(numpy.mean(value)) * len(truths)
        of_truths = guesses[numpy.arange(len(truths)), truths]
        return -float(numpy.log(numpy.maximum(of_truths, 1e-20)).sum())

    def evaluate(self) -> float:
        """The score on the held-out examples with the averaged weights."""
        with self.averaged():
            guesses, truths = predictions(self.model, self.data.dev), joined(self.data.dev.Y)
        if self.data.score is not None:
            return float(self.data.score(guesses, truths))
        return -float(numpy.mean(self.loss(guesses, truths)[1]))

    def averaged(self) -> Any:
        """Within it, the model has the optimizer's averages for weights, where it keeps any."""
        return self.model.use_params(self.optimizer.averages or {})

    def keep_averages(self) -> None:
        """Make the averages the weights of the model, when training is over."""
        averages = self.optimizer.averages or {}
        for node in self.model.walk():
            for name in node.param_names:
                if (node.id, name) in averages:
                    node.set_param(name, averages[node.id, name])

    def state(self) -> dict[str, Any]:
        """All that it takes to go on from here, as plain data."""
        return {
            "counts": {name: getattr(self, name) for name in COUNTS},
            "model": self.model.to_bytes(),
            "optimizer": self.optimizer.to_bytes(self.model),
            "random": random_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`. The trainer must be made of the same config and data.

        Raises:
            ValueError: the state is not that of such a trainer.
        """
        self.model.from_bytes(state["model"])
        self.optimizer.from_bytes(state["optimizer"], self.model)
        for name in COUNTS:
            setattr(self, name, state["counts"][name])
        set_random_state(state["random"])
        self.check_patience()


COUNTS = (
    *("step", "items", "since", "epoch", "position", "without_better"),
    *("seconds", "loss_since", "due", "best"),
)


def sizes_from(size: Any, step: int) -> Iterator[float]:
    """The sizes of the batches from that step on, from a number, a schedule or another iterable."""
    if isinstance(size, (int, float)):
        return repeat(size)
    return islice(iter(size), step, None)


def joined(values: Any) -> Any:
    """All rows of an array, a Ragged or a list of arrays, in one array."""
    if isinstance(values, Ragged):
        return values.data
    if hasattr(values, "shape"):
        return values
    return numpy.concatenate([numpy.asarray(each) for each in values])


def paired(output: Any, truths: Any) -> tuple[Any, Any]:
    """Guesses and truths in the form in which a loss takes both: two lists, or two arrays."""
    if isinstance(output, (list, tuple)):
        return output, truths
    return joined(output), joined(truths)


def predictions(model: Model, examples: Examples) -> Any:
    """The model's guesses, one row for each truth of the examples."""
    batches: list[list[int]] = [[]]
    n_items = 0
    for index, size in enumerate(examples.sizes):
        batches[-1].append(index)
        n_items += size
        if n_items >= PREDICTED_AT_ONCE:
            batches.append([])
            n_items = 0
    return numpy.concatenate([joined(model.predict(examples.at(batch).X)) for batch in batches if batch])


def random_state() -> dict[str, Any]:
    """The state of all generators in use: NumPy's, Python's and, where it is imported, PyTorch's."""
    name, keys, *rest = numpy.random.get_state()
    version, internal, gauss = random.getstate()
    torch = compat.imported("torch")
    return {
        "numpy": [name, numpy.asarray(keys).tobytes(), *rest],
        "python": [version, list(internal), gauss],
        "torch": None if torch is None else torch.get_rng_state().numpy().tobytes(),
    }


def set_random_state(state: dict[str, Any]) -> None:
    name, keys, *rest = state["numpy"]
    numpy.random.set_state((name, numpy.frombuffer(keys, dtype="uint32"), *rest))
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    torch = compat.imported("torch")
    if torch is not None and state["torch"] is not None:
        torch.set_rng_state(torch.frombuffer(bytearray(state["torch"]), dtype=torch.uint8))


@contextmanager
def stopping_at_interrupt(trainer: Trainer) -> Iterator[None]:
    """Inside, a first Ctrl-C lets training finish its step and stop; a second one is as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Signals are the main thread's.
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        trainer.interrupt()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

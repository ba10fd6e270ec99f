"""What the examples share: one training loop, written out, and the share of right answers."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from thinc.api import CategoricalCrossentropy, Model, Optimizer, fix_random_seed

Batch = Any  # an array with one row per example, or a list


def in_one(Y: Batch) -> Any:
    """The truths of a batch in one array: of all words, where an example is a sentence."""
    return numpy.concatenate(Y) if isinstance(Y, list) else Y


def train(
    model: Model,
    X: Batch,
    Y: Batch,
    loss: CategoricalCrossentropy,
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int,
    seed: int = 0,
) -> Iterator[str]:
    """Train a model; yields a line to print after each pass over the data.

    Args:
        X: the inputs.
        Y: a class number for each, or an array of them for each.
        loss: gives the gradient; printed is the cross-entropy of an item, in nats.
    """
    fix_random_seed(seed)
    model.initialize(X=X[:2], Y=None)
    for epoch in range(1, epochs + 1):
        started, total, n_items = time.perf_counter(), 0.0, 0
        for inputs, truths in model.ops.multibatch(batch_size, X, Y, shuffle=True):
            truths = in_one(truths)
            guesses, backprop = model.begin_update(inputs)
            backprop(loss.get_grad(guesses, truths))
            model.finish_update(optimizer)
            total += float(loss.log_loss(guesses, truths)) * len(truths)
            n_items += len(truths)
        seconds = time.perf_counter() - started
        yield f"epoch {epoch:2}  loss {total / n_items:.4f}  {n_items / seconds:,.0f} items/s"


def accuracy(model: Model, X: Batch, Y: Batch, optimizer: Optimizer, batch_size: int = 256) -> float:
    """The share of right answers, given with the averages of the weights over training."""
    right = total = 0
    with model.use_params(optimizer.averages or {}):
        for inputs, truths in model.ops.multibatch(batch_size, X, Y):
            truths = in_one(truths)
            right += int((model.predict(inputs).argmax(axis=1) == truths).sum())
            total += len(truths)
    return right / total


def most_frequent(Y: Sequence) -> float:
    """The share of right answers of a guess that is always the same: what there is to beat."""
    counts = numpy.bincount(in_one(Y))
    return float(counts.max() / counts.sum())

"""What the two taggers share: tagged words of the demo, as numbers, and a run that learns from them."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy
from loop import accuracy, train

from thinc.api import CategoricalCrossentropy, Model, Optimizer
from thinc.demo.corpus import Corpus, MostFrequentTag
from thinc.demo.python_source import python_corpus
from thinc.training.conllu import read_conllu
from thinc.training.features import Features


@dataclass
class TaggedWords:
    """Sentences as features and tag numbers, to learn from and held out."""

    train_X: list
    train_Y: list
    dev_X: list
    dev_Y: list
    tags: tuple[str, ...]
    baseline: float
    name: str

    def __str__(self) -> str:
        n_train, n_dev = (sum(map(len, Y)) for Y in (self.train_Y, self.dev_Y))
        return f"{self.name}: {n_train:,} words to learn from, {n_dev:,} held out, {len(self.tags)} tags"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, metavar="FILE", help="CoNLL-U to learn from")
    parser.add_argument("--dev", type=Path, metavar="FILE", help="CoNLL-U to evaluate on")
    parser.add_argument("--words", type=int, default=200_000, help="of Python's library, without files")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=64, help="sentences in a step")
    parser.add_argument("--seed", type=int, default=0)


def read(args: argparse.Namespace) -> TaggedWords:
    """What the arguments ask for."""
    if args.train and args.dev:
        corpus = Corpus(args.train.name, read_conllu(args.train), read_conllu(args.dev))
    else:
        corpus = python_corpus(max_words=args.words, held_out=0.15)
    features = Features(lower=True)
    numbers = {tag: number for number, tag in enumerate(corpus.tags)}
    parts = []
    for sentences in (corpus.train, corpus.dev):
        # A tag that was never seen counts as wrong: no guess is -1.
        parts.append([features(sentence.words) for sentence in sentences])
        parts.append(
            [numpy.array([numbers.get(tag, -1) for tag in each.tags], "int32") for each in sentences]
        )
    baseline = MostFrequentTag(corpus.train).accuracy(corpus.dev)
    return TaggedWords(*parts, corpus.tags, baseline, corpus.name)


def learn(model: Model, data: TaggedWords, optimizer: Optimizer, args: argparse.Namespace) -> float:
    """Train the model; returns and prints the share of held-out words that it gets right."""
    settings = {"epochs": args.epochs, "batch_size": args.batch_size, "seed": args.seed}
    for line in train(model, data.train_X, data.train_Y, CategoricalCrossentropy(), optimizer, **settings):
        print(line)
    score = accuracy(model, data.dev_X, data.dev_Y, optimizer)
    print(f"right: {score:.1%} of the held-out words (each word's most frequent tag: {data.baseline:.1%})")
    return score

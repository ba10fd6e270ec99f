"""A tagger: a model built from a config, with what it takes to feed it words.

On disk it is a folder: the config that builds the model, its weights, its tags.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy

from ..api import Config, Model, registry
from .features import Features

__all__ = ["DEFAULT_CONFIG", "Tagger", "batches_by_words", "read_config"]

DEFAULT_CONFIG = Path(__file__).parent / "tagger.cfg"
SECTIONS = ("tagger", "features", "corpus", "training", "optimizer", "loss", "model")
CONFIG_FILE, WEIGHTS_FILE, TAGS_FILE = "config.cfg", "model.bin", "tags.json"
# Prediction goes by batches of this many words: enough for full speed, small enough for the cache.
PREDICTED_AT_ONCE = 2000


def read_config(path: Path = DEFAULT_CONFIG, overrides: Mapping[str, Any] = {}) -> Config:
    """The config in the file `path`, its variables not yet filled in.

    Args:
        overrides: values for entries such as "training.seed".
    Raises:
        OSError: the file cannot be read.
        ValueError: it is no config, or lacks a section, or an entry to be overridden.
    """
    text = Path(path).read_text(encoding="utf8")
    config = Config().from_str(text, interpolate=False, overrides=dict(overrides))
    for name in SECTIONS:
        if name not in config:
            raise ValueError(f"{path}: the config must have a section [{name}]; got {sorted(config)}")
    return config


class Tagger:
    """From words to tags.

    Args:
        config: what `read_config` returns.
        tags: names of the model's outputs, in order.
    Attributes:
        model: from a list of uint64 (T, 4), one for each sentence, to float (all words, tags).
    """

    def __init__(self, config: Config, tags: Sequence[str]) -> None:
        self.config = config.copy()
        self.config["tagger"]["n_tags"] = len(tags)
        filled = self.config.interpolate()
        self.model: Model = registry.resolve({"model": filled["model"]})["model"]
        self.features = Features(**filled["features"])
        self.tags = tuple(tags)
        self.tag_ids = {tag: index for index, tag in enumerate(tags)}

    def encode(self, sentences: Sequence[Sequence[str]]) -> list[numpy.ndarray]:
        return [self.features(words) for words in sentences]

    def predict_ids(self, encoded: Sequence[numpy.ndarray]) -> numpy.ndarray:
        """Numbers of the best tags, int (all words,), of encoded sentences."""
        lengths = [len(rows) for rows in encoded]
        best = [
            self.model.predict([encoded[i] for i in batch]).argmax(axis=1)
            for batch in batches_by_words(range(len(encoded)), lengths, repeat(PREDICTED_AT_ONCE))
        ]
        return numpy.concatenate(best) if best else numpy.zeros((0,), dtype="int64")

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The best tags of sentences of words."""
        best = iter(self.predict_ids(self.encode(sentences)).tolist())
        return [[self.tags[next(best)] for _ in words] for words in sentences]

    def to_disk(self, folder: Path) -> None:
        """Save into `folder`, which is made if it is not there."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.to_disk(folder / CONFIG_FILE, interpolate=False)
        (folder / TAGS_FILE).write_text(json.dumps(self.tags), encoding="utf8")
        self.model.to_disk(folder / WEIGHTS_FILE)

    @classmethod
    def from_disk(cls, folder: Path) -> "Tagger":
        folder = Path(folder)
        tags = json.loads((folder / TAGS_FILE).read_text(encoding="utf8"))
        tagger = cls(read_config(folder / CONFIG_FILE), tags)
        tagger.model.from_disk(folder / WEIGHTS_FILE)
        return tagger


def batches_by_words(
    order: Sequence[int], lengths: Sequence[int], sizes: Iterator[float]
) -> Iterator[list[int]]:
    """Split `order`, indices of sentences, into runs of at least the next size in words, save the last."""
    batch: list[int] = []
    n_words, size = 0, next(sizes)
    for index in order:
        batch.append(index)
        n_words += lengths[index]
        if n_words >= size:
            yield batch
            batch, n_words, size = [], 0, next(sizes)
    if batch:
        yield batch

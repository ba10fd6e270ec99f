"""A tagger: a model built from a config, with what it takes to feed it words.

On disk it is a folder: the config that builds the model, its weights, its tags.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy

from ..api import Config, Model, registry
from ..training.data import Data, Examples
from ..training.features import Features
from ..training.folder import CONFIG_FILE, WEIGHTS_FILE
from ..training.loop import predictions
from .corpus import Corpus, Sentence

__all__ = ["DEFAULT_CONFIG", "Tagger", "read_config"]

DEFAULT_CONFIG = Path(__file__).parent / "tagger.cfg"
SECTIONS = ("tagger", "features", "corpus", "training", "optimizer", "loss", "model")
TAGS_FILE = "labels.json"


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

    def examples(self, sentences: Sequence[Sentence]) -> Examples:
        """Features and tag numbers of sentences; -1 is a tag unknown to the tagger."""
        numbers = [[self.tag_ids.get(tag, -1) for tag in each.tags] for each in sentences]
        X = [self.features(each.words) for each in sentences]
        return Examples(X, [numpy.array(each, dtype="int32") for each in numbers])

    def data(self, corpus: Corpus) -> Data:
        """A corpus as training takes it."""
        return Data(corpus.name, self.examples(corpus.train), self.examples(corpus.dev), self.tags)

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The best tags of sentences of words."""
        X = [self.features(words) for words in sentences]
        guesses = predictions(self.model, Examples(X, X)) if any(map(len, X)) else numpy.zeros((0, 1))
        best = iter(guesses.argmax(axis=1).tolist())
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

"""A small task that only context solves, and a config that learns it in a second."""

import random

import pytest

from thinc.demo.tagger import DEFAULT_CONFIG, read_config

FORMS = ["walk", "run", "talk", "play", "work", "drink", "call", "cut"]


def conllu(n_sentences, seed):
    """Sentences in which every form is a noun after `the` and a verb after `to`."""
    draw = random.Random(seed)
    text = []
    for _ in range(n_sentences):
        words = []
        for _ in range(draw.randint(1, 3)):
            mark = draw.choice(["the", "to"])
            words += [(mark, "FUNC"), (draw.choice(FORMS), "NOUN" if mark == "the" else "VERB")]
        words.append((".", "PUNCT"))
        text += [f"{i}\t{form}\t_\t{tag}" + "\t_" * 6 for i, (form, tag) in enumerate(words, start=1)]
        text.append("")
    return "\n".join(text) + "\n"


@pytest.fixture
def conllu_files(tmp_path):
    """Paths of a training and a held-out file."""
    paths = tmp_path / "train.conllu", tmp_path / "dev.conllu"
    for seed, (path, n_sentences) in enumerate(zip(paths, (300, 60), strict=True)):
        path.write_text(conllu(n_sentences, seed), encoding="utf8")
    return paths


@pytest.fixture
def small_config(tmp_path):
    """Path of the demo's own config, made small."""
    smaller = {
        "tagger.width": 16,
        "tagger.depth": 2,
        "corpus.max_words": 30_000,
        "training.words": 6_000,
        "training.evaluations": 2,
        "training.batch_words.start": 50,
        "training.batch_words.stop": 100,
        "optimizer.learn_rate": 0.01,
    }
    path = tmp_path / "small.cfg"
    read_config(DEFAULT_CONFIG, smaller).to_disk(path, interpolate=False)
    return path

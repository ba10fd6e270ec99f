"""Annotated text for spaCy: the UD English Web Treebank where present, generated sentences elsewhere.

    python text.py FOLDER [--sentences N] [--per-document N]      writes train.spacy and dev.spacy

The treebank is looked for in the folder named by THINC_UD_ENGLISH, or else in ../shared/data/ud_english_ewt
beside the repository. Both sources go through `spacy convert`.
"""

import argparse
import gzip
import itertools
import os
import random
import subprocess
import sys
from pathlib import Path

TREEBANK = Path(
    os.environ.get("THINC_UD_ENGLISH", Path(__file__).parents[3] / "shared" / "data" / "ud_english_ewt")
)
NAMES = ["Ann", "Bo", "Cairo", "Delhi", "Eve", "Fiji"]
NOUNS = ["dog", "cat", "bird", "house", "river", "tree", "garden"]
ADJECTIVES = ["big", "small", "old", "green"]
VERBS = {"Pres": ["sees", "likes", "paints", "finds"], "Past": ["saw", "liked", "painted", "found"]}


def noun_phrase(rng):
    """Rows (word, XPOS, UPOS, feats, head, relation) of a phrase, the head of the phrase being last."""
    if rng.random() < 0.3:
        return [(rng.choice(NAMES), "NNP", "PROPN", "Number=Sing", 0, "")]
    rows = [(rng.choice(["the", "a"]), "DT", "DET", "PronType=Art", None, "det")]
    if rng.random() < 0.5:
        rows.append((rng.choice(ADJECTIVES), "JJ", "ADJ", "Degree=Pos", None, "amod"))
    if rng.random() < 0.3:
        return [*rows, (rng.choice(NOUNS) + "s", "NNS", "NOUN", "Number=Plur", 0, "")]
    return [*rows, (rng.choice(NOUNS), "NN", "NOUN", "Number=Sing", 0, "")]


def generated_sentence(rng):
    """A sentence in CoNLL-U: who does what to whom."""
    tense = rng.choice(["Pres", "Past"])
    subject, object_ = noun_phrase(rng), noun_phrase(rng)
    verb = len(subject) + 1
    rows, end = [], 0
    for phrase, relation in [(subject, "nsubj"), (None, "root"), (object_, "obj")]:
        if phrase is None:
            word = rng.choice(VERBS[tense])
            rows.append((word, "VBZ" if tense == "Pres" else "VBD", "VERB", f"Tense={tense}", 0, "root"))
        else:
            end = len(rows) + len(phrase)
            rows += [(*row[:4], end, row[5]) for row in phrase[:-1]]
            rows.append((*phrase[-1][:4], verb, relation))
    mark = "?" if rng.random() < 0.3 else "."
    rows.append((mark, ".", "PUNCT", "_", verb, "punct"))
    lines = [
        f"{i}\t{word}\t{word.lower()}\t{upos}\t{xpos}\t{feats}\t{head}\t{relation}\t_\t_"
        for i, (word, xpos, upos, feats, head, relation) in enumerate(rows, 1)
    ]
    return "\n".join(lines)


def sentences(part, count):
    """CoNLL-U blocks of one part, at most `count`; all of the treebank's if that is None."""
    source = TREEBANK / f"{part}.conllu.gz"
    if source.exists():
        with gzip.open(source, "rt", encoding="utf8") as file:
            return list(itertools.islice(file.read().strip().split("\n\n"), count))
    rng = random.Random(part)
    return [generated_sentence(rng) for _ in range(2000 if count is None else count)]


def write(folder, count=None, per_document=4):
    """Make train.spacy and dev.spacy; with a count, of so many sentences and half as many."""
    folder = Path(folder)
    for part, size in [("train", count), ("dev", count and count // 2)]:
        path = folder / f"{part}.conllu"
        path.write_text("\n\n".join(sentences(part, size)) + "\n\n", encoding="utf8")
        command = [sys.executable, "-m", "spacy", "convert", str(path), str(folder), "-n", str(per_document)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sentences", type=int)
    parser.add_argument("--per-document", type=int, default=4)
    args = parser.parse_args()
    write(args.folder, args.sentences, args.per_document)

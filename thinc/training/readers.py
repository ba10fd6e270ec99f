"""Built-in readers, registered under `@readers`: each reads files and returns `Data`."""

import csv
import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy

from ..config import registry
from .conllu import COLUMNS, Sentence, read_conllu
from .data import Data, Examples, split
from .features import Features

__all__ = ["read_conllu_tags", "read_digits", "read_table", "read_texts"]

Rows = list[tuple[int, dict[str, str]]]  # with the number of the line


@registry.readers("conllu_tags.v1")
def read_conllu_tags(
    train: str, dev: str, column: str = "upos", lower: bool = True, prefix: int = 3, suffix: int = 3
) -> Data:
    """Tagged words from two CoNLL-U files, plain or gzipped.

    An input is a sentence, uint64 (words, 4): hashes of word, prefix, suffix and shape, as `HashEmbed`
    takes them with `column = 0` to 3. Its truth is int32 (words,), the numbers of the tags.

    Args:
        train, dev: paths of the files to learn from and to evaluate on.
        column: "upos" or "xpos".
        lower: hash the word in lower case; the shape keeps the case.
        prefix, suffix: how many characters these two have.
    Raises:
        ValueError: a file is not CoNLL-U (with its line), or there is no such column.
        OSError: a file cannot be opened.
    """
    if column not in COLUMNS:
        raise ValueError(f"conllu_tags.v1: column must be one of {', '.join(COLUMNS)}; got {column!r}")
    parts = [[each for each in read_conllu(Path(path), column) if len(each)] for path in (train, dev)]
    labels = sorted({tag for each in parts[0] for tag in each.tags})
    features, numbers = Features(lower=lower, prefix=prefix, suffix=suffix), numbered(labels)

    def examples(sentences: Sequence[Sentence]) -> Examples:
        tags = [numpy.array([numbers.get(tag, -1) for tag in each.tags], dtype="int32") for each in sentences]
        return Examples([features(each.words) for each in sentences], tags)

    return Data(f"{train}, {dev} ({column})", examples(parts[0]), examples(parts[1]), tuple(labels))


@registry.readers("table.v1")
def read_table(
    train: str, dev: str | None = None, label: str = "label", dev_share: float = 0.2, seed: int = 0
) -> Data:
    """Rows of numbers with a class each, from files with a header, CSV or (named .tsv, .tab) TSV.

    Inputs are float32 (N, columns), in the order of the file; truths int32 (N,).

    Args:
        train: path of the file to learn from.
        dev: path of the one to evaluate on; without it, a share of the first is held out.
        label: the column that has the class.
        dev_share: how much is held out.
        seed: of the choice of rows to hold out.
    Raises:
        ValueError: a file is no such table (with its line).
        OSError: a file cannot be opened.
    """

    def inputs(path: str, rows: Rows) -> numpy.ndarray:
        X = numpy.zeros((len(rows), len(rows[0][1]) - 1 if rows else 0), dtype="float32")
        for index, (line, row) in enumerate(rows):
            for column, (name, text) in enumerate(item for item in row.items() if item[0] != label):
                try:
                    X[index, column] = float(text)
                except ValueError:
                    raise ValueError(f"{path}:{line}: {name} must be a number; got {text!r}") from None
        return X

    return classified(train, dev, label, inputs, dev_share, seed)


@registry.readers("texts.v1")
def read_texts(
    train: str,
    dev: str | None = None,
    text: str = "text",
    label: str = "label",
    dev_share: float = 0.2,
    seed: int = 0,
) -> Data:
    """Texts with a class each, from files with a header, CSV or (named .tsv, .tab) TSV.

    An input is a text, uint64 (words, 4), as those of `conllu_tags.v1`; words are what stands between
    spaces. Truths are int32 (N,).

    Args:
        train: path of the file to learn from.
        dev: path of the one to evaluate on; without it, a share of the first is held out.
        text, label: the columns that have the text and the class.
        dev_share: how much is held out.
        seed: of the choice of rows to hold out.
    Raises:
        ValueError: a file is no such table (with its line).
        OSError: a file cannot be opened.
    """
    features = Features(lower=True)

    def inputs(path: str, rows: Rows) -> list[numpy.ndarray]:
        if rows and text not in rows[0][1]:
            raise ValueError(f"{path}:1: there must be a column {text!r}; got {', '.join(rows[0][1])}")
        return [features(row[text].split() or [""]) for _, row in rows]

    return classified(train, dev, label, inputs, dev_share, seed)


@registry.readers("digits.v1")
def read_digits(dev_share: float = 0.2, seed: int = 0) -> Data:
    """Handwritten digits, 1797 pictures of 8 x 8 pixels, from scikit-learn.

    Inputs are float32 (N, 64), from 0 to 1; truths int32 (N,).

    Args:
        dev_share: how much is held out.
        seed: of the choice of pictures to hold out.
    Raises:
        ValueError: scikit-learn is not installed.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise ValueError("digits.v1: these pictures come with scikit-learn, which is not installed")
    digits = importlib.import_module("sklearn.datasets").load_digits()
    found = Examples((digits.data / 16).astype("float32"), digits.target.astype("int32"))
    train, dev = split(len(found), dev_share, seed)
    return Data("scikit-learn's digits", found.at(train), found.at(dev), tuple(map(str, digits.target_names)))


def numbered(labels: Sequence[str]) -> dict[str, int]:
    return {label: number for number, label in enumerate(labels)}


def classified(train: str, dev: str | None, label: str, inputs: Any, dev_share: float, seed: int) -> Data:
    """Rows of tables with the class in a column; a class that is not in the training part is number -1."""
    rows = read_rows(train, label)
    if dev is None:
        chosen, held_out = split(len(rows), dev_share, seed)
        parts = {"train": (train, [rows[i] for i in chosen]), "dev": (train, [rows[i] for i in held_out])}
    else:
        parts = {"train": (train, rows), "dev": (dev, read_rows(dev, label))}
    labels = sorted({row[label] for _, row in parts["train"][1]})
    numbers = numbered(labels)
    examples = {
        part: Examples(
            inputs(path, some), numpy.array([numbers.get(row[label], -1) for _, row in some], dtype="int32")
        )
        for part, (path, some) in parts.items()
    }
    name = train if dev is None else f"{train}, {dev}"
    return Data(name, examples["train"], examples["dev"], tuple(labels))


def read_rows(path: str, label: str) -> Rows:
    """The rows of a table by the names in its first line, with the numbers of their lines."""
    delimiter = "\t" if Path(path).suffix in (".tsv", ".tab") else ","
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=delimiter)
        names = next(lines, [])
        if label not in names:
            raise ValueError(f"{path}:1: there must be a column {label!r}; got {', '.join(names) or 'none'}")
        rows = []
        for cells in lines:
            if len(cells) not in (0, len(names)):
                problem = f"a row must have {len(names)} columns; got {len(cells)}"
                raise ValueError(f"{path}:{lines.line_num}: {problem}")
            if cells:
                rows.append((lines.line_num, dict(zip(names, cells, strict=True))))
        return rows

"""Plain lines, for pipes, files and terminals without rich.

`live` has the same methods for other terminals; `open_screen` picks one.
"""

import importlib
import importlib.util
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Protocol, TextIO

__all__ = ["PlainScreen", "QuietScreen", "TaggedWords", "columns", "open_screen", "punctuation_tags"]

WIDTH, LABEL = 79, 11


class TaggedWords(Protocol):
    """What a screen has to know of a sentence: its words, their right tags, and the spaces after them."""

    @property
    def words(self) -> Sequence[str]: ...

    @property
    def tags(self) -> Sequence[str]: ...

    @property
    def spaces(self) -> Sequence[bool]: ...


def open_screen(quiet: bool = False) -> "PlainScreen":
    """The screen that suits standard output."""
    if quiet:
        return QuietScreen(sys.stdout)
    if sys.stdout.isatty() and importlib.util.find_spec("rich") is not None:
        return importlib.import_module(f"{__package__}.live").RichScreen(sys.stdout)
    return PlainScreen(sys.stdout)


class PlainScreen:
    """Writes lines of at most `WIDTH` columns, without colour and without going back."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.label, self.total, self.shows_status = "", 1.0, False

    def line(self, text: str = "") -> None:
        self.status("")
        print(text, file=self.file, flush=True)

    def heading(self, text: str) -> None:
        self.line(f"\n{text}\n{'-' * len(text)}")

    def fact(self, label: str, text: str) -> None:
        lines = textwrap.wrap(text, WIDTH - LABEL, break_long_words=False, break_on_hyphens=False)
        for start, line in zip_longest([label], lines, fillvalue=""):
            self.line(f"{start:<{LABEL}}{line}")

    def result(self, text: str) -> None:
        """What it has all come to; the one thing that is always said."""
        self.line(text)

    @contextmanager
    def progress(self, label: str, total: float) -> Iterator[None]:
        """Surrounds work of that size; `advance` says how far it is.

        Where standard output does not go to a terminal but errors do, they show it.
        """
        self.label, self.total = label, total
        try:
            yield
        finally:
            self.status("")

    def advance(self, done: float, status: str = "") -> None:
        """So much of the work is done; `status` tells more."""
        self.status(f"{self.label} {done / self.total:4.0%}  {status}")

    def status(self, text: str) -> None:
        """One line that the next one, of either kind, is written over."""
        if (text or self.shows_status) and sys.stderr.isatty():
            print(f"\r{text:<{WIDTH}.{WIDTH}}", end="" if text else "\r", file=sys.stderr, flush=True)
            self.shows_status = bool(text)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        rules = ["-" * max(map(len, cells)) for cells in zip(header, *rows, strict=True)]
        for line in aligned([header, rules, *rows], numeric=columns(rows)):
            self.line(line)

    def tagged(self, sentences: Sequence[TaggedWords], predicted: Sequence[Sequence[str]]) -> None:
        """Sentences over their predicted tags, with the right tag below a wrong one.

        Tags of punctuation are left out where they are right.
        """
        plain = punctuation_tags(sentences, predicted)
        if plain:
            self.line(f"(no tag: {', '.join(plain)})")
        for sentence, tags in zip(sentences, predicted, strict=True):
            self.line()
            stacks = [
                (word, "" if tag == gold and tag in plain else tag, f"({gold})" if tag != gold else "")
                for word, tag, gold in zip(sentence.words, tags, sentence.tags, strict=True)
            ]
            for row in wrapped(stacks):
                for line in filter(None, aligned(list(zip(*row, strict=True)))):
                    self.line(line)


class QuietScreen(PlainScreen):
    """Says the result and nothing else."""

    def line(self, text: str = "") -> None:
        pass

    def status(self, text: str) -> None:
        pass

    def result(self, text: str) -> None:
        super().line(text)


def punctuation_tags(sentences: Sequence[TaggedWords], predicted: Sequence[Sequence[str]]) -> list[str]:
    """Predicted tags of which no word has a letter or a digit."""
    words = [word for sentence in sentences for word in sentence.words]
    tags = [tag for each in predicted for tag in each]
    spoken = {tag for word, tag in zip(words, tags, strict=True) if any(map(str.isalnum, word))}
    return sorted(set(tags) - spoken)


def columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """The columns that hold numbers, and so go to the right."""
    return [
        index
        for index, cells in enumerate(zip(*rows, strict=True))
        if all(cell.replace(",", "").replace(".", "").isdecimal() for cell in cells)
    ]


def aligned(rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> list[str]:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index in numeric else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def wrapped(stacks: Sequence[tuple[str, str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    """Stacks of texts in rows that fit into `WIDTH` columns, two between neighbours."""
    row: list[tuple[str, str, str]] = []
    width = 0
    for stack in stacks:
        needed = max(map(len, stack)) + 2
        if row and width + needed > WIDTH:
            yield row
            row, width = [], 0
        row.append(stack)
        width += needed
    yield row

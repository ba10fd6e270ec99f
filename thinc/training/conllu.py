"""Reading tagged words from CoNLL-U files, plain or gzipped.

Only what a tagger needs is read: the form (column 2) and one tag column.
Multiword-token lines (`3-4`) and empty nodes (`5.1`) carry no word of their own
and are passed over. Anything else that is not CoNLL-U is an error with its line.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["COLUMNS", "ConlluError", "Sentence", "read_conllu"]

# Name of a tag column -> its position among the ten columns of the format.
COLUMNS = {"upos": 3, "xpos": 4}
WIDTH = 10
FORM, MISC = 1, 9
IDENTIFIER = re.compile("[0-9]+([-.][0-9]+)?")


@dataclass(frozen=True)
class Sentence:
    """Words with one tag each.

    Args:
        spaces: whether a space follows each word in the text.
        origin: where the sentence was read, for people.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    spaces: tuple[bool, ...]
    origin: str = ""

    def __len__(self) -> int:
        return len(self.words)


class ConlluError(ValueError):
    """The text of a file is not CoNLL-U: the message starts with `path:line`."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path = path
        self.line = line


def read_conllu(path: Path, column: str = "upos") -> list[Sentence]:
    """All sentences of the file `path`, with the tags of `column`.

    Args:
        path: the file; gzipped if its first two bytes say so, whatever its name.
        column: "upos" or "xpos".
    Raises:
        ConlluError: a line is malformed (with its number), or the file is damaged.
        OSError: the file cannot be opened.
        KeyError: there is no such column.
    """
    path = Path(path)
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with (gzip.open if zipped else open)(path, "rb") as lines:
        return list(sentences(decoded(lines, path), path, COLUMNS[column]))


def decoded(lines: Iterable[bytes], path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, as text; what cannot be read is a `ConlluError`."""
    number = 0
    try:
        for number, line in enumerate(lines, start=1):
            yield number, line.decode("utf-8-sig" if number == 1 else "utf8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ConlluError(path, number, f"must be UTF-8; {error.reason} at byte {error.start}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ConlluError(path, number + 1, f"the gzip file is damaged; {error}") from None


def sentences(lines: Iterable[tuple[int, str]], path: Path, column: int) -> Iterator[Sentence]:
    words: list[str] = []
    tags: list[str] = []
    spaces: list[bool] = []
    first = 0

    def finished() -> Iterator[Sentence]:
        if words:
            yield Sentence(tuple(words), tuple(tags), tuple(spaces), f"{path.name}:{first}")
            words.clear()
            tags.clear()
            spaces.clear()

    for number, line in lines:
        if not line.strip():
            yield from finished()
        elif not line.startswith("#"):
            cells = line.split("\t")
            check_cells(cells, path, number, column, expected_id=len(words) + 1)
            if cells[0].isdecimal():
                first = first if words else number
                words.append(cells[FORM])
                tags.append(cells[column])
                spaces.append("SpaceAfter=No" not in cells[MISC].split("|"))
    yield from finished()


def check_cells(cells: list[str], path: Path, number: int, column: int, expected_id: int) -> None:
    """Raise a `ConlluError` unless `cells` are a word, a range of words or an empty node."""
    if len(cells) != WIDTH:
        raise ConlluError(path, number, f"a line must have {WIDTH} columns between tabs; got {len(cells)}")
    if not IDENTIFIER.fullmatch(cells[0]):
        problem = f"column 1 must be a number, a range (3-4) or an empty node (5.1); got {cells[0]!r}"
        raise ConlluError(path, number, problem)
    if not cells[0].isdecimal():
        return
    if int(cells[0]) != expected_id:
        raise ConlluError(path, number, f"words must be numbered in order; got {cells[0]} for {expected_id}")
    for position in (FORM, column):
        if not cells[position]:
            raise ConlluError(path, number, f"column {position + 1} must not be empty")

"""Python source as a corpus: words are the tokens of a logical line, tags their roles.

Every machine that runs this has the text, the source of its own standard library,
and a gold standard beyond dispute, the parser: `tokenize` gives the words, and
`python_roles` what the names among them are doing.
"""

import ast
import io
import keyword
import os
import re
import sysconfig
import token
import tokenize
import warnings
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from ..training.conllu import Sentence
from .corpus import Corpus
from .python_roles import ROLES, Place, roles_of_names

__all__ = ["is_held_out", "python_corpus", "read_python"]

CONSTANTS = frozenset(["True", "False", "None", "..."])
STRINGS = frozenset(kind for kind, name in token.tok_name.items() if re.match("[FT]?STRING", name))
SILENT = frozenset(
    [token.COMMENT, token.NL, token.INDENT, token.DEDENT, token.ENDMARKER, token.ENCODING, token.TYPE_COMMENT]
)
# Of a longer string this much is kept on either side: nobody reads a docstring as one word.
STRING_ENDS = 10
# Generated tables would teach nothing but commas; tests are not everywhere; packages are not the library's.
LEFT_OUT = frozenset(
    ["encodings", "pydoc_data", "test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"]
)


def python_corpus(folder: Path | None = None, *, max_words: int, held_out: float) -> Corpus:
    """Sources in `folder`, by default the running Python's library, divided by the hash of their names.

    Args:
        max_words: files are read, in the order of their names' hashes, until they hold this many tokens.
        held_out: share of the files that is held out.
    Raises:
        ValueError: there is no source, or too little to be divided.
    """
    folder = folder or Path(sysconfig.get_paths()["stdlib"])
    parts: tuple[list[Sentence], list[Sentence]] = ([], [])
    n_words = n_files = 0
    for name in sorted(source_files(folder), key=name_hash):
        if n_words >= max_words:
            break
        try:
            sentences = read_python(folder / name, name)
        except (SyntaxError, ValueError, OSError):
            continue  # Templates and the like, which this Python does not take for source.
        parts[is_held_out(name, held_out)].extend(sentences)
        n_words += sum(map(len, sentences))
        n_files += 1
    return Corpus(f"{n_files} files of {folder}", *parts, examples=ROLES)


def source_files(folder: Path) -> Iterator[str]:
    """Names of the Python files in `folder` and below, relative to it."""
    for parent, folders, files in os.walk(folder):
        folders[:] = set(folders) - LEFT_OUT  # What is taken out here is not walked into.
        for name in files:
            if name.endswith(".py"):
                yield (Path(parent) / name).relative_to(folder).as_posix()


def is_held_out(name: str, share: float) -> bool:
    """Whether the file of this name belongs to the held-out part, wherever it lies."""
    return name_hash("held out: " + name) < share * 2**64


def name_hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf8"), digest_size=8).digest(), "big")


def read_python(path: Path, origin: str = "") -> list[Sentence]:
    """The logical lines of a source file, every token tagged with its role.

    Raises:
        SyntaxError, ValueError: the file is not source for this interpreter.
        OSError: it cannot be read.
    """
    with tokenize.open(path) as file:
        text = file.read()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of the source that is read, not of this one.
        roles = roles_of_names(ast.parse(text))
    try:
        return list(logical_lines(text, roles, origin or str(path)))
    except tokenize.TokenError as error:
        raise SyntaxError(f"{path}: {error.args[0]}") from error


def logical_lines(text: str, roles: dict[Place, str], origin: str) -> Iterator[Sentence]:
    words: list[str] = []
    tags: list[str] = []
    spaces: list[bool] = []
    first, end = 0, (0, 0)
    lines = io.StringIO(text).readlines()
    for kind, word, (row, column), after, _ in tokenize.generate_tokens(iter(lines).__next__):
        if kind == token.NEWLINE:
            if words:
                yield Sentence(tuple(words), tuple(tags), (*spaces, False), f"{origin}:{first}")
            words, tags, spaces = [], [], []
        elif kind not in SILENT and word.strip():
            if words:
                spaces.append((row, column) != end)
            else:
                first = row
            if kind == token.NAME:
                place = row, len(lines[row - 1][:column].encode("utf8"))
                tags.append(role_of_name(word, words, roles.get(place)))
            else:
                tags.append(role_of_token(kind, word))
            words.append(shortened(word) if kind in STRINGS else word)
            end = after


def role_of_token(kind: int, word: str) -> str:
    if kind == token.NUMBER:
        return "number"
    if kind in STRINGS:
        return "string"
    return "constant" if word in CONSTANTS else "operator"


def role_of_name(word: str, before: list[str], found: str | None) -> str:
    if word in CONSTANTS:
        return "constant"
    if keyword.iskeyword(word):
        return "keyword"
    if found is not None:
        return found
    if before[-1:] == ["def"]:
        return "function"
    if before[-1:] == ["class"]:
        return "class"
    if before[:1] == ["from"] and "import" not in before:
        return "module"
    if before[:1] == ["global"]:
        return "global"
    return "keyword" if keyword.issoftkeyword(word) and word != "_" else "local"


def shortened(string: str) -> str:
    """A string on one line and of a readable length, its quotes kept."""
    line = " ".join(string.split())
    return line if len(line) <= 2 * STRING_ENDS else f"{line[:STRING_ENDS]}…{line[-STRING_ENDS:]}"

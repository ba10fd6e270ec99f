"""The screen of a terminal where rich is installed: a live bar, tables, tags as colours."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .plain import PlainScreen, TaggedWords, columns, punctuation_tags

__all__ = ["RichScreen"]

# Readable on dark and on light ground; given to tags in the order in which they appear.
# fmt: off
PALETTE = (
    "#268bd2", "#2aa198", "#859900", "#b58900", "#cb4b16", "#dc322f", "#d33682",
    "#6c71c4", "#3a9bdc", "#5fafaf", "#87af00", "#d7875f", "#af5fd7", "#ff8700",
    "#5f87d7", "#00af87", "#d75f87", "#af8700", "#8787d7", "#87875f",
)
# fmt: on
FAINT, WRONG = "dim", "reverse"


class RichScreen(PlainScreen):
    """Writes to a terminal; what stays is what `PlainScreen` would write, with colour."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(file)
        self.console = Console(file=file, highlight=False)
        self.bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}%  {task.fields[status]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self.task = TaskID(0)

    def line(self, text: str = "") -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    def heading(self, text: str) -> None:
        self.console.print(Text(f"\n{text}", style="bold"))

    def fact(self, label: str, text: str) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style="dim", width=10)
        grid.add_column(overflow="fold")
        grid.add_row(label, Text(text))
        self.console.print(grid)

    def result(self, text: str) -> None:
        self.console.print(Text(text, style="bold green"))

    @contextmanager
    def progress(self, label: str, total: float) -> Iterator[None]:
        self.task = self.bar.add_task(label, total=total, status="")
        with self.bar:
            yield
        self.bar.remove_task(self.task)

    def advance(self, done: float, status: str = "") -> None:
        self.bar.update(self.task, completed=done, status=status)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
        numeric = columns(rows)
        for index, title in enumerate(header):
            table.add_column(title, justify="right" if index in numeric else "left")
        for row in rows:
            table.add_row(*map(Text, row))
        self.console.print(table)

    def tagged(self, sentences: Sequence[TaggedWords], predicted: Sequence[Sequence[str]]) -> None:
        """Sentences coloured by predicted tag, and a legend; the right tag follows a wrong one."""
        plain = punctuation_tags(sentences, predicted)
        styles = styles_of([tag for tags in predicted for tag in tags], plain)
        for sentence, tags in zip(sentences, predicted, strict=True):
            line = Text("  ")
            marked = zip(sentence.words, tags, sentence.tags, sentence.spaces, strict=True)
            for word, tag, gold, space in marked:
                line.append(word, styles[tag] if tag == gold else f"{WRONG} {styles[tag]}")
                line.append("" if tag == gold else f"({gold})", "italic")
                line.append(" " if space else "")
            self.console.print(line)
        legend = Text("  ").join(Text(tag, style) for tag, style in styles.items())
        self.console.print(Padding(legend, (1, 0, 0, 2)))


def styles_of(tags: Sequence[str], plain: Sequence[str]) -> dict[str, str]:
    """A style for each of `tags`, in the order of their first use; for those in `plain` a faint one."""
    coloured = cycle(PALETTE)
    return {tag: FAINT if tag in plain else next(coloured) for tag in dict.fromkeys(tags)}

"""Tables of a model's tree: names, sizes, parameters, and outputs and times of a sample run.

A table is computed once, as rows of text, and shown as plain text, by rich, or as HTML.
"""

import html
import importlib
import math
import time
from collections.abc import Iterator
from typing import Any

from ._params import Node
from ._validation import describe, kind_of

_COLUMNS = ("layer", "dims", "parameters", "count")
_RUN_COLUMNS = ("output", "ms")
_RIGHT = {"count", "ms"}


class Summary(str):
    """The table as text, which rich and notebooks can show in their own way."""

    __slots__ = ("columns", "rows")

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def __new__(cls, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> "Summary":
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        lines = [columns, tuple("-" * width for width in widths), *rows[:-1]]
        lines += [lines[1], rows[-1]]
        self = super().__new__(cls, "\n".join(_line(columns, line, widths) for line in lines))
        self.columns, self.rows = columns, rows
        return self

    def __repr__(self) -> str:
        return str(self)

    def __rich__(self) -> Any:
        table = importlib.import_module("rich.table").Table()
        for column in self.columns:
            table.add_column(column, justify="right" if column in _RIGHT else "left", no_wrap=True)
        text = importlib.import_module("rich.text").Text
        for row in self.rows:
            table.add_row(*map(text, row), end_section=row is self.rows[-2])
        return table

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{column}</th>" for column in self.columns)
        cell = '<td style="white-space: pre; text-align: {}">{}</td>'
        body = "".join(
            "<tr>"
            + "".join(
                cell.format("right" if column in _RIGHT else "left", html.escape(text))
                for column, text in zip(self.columns, row, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def summary(model: Node, X: Any = None) -> Summary:
    """The table of a tree; with `X`, what each node makes of it and how long that takes.

    A node that occurs again is named again, but counted once.
    """
    runs = {} if X is None else _run(model, X)
    rows: list[tuple[str, ...]] = []
    total = size = 0
    for depth, node, first in _tree(model):
        label = "  " * depth + kind_of(node) + ("" if first else " (again)")
        arrays = {name: node.maybe_get_param(name) for name in node.param_names} if first else {}
        counts = [math.prod(array.shape) for array in arrays.values() if array is not None]
        total += sum(counts)
        size += sum(array.nbytes for array in arrays.values() if array is not None)
        row = (label, _dims(node), _params(node, arrays), f"{sum(counts):,}" if arrays else "")
        rows.append(row + _run_cells(runs, node) if runs else row)
    last = ("total", "", f"{size:,} bytes", f"{total:,}")
    rows.append(last + ("", "") if runs else last)
    return Summary(_COLUMNS + _RUN_COLUMNS if runs else _COLUMNS, rows)


def outline(model: Node) -> str:
    """One line per node: its kind and its dimensions."""
    lines = []
    for depth, node, first in _tree(model):
        dims = _dims(node)
        label = "  " * depth + kind_of(node) + ("" if first else " (again)")
        lines.append(f"{label} ({dims})" if dims else label)
    return "\n".join(lines)


def _tree(model: Node) -> Iterator[tuple[int, Any, bool]]:
    """Every occurrence of a node, its depth, and whether it is the first."""
    seen = set()
    path = [(0, model)]
    while path:
        depth, node = path.pop()
        first = id(node) not in seen
        seen.add(id(node))
        yield depth, node, first
        if first:
            path += [(depth + 1, child) for child in reversed(node.layers)]


def _run(model: Any, X: Any) -> dict[int, tuple[Any, float]]:
    """The last output of every node that was called, and the seconds spent in it."""
    runs: dict[int, tuple[Any, float]] = {}
    forwards = [(node, node._func) for node in model.walk()]

    def recording(node, forward):
        def run(model, X, is_train):
            start = time.perf_counter()
            result = forward(model, X, is_train=is_train)
            seconds = time.perf_counter() - start
            before = runs[id(node)][1] if id(node) in runs else 0.0
            runs[id(node)] = (result[0], before + seconds)
            return result

        return run

    try:
        for node, forward in forwards:
            node._func = recording(node, forward)
        model.predict(X)
    finally:
        for node, forward in forwards:
            node._func = forward
    return runs


def _run_cells(runs: dict[int, tuple[Any, float]], node: Any) -> tuple[str, str]:
    if id(node) not in runs:
        return "", ""
    output, seconds = runs[id(node)]
    return describe(output), f"{seconds * 1e3:.3f}"


def _dims(node: Node) -> str:
    return ", ".join(f"{name}={'?' if value is None else value}" for name, value in node._dims.items())


def _params(node: Node, arrays: dict[str, Any]) -> str:
    shapes = [f"{name} {'?' if array is None else tuple(array.shape)}" for name, array in arrays.items()]
    return ", ".join(shapes + [type(shim).__name__ for shim in node.shims])


def _line(columns: tuple[str, ...], cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [
        cell.rjust(width) if column in _RIGHT else cell.ljust(width)
        for column, cell, width in zip(columns, cells, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()

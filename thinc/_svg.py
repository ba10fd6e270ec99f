"""Charts as plain SVG: lines or dots over two axes, and bars. Readable on light and dark ground.

Text is drawn in the colour of its surroundings; in a file of its own that follows the reader's colour scheme.
"""

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Bar", "Plot", "Scale", "bars", "document", "text"]

COLOURS = ("#3b82c4", "#d9822b", "#3f9e6b", "#9a63b8", "#c2545c", "#8a8f98")
STYLE = (
    ".chart{font:13px system-ui,sans-serif;fill:currentColor}"
    ".chart .grid{stroke:currentColor;stroke-opacity:.15}.chart .axis{stroke:currentColor;stroke-opacity:.5}"
    ".chart .faint{fill-opacity:.7}.chart .title{font-weight:600}"
)
SCHEME = "svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}"
# About how wide a letter is.
LETTER = 8.2


def document(body: str, width: float, height: float, *, title: str, standalone: bool = True) -> str:
    """An SVG element; with `standalone`, one that brings its own style, for a file."""
    style = f"<style>{SCHEME}{STYLE}</style>" if standalone else ""
    size = f'width="{width:g}" height="{height:g}" ' if standalone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" {size}viewBox="0 0 {width:g} {height:g}" '
        f'role="img" aria-label="{html.escape(title)}">{style}{body}</svg>\n'
    )


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{html.escape(words)}</text>'


def line(x: float, y: float, x2: float, y2: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{x:.1f} {y:.1f}L{x2:.1f} {y2:.1f}"/>'


@dataclass(frozen=True)
class Scale:
    """From values between `low` and `high` to pixels between `start` and `stop`."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    @classmethod
    def around(cls, values: Iterable[float], start: float, stop: float, log: bool = False) -> "Scale":
        """A scale that has room for all those values that are finite."""
        finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        if log:
            return cls(low / 1.4, high * 1.4, start, stop, True)
        gap = (high - low or abs(high) or 1.0) * 0.05
        return cls(low - gap, high + gap, start, stop)

    def __call__(self, value: float) -> float:
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        value = math.log(max(value, 1e-300)) if self.log else value
        return self.start + (value - low) / (high - low) * (self.stop - self.start)

    def ticks(self) -> list[float]:
        """Round values within the scale."""
        if self.log:
            low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            steps = (1,) if high - low > 4 else (1, 2, 5)
            found = [step * 10.0**power for power in range(low, high + 1) for step in steps]
        else:
            size = 10.0 ** math.floor(math.log10((self.high - self.low) / 4))
            size *= next(step for step in (1, 2, 5, 10) if (self.high - self.low) / (step * size) <= 6)
            first = math.ceil(self.low / size)
            found = [step * size for step in range(first, first + 8)]
        return [value for value in found if self.low <= value <= self.high]


@dataclass
class Plot:
    """Two axes and what is drawn between them."""

    x: Scale
    y: Scale
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    parts: list[str] = field(default_factory=list)

    def curve(self, points: Sequence[tuple[float, float]], colour: int = 0, dashed: bool = False) -> None:
        places = [f"{self.x(a):.1f} {self.y(b):.1f}" for a, b in points if math.isfinite(b)]
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        style = f'fill="none" stroke="{COLOURS[colour]}" stroke-width="2"{dash}'
        if places:
            self.parts.append(f'<path {style} d="M{"L".join(places)}"/>')

    def dot(self, a: float, b: float, colour: int = 0, label: str = "") -> None:
        shape = f'<circle cx="{self.x(a):.1f}" cy="{self.y(b):.1f}" r="4.5" fill="{COLOURS[colour]}">'
        self.parts.append(f"{shape}<title>{html.escape(label)}</title></circle>")

    def note(
        self, a: float, b: float, words: str, anchor: str = "start", dx: float = 8, dy: float = 4
    ) -> None:
        self.parts.append(text(self.x(a) + dx, self.y(b) + dy, words, anchor))

    def body(self) -> str:
        left, right, bottom, top = self.x.start, self.x.stop, self.y.start, self.y.stop
        drawn = [text(left, top - 12, self.title, kind="title")] if self.title else []
        for value in self.y.ticks():
            drawn.append(line(left, self.y(value), right, self.y(value), "grid"))
            drawn.append(text(left - 8, self.y(value) + 4, f"{value:g}", "end", "faint"))
        for value in self.x.ticks():
            drawn.append(line(self.x(value), bottom, self.x(value), top, "grid"))
            drawn.append(text(self.x(value), bottom + 18, f"{value:g}", "middle", "faint"))
        drawn.append(line(left, bottom, right, bottom, "axis"))
        drawn.append(text((left + right) / 2, bottom + 38, self.x_label, "middle", "faint"))
        drawn.append(text(right, top - 12, self.y_label, "end", "faint"))
        return "".join([*drawn, *self.parts])


@dataclass(frozen=True)
class Bar:
    """One line of a chart of bars.

    Args:
        label: what is measured.
        values: one for each series; None where there is none.
        notes: what is written behind each bar.
    """

    label: str
    values: Sequence[float | None]
    notes: Sequence[str]


def bars(
    lines: Sequence[Bar], series: Sequence[str], *, width: float = 760, log: bool = True
) -> tuple[str, float]:
    """Bars from left to right, one for each series in a line; those of a log scale begin at 1.

    Returns:
        what goes into an SVG element, and its height.
    """
    found = [value for each in lines for value in each.values if value is not None]
    left = 16 + LETTER * max(len(each.label) for each in lines)
    right = width - 24 - LETTER * max(len(note) for each in lines for note in each.notes)
    low, high = (min([1.0, *found]), max([1.0, *found])) if log else (0.0, max(found))
    scale = Scale(low, max(high, low * 1.01 + 1e-12), left, right, log)
    origin, thick, y = scale(1.0 if log else 0.0), 13, 34.0
    drawn, x = [], left
    for number, name in enumerate(series):
        drawn.append(f'<rect x="{x:.1f}" y="8" width="11" height="11" rx="2" fill="{COLOURS[number]}"/>')
        drawn.append(text(x + 16, 18, name))
        x += 34 + LETTER * len(name)
    top = y - 6
    for each in lines:
        drawn.append(text(left - 8, y + thick * len(series) / 2 + 4.5, each.label, "end"))
        for number, value in enumerate(each.values):
            if value is not None:
                start, stop = sorted((origin, scale(value)))
                place = f'x="{start:.1f}" y="{y:.1f}" width="{max(stop - start, 1):.1f}" height="{thick - 1}"'
                drawn.append(f'<rect {place} rx="2" fill="{COLOURS[number]}"/>')
                drawn.append(text(max(stop, origin) + 6, y + 10.5, each.notes[number], kind="faint"))
            y += thick
        y += 9
    drawn.append(line(origin, top, origin, y - 4, "axis"))
    return "".join(drawn), y + 4

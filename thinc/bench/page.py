"""Results as one HTML file that needs nothing else: bars of the ratios, rooflines, and the table."""

import html
import json
from typing import Any

from .._svg import STYLE, Bar, Plot, Scale, bars, document
from .table import geomean, peers_of

__all__ = ["page", "roofline", "speed_bars"]

TITLES = {"gemm": "Matrix products", "ops": "Ops", "models": "Models", "layers": "Layers"}
NAMES = {"reference": "the NumPy reference", "torch": "PyTorch"}
CSS = """
:root { color-scheme: light dark; --ground: #fff; --ink: #24292f; --faint: #8884 }
@media (prefers-color-scheme: dark) { :root { --ground: #16191d; --ink: #e6edf3 } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem }
.wide { overflow-x: auto } .chart { width: 100%; min-width: 38rem; height: auto; display: block }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--faint) }
th, td { text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } td.missed { color: #c2545c; font-weight: 600 }
.warning { border-left: 4px solid #d9822b; padding-left: .8rem }
"""


def page(found: dict[str, Any]) -> str:
    """The page for what `run` has found."""
    about, results = found["machine"], found["results"]
    parts = [heading(about), summary(results)]
    for group, title in TITLES.items():
        rows = [each for each in results if each.get("group", "ops") == group]
        chart = speed_bars(rows)
        if chart:
            parts += [f"<h2>{title}: how many times faster the kernels are</h2>", wide(chart)]
    for title, chart in roofline(about, results).items():
        parts += [f"<h2>{title}</h2>", wide(chart)]
    parts += ["<h2>All figures</h2>", wide(table(results))]
    title = f"thinc {about['version']}: benchmark"
    # A page that is a result can be read as one: the figures are in it as data, too.
    data = json.dumps(found).replace("</", "<\\/")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{CSS}{STYLE}</style></head><body>{''.join(parts)}"
        f'<script type="application/json" id="results">{data}</script></body></html>\n'
    )


def wide(inner: str) -> str:
    return f'<div class="wide">{inner}</div>'


def heading(about: dict[str, Any]) -> str:
    read = ", ".join(f"{name} {rate / 1e9:.0f}" for name, rate in about["read"].items())
    lines = [
        f"<h1>thinc {html.escape(about['version'])}</h1>",
        f"<p>One core of {html.escape(about['processor'])}, level {about['level']}, "
        f"Python {about['python']}, NumPy {about['numpy']}, {about.get('date', '')}.<br>"
        f"Roofs of the same run: {about['fma_f32'] / 1e9:.0f} GFLOP/s float32, "
        f"{about['fma_f64'] / 1e9:.0f} float64; reading, GB/s: {read}.</p>",
    ]
    for name, value in about["handicaps"].items():
        problem = f"{name}={value} was set and slowed NumPy's matrix products down."
        lines.append(f'<p class="warning">{html.escape(problem)}</p>')
    return "".join(lines)


def summary(results: list[dict[str, Any]]) -> str:
    items = []
    for peer in peers_of(results):
        ratios = [each["faster_than"][peer] for each in results if peer in each["faster_than"]]
        name = html.escape(NAMES.get(peer, peer))
        items.append(f"<li>{geomean(ratios):.2f} times {name}, the geometric mean of {len(ratios)} rows</li>")
    missed = [each["name"] for each in results if each["met"] is False]
    if missed:
        items.append(f"<li>goals not met: {html.escape(', '.join(missed))}</li>")
    return f"<ul>{''.join(items)}</ul>"


def speed_bars(results: list[dict[str, Any]], *, standalone: bool = False, title: str = "speed") -> str:
    """Bars of the ratios to every peer; nothing if there are no peers."""
    peers = peers_of(results)
    lines = []
    for each in results:
        ratios = [each["faster_than"].get(peer) for peer in peers]
        notes = ["" if ratio is None else f"{ratio:.1f}x" for ratio in ratios]
        lines.append(Bar(each["name"], ratios, notes))
    if not peers:
        return ""
    body, height = bars(lines, [f"against {NAMES.get(peer, peer)}" for peer in peers])
    return document(body, 760, height, title=title, standalone=standalone)


def roofline(about: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, str]:
    """Charts of what was reached under what the machine allows, by their titles.

    Matrix products over the multiply-adds per byte that they need; other ops, which do little with each
    byte, over the memory that they touch.
    """
    products = [each for each in results if each["unit"] == "GFLOP/s" and each.get("moved")]
    others = [each for each in results if each["unit"] != "GFLOP/s" and each.get("moved")]
    charts = {}
    if products:
        charts["Matrix products under the roofs"] = product_plot(about, products)
    if others and "sizes" in about:
        charts["Ops by the memory they touch, under the read bandwidth"] = traffic_plot(about, others)
    return charts


def product_plot(about: dict[str, Any], products: list[dict[str, Any]]) -> str:
    roof = about["fma_f32"] / 1e9
    points = [(each["work"] / each["moved"], each["figure"], each) for each in products]
    x = Scale.around([0.5, 2 * max(point[0] for point in points)], 70, 730, log=True)
    figures = [roof / 20, roof, *(point[1] for point in points)]
    plot = Plot(x, Scale.around(figures, 330, 40, log=True), x_label="flop per byte", y_label="GFLOP/s")
    for number, (name, rate) in enumerate(about["read"].items()):
        ridge = roof / (rate / 1e9)
        start = max(x.low, plot.y.low / (rate / 1e9))
        plot.curve([(start, start * rate / 1e9), (ridge, roof)], 5, dashed=True)
        plot.note(start, start * rate / 1e9, name, dx=4, dy=-4 - 2 * number)
    plot.curve([(min(roof / (rate / 1e9) for rate in about["read"].values()), roof), (x.high, roof)], 1)
    plot.note(x.high, roof, f"{roof:.0f} GFLOP/s", "end", dx=-4, dy=-6)
    for number, (intensity, figure, each) in enumerate(sorted(points, key=lambda point: point[0])):
        plot.dot(
            intensity, figure, 0, f"{each['name']}: {figure:.0f} GFLOP/s, {figure / roof:.0%} of the roof"
        )
        plot.note(
            intensity, figure, each["name"].removeprefix("gemm "), "middle", dx=0, dy=18 + 15 * (number % 3)
        )
    return document(plot.body(), 760, 380, title="roofline of matrix products", standalone=False)


def traffic_plot(about: dict[str, Any], others: list[dict[str, Any]]) -> str:
    points = [
        (each["moved"] / 2**20, each["moved"] / each["times"]["kernels"] / 1e9, each) for each in others
    ]
    roofs = [(size / 2**20, about["read"][name] / 1e9, name) for name, size in about["sizes"].items()]
    x = Scale.around([each[0] for each in points + roofs], 70, 730, log=True)
    y = Scale.around([each[1] for each in points + roofs], 330, 40, log=True)
    plot = Plot(x, y, x_label="MiB read and written", y_label="GB/s")
    plot.curve([(size, rate) for size, rate, _ in roofs], 1)
    for size, rate, name in roofs:
        plot.note(size, rate, name, "middle", dx=0, dy=-8)
    for size, rate, each in points:
        plot.dot(size, rate, 0, f"{each['name']}: {rate:.0f} GB/s")
    return document(plot.body(), 760, 380, title="bandwidth of ops", standalone=False)


def table(results: list[dict[str, Any]]) -> str:
    peers = peers_of(results)
    header = [
        "",
        "figure",
        "unit",
        "spread",
        "goal",
        "of the roof",
        *(f"against {NAMES.get(p, p)}" for p in peers),
    ]
    rows = []
    for each in results:
        share = f"{each['of_roof']:.0%}" if each["of_roof"] else ""
        goal = "" if each["goal"] is None else f"{each['goal']:g}"
        ratios = [f"{each['faster_than'][p]:.2f}x" if p in each["faster_than"] else "" for p in peers]
        cells = [
            each["name"],
            f"{each['figure']:.3f}",
            each["unit"],
            f"{each['spread']:.0%}",
            goal,
            share,
            *ratios,
        ]
        missed = ' class="missed"' if each["met"] is False else ""
        shown = [f"<td{missed if i == 1 else ''}>{html.escape(cell)}</td>" for i, cell in enumerate(cells)]
        rows.append(f"<tr>{''.join(shown)}</tr>")
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in header)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

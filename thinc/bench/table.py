"""The table: each row in its unit, the goal, the fraction of the roof, and the ratios to the peers."""

import math
from collections.abc import Iterable
from typing import Any, Protocol

from ..screens import PlainScreen
from .timing import Timing

__all__ = ["compare_with_roof", "comparison", "geomean", "in_unit", "peers_of", "print_table", "result_of"]

FACTORS = {"ns/element": 1e9, "ns/key": 1e9, "us": 1e6, "ms": 1e3}
# Files written by other versions may lack what came later.
OTHER_MACHINE = ("processor", "level", "python", "numpy")


class Measured(Protocol):
    """What a row says of its figure."""

    @property
    def name(self) -> str: ...

    @property
    def work(self) -> float: ...

    @property
    def unit(self) -> str: ...

    @property
    def goal(self) -> float | None: ...

    @property
    def moved(self) -> float | None: ...

    @property
    def group(self) -> str: ...


def in_unit(row: Measured, seconds: float) -> float:
    """Seconds per call as a figure in the row's unit."""
    if row.unit == "GFLOP/s" or row.unit == "GB/s":
        return row.work / seconds / 1e9
    return seconds / row.work * FACTORS[row.unit]


def compare_with_roof(results: Iterable[dict[str, Any]], roof: float) -> None:
    """Fill in `of_roof`, the share of the multiply-add rate of the same run."""
    for each in results:
        if each["unit"] == "GFLOP/s":
            each["of_roof"] = each["work"] / each["times"]["kernels"] / roof


def result_of(row: Measured, timings: dict[str, Timing]) -> dict[str, Any]:
    """One row as plain data."""
    own = timings["kernels"]
    figure = in_unit(row, own.median)
    rate = row.unit.startswith("G")
    met = None if row.goal is None else (figure >= row.goal if rate else figure <= row.goal)
    return {
        "name": row.name,
        "group": row.group,
        "unit": row.unit,
        "figure": figure,
        "spread": own.spread / own.median,
        "goal": row.goal,
        "met": met,
        "of_roof": None,
        "work": row.work,
        "moved": row.moved,
        "times": {peer: timing.median for peer, timing in timings.items()},
        "faster_than": {peer: t.median / own.median for peer, t in timings.items() if peer != "kernels"},
    }


def peers_of(results: Iterable[dict[str, Any]]) -> list[str]:
    """Whom the kernels were measured against, in the order of their first appearance."""
    return list({peer: None for result in results for peer in result["faster_than"]})


def geomean(ratios: Iterable[float]) -> float:
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs))


def print_table(results: list[dict[str, Any]], screen: PlainScreen) -> None:
    """The results in columns; a ratio above 1 says how many times faster the kernels are."""
    peers = peers_of(results)
    header = ["", "figure", "unit", "spread", "goal", "", *(f"/ {peer}" for peer in peers)]
    lines = []
    for r in results:
        share = f"{100 * r['of_roof']:.0f} % of roof" if r["of_roof"] else ""
        verdict = share if r["met"] is None else "met" if r["met"] else "NOT MET"
        goal = "" if r["goal"] is None else f"{r['goal']:g}"
        ratios = [f"{r['faster_than'][p]:.2f}x" if p in r["faster_than"] else "-" for p in peers]
        lines.append(
            [r["name"], f"{r['figure']:.3f}", r["unit"], f"{100 * r['spread']:.0f} %", goal, verdict, *ratios]
        )
    screen.table(header, lines)
    for peer in peers:
        found = [r["faster_than"][peer] for r in results if peer in r["faster_than"]]
        screen.line(f"{geomean(found):.2f}x {peer} in the geometric mean of {len(found)} rows")


def comparison(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[str], list[list[str]], list[str]]:
    """Two runs side by side.

    A change counts as one if it is more than the spreads of both runs together.

    Returns:
        header and rows of a table, and what there is to say about it.
    Raises:
        ValueError: the runs have no row in common.
    """
    olds = {result["name"]: result for result in before["results"]}
    pairs = [(olds[new["name"]], new) for new in after["results"] if new["name"] in olds]
    if not pairs:
        raise ValueError("the two files must have a row in common; got none")
    rows, ratios = [], []
    for old, new in pairs:
        ratio = old["times"]["kernels"] / new["times"]["kernels"]
        ratios.append(ratio)
        beyond = abs(ratio - 1) > old["spread"] + new["spread"]
        verdict = "" if not beyond else "faster" if ratio > 1 else "SLOWER"
        figures = [f"{each['figure']:.3f}" for each in (old, new)]
        rows.append([new["name"], *figures, new["unit"], f"{ratio:.2f}x", verdict])
    said = [f"{geomean(ratios):.3f}x as fast in the geometric mean of {len(ratios)} rows"]
    for name in OTHER_MACHINE:
        old, new = before["machine"].get(name), after["machine"].get(name)
        if old != new:
            said.append(f"warning: {name} differs: {old} before, {new} after")
    roofs = after["machine"]["fma_f32"] / before["machine"]["fma_f32"]
    if not 0.95 < roofs < 1.05:
        said.append(f"warning: the machine itself was {roofs:.2f}x as fast (multiply-adds of float32)")
    return ["", "before", "after", "unit", "speed", ""], rows, said

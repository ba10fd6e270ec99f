"""The table: each row in its unit, the goal, the fraction of the roof, and the ratios to the peers."""

from typing import Any

from .rows import Row
from .timing import Timing

__all__ = ["in_unit", "print_table", "result_of"]

FACTORS = {"ns/element": 1e9, "ns/key": 1e9, "us": 1e6, "ms": 1e3}


def in_unit(row: Row, seconds: float) -> float:
    """Seconds per call as a figure in the row's unit."""
    if row.unit == "GFLOP/s" or row.unit == "GB/s":
        return row.work / seconds / 1e9
    return seconds / row.work * FACTORS[row.unit]


def result_of(row: Row, timings: dict[str, Timing], roof: float) -> dict[str, Any]:
    """One row as plain data. `roof` is the multiply-add rate of the same run."""
    own = timings["kernels"]
    figure = in_unit(row, own.median)
    rate = row.unit.startswith("G")
    met = None if row.goal is None else (figure >= row.goal if rate else figure <= row.goal)
    return {
        "name": row.name,
        "unit": row.unit,
        "figure": figure,
        "spread": own.spread / own.median,
        "goal": row.goal,
        "met": met,
        "of_roof": row.work / own.median / roof if row.unit == "GFLOP/s" else None,
        "times": {peer: timing.median for peer, timing in timings.items()},
        "faster_than": {peer: t.median / own.median for peer, t in timings.items() if peer != "kernels"},
    }


def print_table(results: list[dict[str, Any]], peers: list[str]) -> None:
    """The results in columns; a ratio above 1 says how many times faster the kernels are."""
    head = ["", "figure", "unit", "spread", "goal", "", *(f"/ {peer}" for peer in peers)]
    lines = [head]
    for r in results:
        share = f"{100 * r['of_roof']:.0f} % of roof" if r["of_roof"] else ""
        verdict = share if r["met"] is None else "met" if r["met"] else "NOT MET"
        goal = "" if r["goal"] is None else f"{r['goal']:g}"
        ratios = [f"{r['faster_than'][p]:.2f}x" if p in r["faster_than"] else "-" for p in peers]
        spread = f"{100 * r['spread']:.0f} %"
        lines.append([r["name"], f"{r['figure']:.3f}", r["unit"], spread, goal, verdict, *ratios])
    widths = [max(len(line[c]) for line in lines) for c in range(len(head))]
    for line in lines:
        left = f"{line[0]:<{widths[0]}}  {line[1]:>{widths[1]}} {line[2]:<{widths[2]}}"
        rest = "  ".join(f"{cell:>{width}}" for cell, width in zip(line[3:], widths[3:], strict=True))
        print(f"{left}  {rest}".rstrip())

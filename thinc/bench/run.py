"""The benchmark run: roofs first, then every row, everyone in turn."""

import datetime
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..about import __version__
from ..backends import numpy_ops
from ..screens import PlainScreen
from . import layer_rows, peers, rows, table, timing

__all__ = ["GROUPS", "Options", "introduce", "run"]

# Settings that slow NumPy's own matrix products down; a comparison under them would flatter.
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SIZES = {"L1": 16 << 10, "L2": 512 << 10, "L3": 8 << 20, "memory": 256 << 20}
# The roofs are measured anew after so many rows.
ROWS_PER_ROOF = 8
GROUPS = ("gemm", "ops", "models", "layers")
AnyRow = rows.Row | layer_rows.LayerRow


@dataclass(frozen=True)
class Options:
    """What is measured, and how long.

    Args:
        groups: of `GROUPS`; layers take several minutes.
        only: a part of the names of rows.
        rounds: turns that each peer takes.
        seconds: length of a turn.
        reference: whether the NumPy reference is measured, too.
        clock: "wall", or "cpu" for the time that processors spend, where other programs run, too.
    """

    groups: Sequence[str] = GROUPS[:3]
    only: str = ""
    rounds: int = 11
    seconds: float = 0.01
    reference: bool = True
    clock: str = "wall"

    def rows(self) -> list[AnyRow]:
        everything: list[AnyRow] = [*rows.ROWS, *layer_rows.ROWS]
        found = [row for row in everything if row.group in self.groups and self.only in row.name]
        if not found:
            raise ValueError(f"no row of {', '.join(self.groups)} contains {self.only!r}")
        return found


def machine(clock: str) -> dict[str, Any]:
    """What the figures are measured on. The roofs are yet to be measured."""
    if not numpy_ops.COMPILED:
        raise ValueError("this installation has no compiled kernels; there is nothing to compare")
    from ..backends.cpu import _isa  # type: ignore[attr-defined]

    return {
        "date": datetime.date.today().isoformat(),
        "version": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "processor": processor(),
        "level": _isa.level(),
        "fma_f32": 0.0,
        "fma_f64": 0.0,
        "read": dict.fromkeys(SIZES, 0.0),
        "sizes": SIZES,
        "clock": clock,
        "handicaps": {name: os.environ[name] for name in HANDICAPS if name in os.environ},
    }


def raise_roofs(about: dict[str, Any]) -> None:
    """Measure the roofs and keep the highest: a busy moment must not make them too low for a whole run."""
    from ..backends.cpu import roofs  # type: ignore[attr-defined]

    clock = timing.CLOCKS[about["clock"]]
    for name in ("float32", "float64"):
        kind = f"fma_f{name[-2:]}"
        about[kind] = max(about[kind], roofs.fma_rate(name, clock=clock))
    for name, size in SIZES.items():
        about["read"][name] = max(about["read"][name], roofs.bandwidth(size, clock=clock))


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def run(options: Options, screen: PlainScreen) -> dict[str, Any]:
    """Measure what is wanted: the machine and the results as plain data.

    Raises:
        ValueError: there is no such row, or there are no kernels to measure.
    """
    wanted = options.rows()
    about = machine(options.clock)
    python = os.environ.get("THINC_PEER_PYTHON")
    others = {}
    if python:
        files = {"layers": layer_rows.__file__, "": rows.__file__}
        needed = {"layers" if row.group == "layers" else "" for row in wanted}
        others = {kind: peers.Installation(python, files[kind], options.clock) for kind in sorted(needed)}
    results = []
    try:
        with screen.progress("benchmark", len(wanted)):
            for done, row in enumerate(wanted):
                screen.advance(done, row.name)
                if done % ROWS_PER_ROOF == 0:
                    raise_roofs(about)
                peer = others.get("layers" if row.group == "layers" else "")
                timings = timing.alternate(timers(row, options, peer), options.rounds, options.seconds)
                results.append(table.result_of(row, timings))
            raise_roofs(about)
    finally:
        for other in others.values():
            other.close()
    introduce(about, screen)
    table.compare_with_roof(results, about["fma_f32"])
    return {"machine": about, "results": results}


def introduce(about: dict[str, Any], screen: PlainScreen) -> None:
    """Where the figures come from, and what speaks against them."""
    read = ", ".join(f"{name} {rate / 1e9:.0f}" for name, rate in about["read"].items())
    screen.line(f"thinc {about['version']}, {about['level']} on {about['processor']}; NumPy {about['numpy']}")
    if about.get("clock") == "cpu":
        screen.line("processor time is counted, not that on the wall")
    screen.line(
        f"roofs: {about['fma_f32'] / 1e9:.0f} GFLOP/s float32, {about['fma_f64'] / 1e9:.0f} float64; "
        f"read GB/s: {read}"
    )
    for name, value in about["handicaps"].items():
        screen.line(f"warning: {name}={value} is set and slows NumPy's matrix products down; unset it")


def timers(row: Any, options: Options, peer: peers.Installation | None) -> dict[str, peers.Timer]:
    """Everyone who can run a row."""
    found: dict[str, peers.Timer | None] = {"kernels": peers.kernels(row, options.clock)}
    if options.reference:
        found["reference"] = peers.reference(row, options.clock)
    found["torch"] = peers.torch_timer(row, options.clock)
    if peer is not None:
        found[f"thinc {peer.version}"] = peer.timer(row)
    return {name: timer for name, timer in found.items() if timer is not None}

"""The benchmark run: roofs first, then every row, everyone in turn."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from typing import Any

import numpy

from ..about import __version__
from ..backends import numpy_ops
from . import peers, rows, table, timing

__all__ = ["main", "measure"]

# Settings that slow NumPy's own matrix products down; a comparison under them would flatter.
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="thinc bench", description="Measure ops and models on one core.")
    result.add_argument("--only", metavar="WORD", help="only rows whose name contains this")
    result.add_argument("--rounds", type=int, default=11, help="turns that each peer takes (default 11)")
    result.add_argument("--seconds", type=float, default=0.01, help="length of a turn (default 0.01)")
    result.add_argument("--json", metavar="FILE", help="write the results there too")
    result.add_argument("--no-reference", action="store_true", help="leave the NumPy reference out")
    return result


def machine() -> dict[str, Any]:
    """What the figures were measured on, and the roofs of this run."""
    if not numpy_ops.COMPILED:
        raise SystemExit("thinc bench: this installation has no compiled kernels, so nothing to compare")
    from ..backends.cpu import _isa, roofs  # type: ignore[attr-defined]

    sizes = {"L1": 16 << 10, "L2": 512 << 10, "L3": 8 << 20, "memory": 256 << 20}
    return {
        "version": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "processor": processor(),
        "level": _isa.level(),
        "fma_f32": roofs.fma_rate("float32"),
        "fma_f64": roofs.fma_rate("float64"),
        "read": {name: roofs.bandwidth(size) for name, size in sizes.items()},
        "handicaps": {name: os.environ[name] for name in HANDICAPS if name in os.environ},
    }


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def measure(wanted: Sequence[rows.Row], args: argparse.Namespace, roof: float) -> list[dict[str, Any]]:
    """All rows, each with everyone who can run it."""
    python = os.environ.get("THINC_PEER_PYTHON")
    peer = peers.Installation(python) if python else None
    results = []
    for row in wanted:
        timers = {"kernels": peers.kernels(row)}
        if not args.no_reference:
            timers["reference"] = peers.reference(row)
        others = {"torch": peers.torch_timer(row)}
        if peer:
            others[f"thinc {peer.version}"] = peer.timer(row)
        timers.update({name: timer for name, timer in others.items() if timer})
        results.append(table.result_of(row, timing.alternate(timers, args.rounds, args.seconds), roof))
        print(f"\r{len(results)}/{len(wanted)} {row.name:<30}", end="", file=sys.stderr, flush=True)
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    if peer:
        peer.close()
    return results


def main(argv: Sequence[str] | None = None) -> None:
    args = parser().parse_args(argv)
    wanted = [row for row in rows.ROWS if not args.only or args.only in row.name]
    if not wanted:
        raise SystemExit(f"thinc bench: no row contains {args.only!r}")
    about = machine()
    read = ", ".join(f"{name} {rate / 1e9:.0f}" for name, rate in about["read"].items())
    print(f"thinc {about['version']}, {about['level']} on {about['processor']}; NumPy {about['numpy']}")
    single, double = (about[f"fma_f{bits}"] / 1e9 for bits in (32, 64))
    print(f"roofs: {single:.0f} GFLOP/s float32, {double:.0f} float64; read GB/s: {read}")
    for name, value in about["handicaps"].items():
        print(f"warning: {name}={value} is set and slows NumPy's matrix products down; unset it")
    results = measure(wanted, args, about["fma_f32"])
    found = {peer: None for result in results for peer in result["faster_than"]}
    table.print_table(results, list(found))
    if args.json:
        with open(args.json, "w", encoding="utf8") as file:
            json.dump({"machine": about, "results": results}, file, indent=1)

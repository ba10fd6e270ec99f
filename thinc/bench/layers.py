"""The layer table: every layer here and in an earlier release, in turn, and whether it is fast enough."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from . import layer_rows, peers, timing

__all__ = ["main"]


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        description="Compare the layers with those of the installation that THINC_PEER_PYTHON names."
    )
    result.add_argument("--only", metavar="WORD", help="only rows whose name contains this")
    result.add_argument("--rounds", type=int, default=7, help="turns that each side takes (default 7)")
    result.add_argument("--seconds", type=float, default=0.01, help="length of a turn (default 0.01)")
    result.add_argument("--json", metavar="FILE", help="write the results there too")
    return result


def measure(row: layer_rows.LayerRow, peer: Any, args: argparse.Namespace) -> dict[str, Any]:
    """Microseconds per call on both sides, and whether that is fast enough."""
    timers = {"here": peers.kernels(row)}
    peers_timer = peer and peer.timer(row)
    if peers_timer:
        timers["peer"] = peers_timer
    found = timing.alternate(timers, args.rounds, args.seconds)
    own = found["here"].median
    ratio = found["peer"].median / own if peers_timer else None
    met = None if ratio is None else ratio >= row.least
    return {"name": row.name, "us": own * 1e6, "faster": ratio, "least": row.least, "met": met}


def line(result: dict[str, Any]) -> str:
    ratio = "-" if result["faster"] is None else f"{result['faster']:.2f}x"
    verdict = {None: "", True: "met", False: "NOT MET"}[result["met"]]
    return f"{result['name']:<44} {result['us']:>10.1f} us {ratio:>8} of {result['least']:g}x  {verdict}"


def main(argv: Sequence[str] | None = None) -> None:
    args = parser().parse_args(argv)
    python = os.environ.get("THINC_PEER_PYTHON")
    peer = peers.Installation(python, layer_rows.__file__) if python else None
    results = []
    for row in layer_rows.ROWS:
        if not args.only or args.only in row.name:
            results.append(measure(row, peer, args))
            print(line(results[-1]), flush=True)
    if peer:
        peer.close()
        missed = [result["name"] for result in results if result["met"] is False]
        print(f"{len(results)} rows against thinc {peer.version}; not met: {', '.join(missed) or 'none'}")
    else:
        print("THINC_PEER_PYTHON names no interpreter: nothing to compare with", file=sys.stderr)
    if args.json:
        with open(args.json, "w", encoding="utf8") as file:
            json.dump(results, file, indent=1)

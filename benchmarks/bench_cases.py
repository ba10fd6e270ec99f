"""Every op of the case table, at every size, against the NumPy reference and an earlier release.

An op that loses to either is listed at the end. `--call-cost` has one row of four numbers instead, and
compares with the microseconds that a call may cost.
"""

import argparse
import os
import pickle
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import case_rows
import numpy

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ops.cases import CASES  # noqa: E402
from support.oracle import positional  # noqa: E402

from thinc.backends import NumpyOps, Ops  # noqa: E402
from thinc.backends.reference._packed import State  # noqa: E402
from thinc.bench import peers, timing  # noqa: E402

SIZES = [(1, 8), (32, 96), (2000, 96), (2000, 384), (8000, 256)]
TINY = [(1, 4)]
CALL_COST = 0.5  # microseconds
# Losing by less than this is not told apart from noise.
NOISE = 0.95
SEQUENCE_OPS = ("reduce", "softmax_seq", "seq2col", "sparse")
# Their lengths are drawn from up to T rows each, and not so that they sum to T.
DRAW_LENGTHS = {"backprop_reduce_sum", "backprop_reduce_mean", "backprop_reduce_max"}


def sizes_of(case: Any, rows: int, width: int) -> dict[str, int]:
    """The size of every axis, so that an op has about that many rows of that width."""
    sizes = {"N": rows, "B": rows, "T": rows, "I": width, "O": width, "P": 3, "K": min(4, rows)}
    if "lstm" in case.op:  # the reference needs seconds for more
        return sizes | {"B": min(rows, 32), "T": max(1, min(rows, 320) // 32)}
    if case.op in DRAW_LENGTHS:
        return sizes | {"B": max(1, rows // 20), "T": min(rows, 20)}
    if case.label == "rank3":
        return sizes | {"B": min(rows, 4), "N": max(1, rows // 4)}
    axis_of_sequences = case.op.removeprefix("backprop_").startswith(
        ("reduce", "softmax_seq", "seq2col", "sparse")
    )
    return sizes | {"B": max(1, rows // 20)} if axis_of_sequences else sizes


def calls(args: argparse.Namespace) -> list[case_rows.Call]:
    found = []
    for case in CASES:
        for rows, width in TINY if args.call_cost else SIZES:
            name = f"{case.id} {rows}x{width}"
            if args.dtype in case.dtypes and (not args.only or args.only in name):
                given, keywords = positional(case.draw(sizes_of(case, rows, width), args.dtype))
                # To restore four numbers takes longer than the op.
                writes = () if args.call_cost else case.writes
                found.append(case_rows.Call(name, case.op, given, keywords, writes))
    return found


def peer_with(wanted: list[case_rows.Call], folder: str) -> Any:
    """The installation that THINC_PEER_PYTHON names, which gets all calls that it may know; or None."""
    python = os.environ.get("THINC_PEER_PYTHON")
    if not python:
        return None
    os.environ["THINC_BENCH_CASES"] = os.path.join(folder, "calls.pickle")
    sent = [case_rows.plain(call) for call in wanted if not any(type(X) is State for X in call.args)]
    with open(os.environ["THINC_BENCH_CASES"], "wb") as file:
        pickle.dump(sent, file)
    return peers.Installation(python, case_rows.__file__)


def measure(call: case_rows.Call, peer: Any, args: argparse.Namespace) -> dict[str, float]:
    """Seconds per call, by who makes it."""
    made = {"kernels": call.make(None, NumpyOps())}
    if not args.call_cost:
        made["reference"] = call.make(None, Ops())
    timers: dict[str, Any] = {name: partial(timing.time_calls, function) for name, function in made.items()}
    timers["peer"] = peer.timer(call) if peer and not any(type(X) is State for X in call.args) else None
    timers = {name: timer for name, timer in timers.items() if timer}
    found = timing.alternate(timers, args.rounds, args.seconds)
    return {name: result.median for name, result in found.items()}


def losses(seconds: dict[str, float], args: argparse.Namespace) -> list[str]:
    """In what the kernels lose."""
    own = seconds["kernels"]
    lost = [name for name in ("reference", "peer") if name in seconds and seconds[name] / own < NOISE]
    return [*lost, "call cost"] if args.call_cost and own * 1e6 > CALL_COST else lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="WORD", help="only calls whose name contains this")
    parser.add_argument("--call-cost", action="store_true", help="only the cost of a call, on four numbers")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--rounds", type=int, default=5, help="turns that each side takes (default 5)")
    parser.add_argument("--seconds", type=float, default=0.005, help="length of a turn (default 0.005)")
    args = parser.parse_args()
    wanted, lost = calls(args), []
    numpy.seterr(all="ignore")
    with tempfile.TemporaryDirectory() as folder:
        peer = peer_with(wanted, folder)
        for call in wanted:
            seconds = measure(call, peer, args)
            if losses(seconds, args):  # once more, for longer
                seconds = measure(call, peer, argparse.Namespace(**vars(args) | {"rounds": 3 * args.rounds}))
            found, own = losses(seconds, args), seconds.pop("kernels")
            lost += [f"{call.name} ({', '.join(found)})"] if found else []
            ratios = [f"{time / own:>8.2f}x {name}" for name, time in seconds.items()]
            print(f"{call.name:<44} {own * 1e6:>11.2f} us", *ratios, flush=True)
        if peer:
            peer.close()
    print(f"{len(wanted)} calls; lost: {'; '.join(lost) or 'none'}")


if __name__ == "__main__":
    main()

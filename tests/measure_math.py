"""The worst error of each function of `formula/math.h` over all 2^32 float32 inputs, at every level.

    python tests/measure_math.py [--stride N] [function ...]

Prints the table of docs/numerics.md. A level whose results differ in a bit from those of the best level is
named instead of measured. Takes about twenty minutes on one core; a stride makes it a sample.
"""

import argparse
import sys
import time

from support.math_error import FUNCTIONS, all_floats, exact, same_bits, ulps
from thinc.backends.cpu.activations import _math

from thinc.backends.cpu import _isa


def measure(name, stride):
    """The worst error, the input that has it, and the levels whose bits differ."""
    *others, best = _isa.available()
    worst, where, differing = 0.0, 0.0, set()
    for X in all_floats(stride):
        Y = _math(name, X, best)
        error = ulps(Y, exact(name, X))
        i = error.argmax()
        if error[i] > worst:
            worst, where = float(error[i]), float(X[i])
        differing.update(level for level in others if not same_bits(Y, _math(name, X, level)))
    return worst, where, sorted(differing)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("functions", nargs="*", metavar="function", help=", ".join(FUNCTIONS))
    parser.add_argument("--stride", type=int, default=1)
    arguments = parser.parse_args()
    if unknown := set(arguments.functions) - set(FUNCTIONS):
        parser.error(f"there is no function {', '.join(sorted(unknown))}")
    levels = _isa.available()
    failed = False
    print(f"| function | worst error (ULP) | at | levels with the same bits |\n|{' --- |' * 4}")
    for name in arguments.functions or FUNCTIONS:
        start = time.perf_counter()
        worst, where, differing = measure(name, arguments.stride)
        same = ", ".join(level for level in levels if level not in differing)
        print(f"| {name} | {worst:.4f} | {where.hex()} ({where:.6g}) | {same} |", flush=True)
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
        failed |= worst > 2.0 or bool(differing)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Matrix products over a grid of shapes and all transpositions, against NumPy's.

    python benchmarks/bench_gemm.py [--dtype float64] [--rounds N] [--list]

Both write to the same array, with the call counted, and take turns; the ratio is that of the medians.
Prints the geometric means and the shapes that lose. NumPy's OpenBLAS is slowed down by OPENBLAS_CORETYPE
and OPENBLAS_L2_SIZE: unset them. Takes about a minute on one core.
"""

import argparse
import itertools
import math
from functools import partial

import numpy

from thinc.backends import NumpyOps
from thinc.bench import timing

ROWS = [*range(1, 65, 7), 128, 512, 2000]
SIZES = [16, 64, 96, 128, 288, 300, 512, 768]
TRANSPOSITIONS = {
    "plain": (False, False),
    "second": (False, True),
    "first": (True, False),
    "both": (True, True),
}
PAR = 0.97
# What the means of small products are about.
SMALL_ROWS, SMALL_SIZES = range(8, 129), range(64, 289)


def compared(m, n, k, transposed, dtype, rounds):
    """How many times faster than NumPy."""
    first, second = transposed
    rng = numpy.random.default_rng(0)
    x = rng.standard_normal((k, m) if first else (m, k)).astype(dtype)
    y = rng.standard_normal((n, k) if second else (k, n)).astype(dtype)
    out = numpy.empty((m, n), dtype)
    gemm = partial(NumpyOps().gemm, x, y, out=out, trans1=first, trans2=second)
    matmul = partial(numpy.matmul, x.T if first else x, y.T if second else y, out=out)
    timers = {"own": partial(timing.time_calls, gemm), "numpy": partial(timing.time_calls, matmul)}
    found = timing.alternate(timers, rounds, max(0.001, m * n * k * 1e-11))
    return found["numpy"].median / found["own"].median


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--rounds", type=int, default=5, help="turns that each takes (default 5)")
    parser.add_argument("--list", action="store_true", help="print every shape")
    args = parser.parse_args()
    ratios = {}
    for (label, transposed), m, n, k in itertools.product(TRANSPOSITIONS.items(), ROWS, SIZES, SIZES):
        ratio = compared(m, n, k, transposed, args.dtype, args.rounds)
        if ratio < PAR:  # once more, for longer
            ratio = compared(m, n, k, transposed, args.dtype, 4 * args.rounds)
        ratios[label, m, n, k] = ratio
        if args.list:
            print(f"{label:<7} {m:>5} x {n:>3} x {k:>3} {ratio:6.2f}x", flush=True)
    small = [
        ratio
        for (_, m, n, k), ratio in ratios.items()
        if m in SMALL_ROWS and n in SMALL_SIZES and k in SMALL_SIZES
    ]
    print(f"{len(ratios)} products: {geometric_mean(ratios.values()):.2f}x in the geometric mean")
    print(f"m 8 to 128, n and k 64 to 288: {geometric_mean(small):.2f}x")
    for label in TRANSPOSITIONS:
        lost = {shape: r for shape, r in ratios.items() if shape[0] == label and r < PAR}
        print(f"{label}: {len(lost)} below {PAR}")
        for (_, m, n, k), ratio in sorted(lost.items(), key=lambda item: item[1]):
            print(f"    {m} x {n} x {k}: {ratio:.2f}x")


if __name__ == "__main__":
    main()

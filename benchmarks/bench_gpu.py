"""Ops of `CupyOps` on a GPU: bandwidth against a copy, host time per call, an LSTM against PyTorch's.

    make bench-gpu

Bandwidth counts what an op must read and write at least, on arrays of 256 MB.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy

from thinc import compat
from thinc.api import CupyOps

WIDTH = 384
REPEATS = 20


def seconds(call: Callable[[], Any]) -> float:
    """The median time of a call on the device."""
    cuda = compat.cupy.cuda
    call()
    times = []
    for _ in range(REPEATS):
        start, end = cuda.Event(), cuda.Event()
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(cuda.get_elapsed_time(start, end) / 1e3)
    return float(numpy.median(times))


def host_seconds(call: Callable[[], Any], n: int = 2000) -> float:
    """The time in which the host issues a call."""
    call()
    compat.cupy.cuda.Device().synchronize()
    start = time.perf_counter()
    for _ in range(n):
        call()
    return (time.perf_counter() - start) / n


def row(name: str, value: float, unit: str, against: float | None = None, goal: str = "") -> None:
    share = "" if against is None else f"{value / against:6.2f}"
    print(f"{name:28s} {value:10.2f} {unit:5s} {share:8s} {goal}")


def bandwidths(ops: CupyOps, megabytes: int) -> None:
    xp = compat.cupy
    rows = megabytes * 2**20 // (4 * WIDTH)
    X = xp.random.standard_normal((rows, WIDTH), dtype="float32")
    dY, G, lengths = (
        xp.random.standard_normal(X.shape, dtype="float32"),
        X[0].copy(),
        numpy.full(rows // 20, 20),
    )
    Y, mean, rstd = ops.layer_norm(X, G, G)
    whole, pieces = X[: len(lengths) * 20], X.reshape(rows, WIDTH // 3, 3)
    gigabytes = X.nbytes / 1e9
    copy = 2 * gigabytes / seconds(lambda: Y.__setitem__(..., X))
    row("device copy", copy, "GB/s")
    calls: list[tuple[str, Callable[[], Any], float, float]] = [
        *(
            (name, lambda name=name: getattr(ops, name)(X), 2, 0.85)
            for name in ("relu", "gelu", "mish", "swish")
        ),
        ("relu in place", lambda: ops.relu(Y, inplace=True), 2, 0.85),
        ("softmax", lambda: ops.softmax(X), 2, 0.85),
        ("layer_norm", lambda: ops.layer_norm(X, G, G), 2, 0.85),
        ("maxout of 3", lambda: ops.maxout(pieces), 5 / 3, 0.85),
        ("seq2col, 1 on either side", lambda: ops.seq2col(X, 1), 4, 0.85),
        ("reduce_mean of 20", lambda: ops.reduce_mean(whole, lengths), 1.05, 0.85),
        ("backprop_gelu", lambda: ops.backprop_gelu(dY, X), 3, 0.0),
        ("backprop_softmax", lambda: ops.backprop_softmax(X, dY), 3, 0.0),
        ("backprop_layer_norm", lambda: ops.backprop_layer_norm(dY, X, mean, rstd, G), 3, 0.70),
    ]
    for name, call, arrays, goal in calls:
        row(name, arrays * gigabytes / seconds(call), "GB/s", copy, f">= {goal:.2f}" if goal else "")


def host_times(ops: CupyOps) -> None:
    X = compat.cupy.ones((8, 16), "float32")
    G = X[0].copy()
    for name, call in {
        "relu, call": lambda: ops.relu(X),
        "softmax, call": lambda: ops.softmax(X),
        "layer_norm, call": lambda: ops.layer_norm(X, G, G),
    }.items():
        row(name, host_seconds(call) * 1e6, "us", goal="<= 6")


def lstm(ops: CupyOps, batch: int = 32, steps: int = 30, width: int = 128) -> None:
    xp = compat.cupy
    params = xp.random.standard_normal(8 * width * width + 8 * width, dtype="float32") * 0.1
    X = xp.random.standard_normal((batch * steps, width), dtype="float32")
    start, sizes = xp.zeros((1, 1, width), "float32"), [batch] * steps
    ours = seconds(lambda: ops.lstm_forward_training(params, start, start, X, sizes)) * 1e3
    if not compat.has_torch_cuda_gpu:
        row("LSTM 32 x 30 x 128", ours, "ms")
        return
    model = compat.torch.nn.LSTM(width, width).cuda()
    tensor = compat.torch.from_dlpack(X).reshape(steps, batch, width)
    with compat.torch.cuda.stream(compat.torch.cuda.ExternalStream(xp.cuda.get_current_stream().ptr)):
        theirs = seconds(lambda: model(tensor)) * 1e3
    row("LSTM 32 x 30 x 128", ours, "ms", theirs, "<= 1.50 of PyTorch's")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--megabytes", type=int, default=256)
    given = arguments.parse_args()
    if not compat.has_cupy_gpu:
        sys.exit("bench-gpu: no GPU that CuPy can use; nothing was measured")
    properties = compat.cupy.cuda.runtime.getDeviceProperties(compat.cupy.cuda.Device().id)
    print(f"{properties['name'].decode()}, CuPy {compat.cupy.__version__}")
    ops = CupyOps()
    bandwidths(ops, given.megabytes)
    host_times(ops)
    lstm(ops)


if __name__ == "__main__":
    main()

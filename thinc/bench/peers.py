"""Who is measured: this library's kernels, its NumPy reference, PyTorch, and another installation."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from .. import api
from ..backends import NumpyOps, Ops
from . import rows, timing

__all__ = ["Installation", "kernels", "reference", "torch_timer"]

Timer = Callable[[int], float]


class Runnable(Protocol):
    """What is needed of a row to run it."""

    @property
    def name(self) -> str: ...

    def make(self, api: Any, ops: Any) -> Callable[[], object]: ...


def timer_of(function: Callable[[], object], clock: str) -> Timer:
    return lambda calls: timing.time_calls(function, calls, clock)


def kernels(row: Runnable, clock: str = "wall") -> Timer:
    """The compiled kernels of this installation."""
    return timer_of(row.make(api, NumpyOps()), clock)


def reference(row: rows.Row, clock: str = "wall") -> Timer:
    """The NumPy reference."""
    ops = Ops()
    with api.use_ops("numpy"):
        api.set_current_ops(ops)
        return timer_of(row.make(api, ops), clock)


def torch_timer(row: rows.Row, clock: str = "wall") -> Timer | None:
    """PyTorch on one thread, if it is installed and the row has something to compare."""
    if row.torch is None or importlib.util.find_spec("torch") is None:
        return None
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    call = row.torch(torch)

    def without_gradients() -> None:
        with torch.no_grad():
            call()

    return timer_of(without_gradients, clock)


class Installation:
    """Another installation of the library, in a process of its own that makes calls when asked to."""

    def __init__(self, python: str, rows: str = rows.__file__, clock: str = "wall") -> None:
        command = [python, str(Path(__file__).parent / "worker.py"), rows, clock]
        # The worker must find the peer's own library, and see no other.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=sys.prefix
        )
        self.version = self.ask("version", 0)

    def ask(self, name: str, calls: int) -> Any:
        assert self.process.stdin and self.process.stdout
        print(json.dumps([name, calls]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the peer installation's process has ended; its message is above")
        return json.loads(line)

    def timer(self, row: Runnable) -> Timer | None:
        """None if the installation lacks what the row runs."""
        if self.ask(row.name, 1) is None:
            return None
        return lambda calls: self.ask(row.name, calls)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

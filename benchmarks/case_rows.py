"""The calls of `bench_cases`, as rows that another installation of the library can run.

Read by `thinc.bench.worker` in that installation, so it imports nothing of this one: the arguments come from
the pickle that THINC_BENCH_CASES names.
"""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Call:
    """An op and its arguments; those that it writes to are restored before each call."""

    name: str
    op: str
    args: tuple
    keywords: dict
    writes: tuple[int, ...]

    def make(self, api: Any, ops: Any) -> Callable[[], object]:
        op = getattr(ops, self.op)
        args = [X.copy() if hasattr(X, "copy") else X for X in self.args]
        restored = [(args[position], self.args[position]) for position in self.writes]

        def call() -> None:
            for own, original in restored:
                own[...] = original
            op(*args, **self.keywords)

        try:
            call()
        except Exception as error:
            raise AttributeError(f"{self.op} does not take these arguments") from error
        return call


def plain(call: Call) -> tuple:
    """The call as what any installation can unpickle."""
    return call.name, call.op, call.args, call.keywords, call.writes


def load(path: str) -> list[Call]:
    with open(path, "rb") as file:
        return [Call(*fields) for fields in pickle.load(file)]


ROWS = load(os.environ["THINC_BENCH_CASES"]) if "THINC_BENCH_CASES" in os.environ else []

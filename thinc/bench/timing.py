"""Timing on a machine that is not quiet: what is compared takes turns, and medians are quoted."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time

__all__ = ["CLOCKS", "Timing", "alternate", "time_calls"]

# The time on the wall, or that which processors have spent for the process.
CLOCKS = {"wall": perf_counter, "cpu": process_time}


@dataclass
class Timing:
    """Seconds per call: the median of the rounds, and half the distance between their quartiles."""

    median: float
    spread: float

    @classmethod
    def of(cls, rounds: list[float]) -> "Timing":
        quartiles = statistics.quantiles(rounds, n=4) if len(rounds) > 1 else [rounds[0]] * 3
        return cls(statistics.median(rounds), (quartiles[2] - quartiles[0]) / 2)


def time_calls(function: Callable[[], object], calls: int, clock: str = "wall") -> float:
    """Seconds per call of `calls` calls in a row."""
    now = CLOCKS[clock]
    start = now()
    for _ in range(calls):
        function()
    return (now() - start) / calls


def calls_within(timer: Callable[[int], float], seconds: float) -> int:
    """How many calls take about that long; the calls made to find out are the warm-up."""
    calls = 1
    while (spent := timer(calls) * calls) < seconds / 4:
        calls = max(2 * calls, int(calls * seconds / 4 / max(spent, 1e-9)) // 2)
    return max(1, round(calls * seconds / spent))


def alternate(
    timers: dict[str, Callable[[int], float]], rounds: int = 11, seconds: float = 0.01
) -> dict[str, Timing]:
    """Time each timer in turn, `rounds` times over, about `seconds` each.

    Args:
        timers: by name, functions that make a number of calls and return the seconds per call.
    """
    calls = {name: calls_within(timer, seconds) for name, timer in timers.items()}
    measured: dict[str, list[float]] = {name: [] for name in timers}
    for _ in range(rounds):
        for name, timer in timers.items():
            measured[name].append(timer(calls[name]))
    return {name: Timing.of(times) for name, times in measured.items()}

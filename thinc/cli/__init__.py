"""The command line: `python -m thinc` with `info`, `demo`, `train`, `summary` or `bench`."""

from .entry import main

__all__ = ["main"]

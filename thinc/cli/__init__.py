"""The command line: `python -m thinc info` and `python -m thinc demo`."""

from .entry import main

__all__ = ["main"]

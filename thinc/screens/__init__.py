"""What command-line programs write: `plain` lines, and a `live` screen where rich is installed."""

from .plain import PlainScreen, QuietScreen, open_screen

__all__ = ["PlainScreen", "QuietScreen", "open_screen"]

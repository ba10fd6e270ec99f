"""A numerical library for neural networks: compiled ops below, composable models above.

`import thinc` alone gives the registry and the version, and the modules `compat` and `types`. `thinc.api`
has everything else, and importing it is what fills the registry with the built-in functions.
"""

from . import compat as compat
from . import types as types
from .about import __version__
from .config import registry

__all__ = ["__version__", "registry"]

"""The instruction-set level of the kernels: chosen once, when this module is imported.

The best level that the processor has is taken, by its features; `THINC_ISA=<level>` forces another one.
"""

import os

__all__ = ["available", "level", "reason"]

cdef dict LEVELS = {"portable": Isa.portable, "v1": Isa.v1, "v3": Isa.v3, "v4": Isa.v4, "neon": Isa.neon}


def available():
    """The levels that this machine has, worst first, e.g. `["v1", "v3", "v4"]`."""
    return [name for name, isa in LEVELS.items() if has_isa(isa)]


def level():
    """The level in use, e.g. `"v4"`."""
    return _level


def reason():
    """Why this level is in use, in words."""
    return _reason


def _choose(wanted):
    names = available()
    if not wanted:
        return names[-1], "the best level that this processor has"
    if wanted not in names:
        raise ImportError(f"THINC_ISA: the level must be one of {', '.join(names)} on this machine; got {wanted!r}")
    return wanted, "forced by the environment variable THINC_ISA"


_level, _reason = _choose(os.environ.get("THINC_ISA", "").strip().lower())
cdef Isa CHOSEN = LEVELS[_level]


cdef Isa chosen() noexcept:
    return CHOSEN


cdef Isa named(object name) except *:
    if name not in available():
        raise ValueError(f"level must be one of {', '.join(available())}; got {name!r}")
    return LEVELS[name]

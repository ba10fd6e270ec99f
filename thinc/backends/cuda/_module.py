"""The one loader of CUDA kernels: forms a kernel's name, compiles it, keeps it, launches it.

A kernel is a template over a formula, a type, both or neither, and its name follows from them:
`map_value<formula::Mish, float>`. It is compiled when it is first launched. The source is one text in which
all headers are written out, so that it needs no include path, and CuPy's cache on disk, which knows a
binary by its source, notices every change.

Every argument of a kernel takes eight bytes: a pointer, a `size_t` or a `double`. So Python's int and float
can be passed as they are; 0 is the null pointer.
"""

import functools
import re
from pathlib import Path
from typing import Any

from ... import compat

# Where the headers are: inside an installed package, or beside it in a checkout.
_FOLDERS = [Path(__file__).parents[2] / "include", Path(__file__).parents[3] / "include"]
# No contraction: every multiplication and addition is rounded, as on the CPU.
OPTIONS = ("-std=c++17", "-DLEVEL=cuda", "--fmad=false")
NAMESPACE = "thinc::cuda"
_DROPPED = re.compile(r"^#(pragma once|include <\w+>)\n", re.MULTILINE)
_INCLUDED = re.compile(r'^#include "([\w/.]+)"$', re.MULTILINE)
THREADS = 128
MOST_BLOCKS = 4096


def headers() -> Path:
    """The folder of the headers.

    Raises:
        FileNotFoundError: they are not installed.
    """
    for folder in _FOLDERS:
        if (folder / "thinc" / "loops" / "cuda").is_dir():
            return folder
    raise FileNotFoundError(f"CupyOps: the headers of the CUDA kernels must be in one of {_FOLDERS}")


@functools.cache
def source() -> str:
    """All kernels, as one text without includes."""
    folder = headers()
    written: set[str] = set()

    def written_out(name: str) -> str:
        if name in written:
            return ""
        written.add(name)
        text = (folder / name).read_text(encoding="utf8")
        text = _DROPPED.sub("", text)
        return _INCLUDED.sub(lambda found: written_out(found[1]), text)

    loops = sorted(path.name for path in (folder / "thinc" / "loops" / "cuda").glob("*.h"))
    return "".join(written_out(f"thinc/loops/cuda/{name}") for name in ["rtc.h", *loops])


def expression(loop: str, formula: str, T: str) -> str:
    """The C++ name of a kernel; the formula and the type may be empty."""
    arguments = [f"{NAMESPACE}::formula::{formula}"] if formula else []
    arguments += [T] if T else []
    return f"{NAMESPACE}::{loop}" + (f"<{', '.join(arguments)}>" if arguments else "")


def blocks_for(size: int) -> int:
    """How many blocks are launched for that many threads. They walk over what is beyond."""
    return min(-(-size // THREADS), MOST_BLOCKS)


class Module:
    """The kernels of this process, compiled for the devices on which they were launched."""

    def __init__(self) -> None:
        self._functions: dict[tuple[str, str, str], Any] = {}

    def launch(self, loop: str, formula: str, T: str, size: int, args: tuple) -> None:
        """Run a kernel on at least `size` threads, or as many as are of use."""
        function = self._functions.get((loop, formula, T))
        if function is None:
            function = self._compiled(loop, formula, T)
        function((blocks_for(size),), (THREADS,), args)

    def _compiled(self, loop: str, formula: str, T: str) -> Any:
        name = expression(loop, formula, T)
        module = compat.cupy.RawModule(code=source(), options=OPTIONS, name_expressions=(name,))
        function = self._functions[loop, formula, T] = module.get_function(name)
        return function

    def address(self, X: Any) -> int:
        """Where the array begins in the memory of its device."""
        return X.data.ptr

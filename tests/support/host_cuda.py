"""CUDA kernels without a device: compiled for the host behind a shim, launched by the bindings of `CupyOps`.

`HostOps` are the themes of `CupyOps` over NumPy arrays. All that is exchanged is the loader: a launch walks
over blocks and threads one after the other.
"""

import ast
import ctypes
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from thinc.backends.cuda import _module
from thinc.backends.cuda.ops import CudaOps

BINDINGS = Path(_module.__file__).parent
SHIM = Path(__file__).parents[1] / "cuda" / "host_shim.h"
BUILD = Path(__file__).parents[2] / "build" / "host-cuda"
# What the one-letter parameters of a kernel's template stand for.
TYPES = {
    "T": ("float", "double"),
    "U": ("unsigned char", "unsigned short", "unsigned int", "unsigned long long"),
}
# Contraction is off on the device, too.
FLAGS = [
    "-std=c++17",
    "-O1",
    "-fPIC",
    "-shared",
    "-ffp-contract=off",
    "-fno-strict-aliasing",
    "-w",
    "-DLEVEL=cuda",
]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-g"]


class Kernel(NamedTuple):
    """A kernel that the loader can be asked for."""

    loop: str
    formula: str
    T: str


def loops() -> dict[str, list[str]]:
    """The kernels in the headers, and their template's parameters: F for a formula, T or U for a type."""
    found = re.findall(r"(?:template <([^>]*)>\s*)?__global__ void (\w+)\(", _module.source())
    return {name: re.findall(r"class (\w)", parameters) for parameters, name in found}


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [node for node in nodes if isinstance(node.func, ast.Attribute) and node.func.attr == name]


def named() -> set[tuple[str, str]]:
    """Loop and formula of every launch in the bindings.

    A method that is given the formula, or the loop, has it as its first parameter; its callers have the name.
    """
    found: set[tuple[str, str]] = set()
    trees = [ast.parse(path.read_text(encoding="utf8")) for path in BINDINGS.glob("*.py")]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for call in _calls(function, "_launch"):
            loop, formula = call.args[:2]
            if isinstance(loop, ast.Constant) and isinstance(formula, ast.Constant):
                found.add((loop.value, formula.value))
                continue
            for caller in [caller for tree in trees for caller in _calls(tree, function.name)]:
                given = caller.args[0].value
                found.add((loop.value, given) if isinstance(loop, ast.Constant) else (given, formula.value))
    return found


def kernels() -> list[Kernel]:
    """Every kernel that the loader can be asked for, in all of its types."""
    parameters = loops()
    return [
        Kernel(loop, formula, T)
        for loop, formula in sorted(named())
        for T in next((TYPES[p] for p in parameters[loop] if p in TYPES), ("",))
    ]


def compiler() -> str | None:
    """A C++ compiler for the host, where the shim's way of changing stacks is known to work."""
    return shutil.which(os.environ.get("CXX", "g++")) if sys.platform == "linux" else None


def library(sanitized: bool = False) -> ctypes.CDLL:
    """All kernels, with a C function for each: `kernel_<position>`. It is built again if a source changes."""
    lines = ['#include "host_shim.h"', _module.source()]
    for i, kernel in enumerate(kernels()):
        lines.append(f"LAUNCHER(kernel_{i}, ({_module.expression(*kernel)}))")
    flags = [*FLAGS, *(SANITIZERS if sanitized else []), f"-I{SHIM.parent}"]
    code = "\n".join(lines)
    digest = hashlib.sha256("\0".join([code, SHIM.read_text(), str(compiler()), *flags]).encode()).hexdigest()
    target = BUILD / f"{digest[:20]}.so"
    if not target.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(f".{os.getpid()}")
        command = [compiler(), *flags, "-x", "c++", "-", "-o", str(unfinished)]
        subprocess.run(command, input=code, text=True, check=True)
        unfinished.rename(target)
    return ctypes.CDLL(str(target))


def _word(value: Any) -> int:
    """An argument of a kernel, as the eight bytes that it takes."""
    if isinstance(value, numpy.ndarray):
        return value.ctypes.data
    if type(value) is float:
        return struct.unpack("Q", struct.pack("d", value))[0]
    if type(value) is int:
        return value % 2**64
    raise TypeError(f"a kernel takes arrays, ints and floats; got {type(value)}")


class HostModule:
    """Launches the kernels of a library, with any number of threads and blocks."""

    def __init__(self, sanitized: bool = False) -> None:
        self.library = library(sanitized)
        self.functions = {kernel: self.library[f"kernel_{i}"] for i, kernel in enumerate(kernels())}
        self.launched: set[Kernel] = set()
        self.set_geometry(128, 4096, False)

    def set_geometry(self, threads: int, most_blocks: int, backwards: bool) -> None:
        """Threads per block, the most blocks, and whether the last thread and block come first."""
        self.threads, self.most_blocks, self.backwards = threads, most_blocks, backwards

    def launch(self, loop: str, formula: str, T: str, size: int, args: tuple) -> None:
        kernel = Kernel(loop, formula, T)
        words = (ctypes.c_uint64 * len(args))(*map(_word, args))
        first = ctypes.addressof(words)
        pointers = (ctypes.c_void_p * len(args))(*(first + 8 * i for i in range(len(args))))
        blocks = min(-(-size // self.threads), self.most_blocks)
        self.functions[kernel](blocks, self.threads, self.backwards, pointers)
        self.launched.add(kernel)

    def address(self, X: numpy.ndarray) -> int:
        return X.ctypes.data


class HostOps(CudaOps):
    """The bindings of `CupyOps` on NumPy arrays. Needs a `module` before its first op."""

    name = "host-cuda"
    xp = numpy

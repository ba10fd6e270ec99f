"""What `python -m thinc info` says: which library this is and what it found on this machine.

Optional packages are looked for, not imported.
"""

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy

from .. import about
from ..backends.numpy_ops import NumpyOps
from .parser import Parser

try:
    from ..backends.cpu._isa import available, level, reason
except ModuleNotFoundError:
    level = None

__all__ = ["add_parser", "call", "facts", "info_text"]

REQUIRED = ("numpy", "blis", "cymem", "preshed", "murmurhash", "srsly", "catalogue", "confection")
OPTIONAL = ("torch", "cupy", "tensorflow", "mxnet", "jax", "safetensors", "rich")
VARIABLES = ("THINC_ISA", "THINC_GEMM", "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
# Distributions that have a module of another name.
DISTRIBUTIONS = {"cupy": ("cupy", "cupy-cuda12x", "cupy-cuda13x", "cupy-cuda11x")}
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def add_parser(commands: Any) -> Parser:
    parser: Parser = commands.add_parser("info", help="versions, kernels, threads, GPU, optional packages")
    return parser


def call(parsed: argparse.Namespace, parser: Parser) -> int:
    print(info_text())
    return 0


def info_text() -> str:
    """All facts, one line each, labels to the left."""
    said = facts()
    width = max(map(len, said)) + 2
    return "\n".join(f"{label:<{width}}{text}" for label, text in said.items())


def facts() -> dict[str, str]:
    """Labels and what there is to say under each."""
    found = [name for name in OPTIONAL if importlib.util.find_spec(name) is not None]
    missing = [name for name in OPTIONAL if name not in found]
    return {
        "thinc": about.__version__,
        "location": str(Path(about.__file__).parent),
        "python": f"{platform.python_version()} ({platform.python_implementation()}), {sys.executable}",
        "platform": platform.platform(),
        "kernels": kernels(),
        "gemm": gemm(),
        "threads": f"an op runs in the thread that calls it; this process may use {usable_cpus()} CPUs",
        "GPU": gpu(found),
        "requires": ", ".join(map(with_version, REQUIRED)),
        "optional": ", ".join(map(with_version, found)) or "none found",
        "not found": ", ".join(missing) or "-",
        **{name: os.environ.get(name, "-") for name in VARIABLES},
    }


def kernels() -> str:
    if level is None:
        return "none are compiled: the ops are NumPy code, which is slower"
    return f"level {level()}, {reason()}; this machine has {', '.join(available())}"


def gemm() -> str:
    """The matrix product of the ops for the CPU, told by the class that defines it."""
    module = next(each.__module__ for each in NumpyOps.__mro__ if "gemm" in vars(each))
    if ".reference." in module:
        return f"NumPy's, numpy {numpy.__version__}"
    if os.environ.get("THINC_GEMM", "").strip().lower() == "blis":
        return f"{with_version('blis')}, by THINC_GEMM"
    return "the library's own kernels"


def usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpu(found: Sequence[str]) -> str:
    """What speaks for a GPU, without waking one."""
    if platform.system() == "Darwin":
        return f"Apple's; torch, which it needs, is {'' if 'torch' in found else 'not '}installed"
    driver = "there is an NVIDIA driver" if NVIDIA_DRIVER.exists() else "no NVIDIA driver was found"
    return f"{driver}; cupy, which the ops for it need, is {'' if 'cupy' in found else 'not '}installed"


def with_version(name: str) -> str:
    """`name` of a module with the version of the distribution that has it."""
    distributions = DISTRIBUTIONS.get(name, (name,))
    for distribution in distributions:
        try:
            return f"{name} {importlib.metadata.version(distribution)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    return f"{name} (version unknown)"

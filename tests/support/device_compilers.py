"""Compilers for devices that this machine need not have: NVCC, and NVRTC, which CuPy compiles with."""

import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from thinc.backends.cuda import _module

ARCHITECTURES = ("sm_80", "sm_90")
SUCCESS = 0


def nvcc() -> str | None:
    """The path of NVCC."""
    return shutil.which("nvcc")


def compile_with_nvcc(names: list[str], architecture: str, folder: Path) -> bytes:
    """A binary with the kernels of these names, compiled from the headers as they lie in the tree."""
    headers = sorted((_module.headers() / "thinc" / "loops" / "cuda").glob("*.h"))
    lines = [f'#include "thinc/loops/cuda/{path.name}"' for path in headers]
    # To take the address of an instance is to ask for it.
    lines.append("const void* kernels[] = {")
    lines += [f"    reinterpret_cast<const void*>(&{name})," for name in names]
    source, binary = folder / "kernels.cu", folder / "kernels.cubin"
    source.write_text("\n".join([*lines, "};\n"]))
    command = [str(nvcc()), "-cubin", f"-arch={architecture}", f"-I{_module.headers()}", *_module.OPTIONS]
    subprocess.run([*command, "-Werror", "all-warnings", "-o", str(binary), str(source)], check=True)
    return binary.read_bytes()


def nvrtc() -> str | None:
    """The path of NVRTC: that in `THINC_NVRTC`, the system's, or that of a package with CUDA's libraries."""
    given = os.environ.get("THINC_NVRTC") or ctypes.util.find_library("nvrtc")
    package = importlib.util.find_spec("nvidia")
    folders = list(package.submodule_search_locations or ()) if package else []
    found = [str(path) for folder in folders for path in Path(folder).glob("*/lib/libnvrtc.so.*")]
    return given or next(iter(found), None)


def compile_with_nvrtc(names: list[str], architecture: str) -> tuple[bytes, str]:
    """A binary with the kernels of these names, compiled from the loader's text, and the compiler's log."""
    library = ctypes.CDLL(nvrtc())
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    text = _module.source().encode()
    assert library.nvrtcCreateProgram(ctypes.byref(program), text, b"kernels.cu", 0, None, None) == SUCCESS
    for name in names:
        assert library.nvrtcAddNameExpression(program, name.encode()) == SUCCESS
    options = [option.encode() for option in (*_module.OPTIONS, f"-arch={architecture}")]
    result = library.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    library.nvrtcGetProgramLog(program, log)
    assert result == SUCCESS, log.value.decode()
    library.nvrtcGetCUBINSize(program, ctypes.byref(size))
    binary = ctypes.create_string_buffer(size.value)
    library.nvrtcGetCUBIN(program, binary)
    return binary.raw, log.value.decode()

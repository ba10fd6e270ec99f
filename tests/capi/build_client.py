"""Build `client.pyx` against the declaration files of the thinc that this interpreter imports.

python build_client.py FOLDER      writes the extension module to FOLDER and prints its path
"""

import os
import shutil
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Distribution, Extension

import thinc


def build(folder):
    """Copy the client to a folder and compile it there; returns the path of the extension module."""
    folder = Path(folder).resolve()
    package = Path(thinc.__file__).parent
    source = shutil.copy(Path(__file__).with_name("client.pyx"), folder / "capi_client.pyx")
    include = [numpy.get_include(), str(package / "backends")]
    extension = Extension("capi_client", [source], language="c++", include_dirs=include)
    if os.name == "posix":
        extension.extra_compile_args = ["-std=c++17", "-O1"]
    extensions = cythonize(
        [extension], include_path=[str(package.parent)], language_level=3, quiet=True, build_dir=str(folder)
    )
    command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder), str(folder / "objects")
    command.ensure_finalized()
    command.run()
    return command.get_ext_fullpath("capi_client")


if __name__ == "__main__":
    print(build(sys.argv[1]))

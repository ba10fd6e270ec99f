"""Extensions, instruction-set levels and one `build_ext`. All other metadata is in setup.cfg.

A file `<theme>.isa.cpp` is compiled once per level, with `LEVEL` naming the C++ namespace; the objects of
all levels are linked into the theme's extension module, which chooses a table at import.
"""

import os
import platform
import shutil
import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
X86, ARM = {"x86_64", "amd64", "i686"}, {"aarch64", "arm64"}
MACHINE = platform.machine().lower()
LEVELS = (
    {"v1": ["-march=x86-64"], "v3": ["-march=x86-64-v3"], "v4": ["-march=x86-64-v4", "-mprefer-vector-width=512"]}
    if MACHINE in X86
    else {"neon": []} if MACHINE in ARM else {"portable": []}
)
# No contraction: a level with fused multiply-add rounds like one without, unless a formula asks for the fusion.
KERNEL_FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi"]
THEMES = ["activations", "embedding", "gemm", "normalization", "optimizers", "recurrent", "reductions", "roofs", "sequence"]
MODULES = ["thinc.backends.cpu._isa", "thinc.backends.cpu._memory"]
MODULES += ["thinc.backends.cblas", "thinc.backends.linalg", "thinc.extra.search"]
SANITIZE = os.environ.get("THINC_SANITIZE", "")  # e.g. "address,undefined"
REQUIRED = os.environ.get("THINC_REQUIRE_COMPILED") == "1"


def sanitizer_flags():
    return [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-g"] if SANITIZE else []


def extension(name, isa_sources=()):
    path = name.replace(".", "/")
    ext = Extension(name, [f"{path}.pyx"], language="c++", include_dirs=["include", "thinc/backends/cpu"])
    ext.define_macros = [("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"), ("NPY_TARGET_VERSION", "NPY_1_22_API_VERSION")]
    ext.isa_sources = list(isa_sources)
    ext.depends = [str(p.relative_to(ROOT)) for p in (ROOT / "include").rglob("*.h")] + ext.isa_sources
    return ext


def extensions():
    themes = [f"thinc.backends.cpu.{theme}" for theme in THEMES]
    kernels = [extension(name, [name.replace(".", "/") + ".isa.cpp"]) for name in themes]
    return kernels + [extension(name) for name in MODULES]


class BuildKernels(build_ext):
    """Compiles each kernel source once per level; without a compiler the NumPy reference remains."""

    def finalize_options(self):
        if self.distribution.ext_modules:
            self.distribution.ext_modules = self.cythonized(self.distribution.ext_modules)
        super().finalize_options()
        import numpy

        self.include_dirs.append(numpy.get_include())
        self.parallel = self.parallel or os.cpu_count()

    def cythonized(self, exts):
        from Cython.Build import cythonize

        isa = {ext.name: ext.isa_sources for ext in exts}
        directives = {"language_level": "3", "embedsignature": False, "binding": True, "freethreading_compatible": True}
        exts = cythonize(exts, compiler_directives=directives, include_path=["."], quiet=True)
        for ext in exts:
            ext.isa_sources = isa[ext.name]
            ext._needs_stub = False
        return exts

    def run(self):
        try:
            super().run()
        except Exception as error:
            if REQUIRED:
                raise
            print(f"thinc: no compiled kernels ({error}); the NumPy reference will be used", file=sys.stderr)
            for ext in self.extensions:
                ext.optional = True
            self.extensions = []

    def build_extension(self, ext):
        unix = self.compiler.compiler_type == "unix"
        ext.extra_compile_args = (["-std=c++17", "-O2"] if unix else ["/std:c++17", "/O2"]) + sanitizer_flags()
        ext.extra_link_args = sanitizer_flags()
        ext.extra_objects = [obj for source in ext.isa_sources for obj in self.compile_levels(ext, source, unix)]
        super().build_extension(ext)

    def compile_levels(self, ext, source, unix):
        for level, flags in LEVELS.items():
            folder = os.path.join(self.build_temp, level)
            args = ["-std=c++17", *KERNEL_FLAGS, *flags, *sanitizer_flags()] if unix else ["/std:c++17", "/O2"]
            macros = [("LEVEL", level)]
            obj = os.path.join(folder, os.path.splitext(source)[0] + (".o" if unix else ".obj"))
            if self.force or newer(obj, [source, *ext.depends]):
                include = [*ext.include_dirs, *self.include_dirs]
                self.compiler.compile([source], output_dir=folder, macros=macros, include_dirs=include,
                                      extra_postargs=args, depends=ext.depends)
            yield obj


def newer(target, sources):
    return not os.path.exists(target) or any(os.path.getmtime(s) > os.path.getmtime(target) for s in sources)


class BuildPython(build_py):
    """Ships the C++ headers inside the package: other extensions and the CUDA loader compile from them."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "thinc", "include")
            shutil.copytree(ROOT / "include", target, dirs_exist_ok=True)


setup(
    packages=find_packages(include=["thinc", "thinc.*"]),
    package_data={"": ["*.pxd", "*.pyx", "*.h", "*.hh", "*.cu", "*.cfg", "*.md", "py.typed"]},
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildKernels, "build_py": BuildPython},
)

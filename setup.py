"""Extensions, instruction-set levels and one `build_ext`. All other metadata is in setup.cfg.

A file `<theme>.isa.cpp` is compiled once per level, with `LEVEL` naming the C++ namespace; the objects of
all levels are linked into the theme's extension module, which chooses a table at import. Kernels use the
vector types of GCC and Clang: on Windows the compiler is clang-cl.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

# Those whose kernels take longest to compile come first, so that no core waits for the last one.
SLOWEST = ["gemm", "activations", "recurrent", "normalization"]
INCLUDE = ["include", "thinc/backends/cpu"]
MACROS = [("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"), ("NPY_TARGET_VERSION", "NPY_1_22_API_VERSION")]
# No contraction: a level with fused multiply-add rounds like one without, unless a formula asks to fuse.
KERNEL_FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi"]
# GCC does not interleave independent chains by itself on x86; with these the elementwise kernels gain 5 %.
# The tiles of matrix products are interleaved by hand. Clang knows no such flags.
INTERLEAVING = ["-fschedule-insns", "-fsched-pressure"]
DIRECTIVES = {"language_level": "3", "binding": True, "freethreading_compatible": True}
SANITIZE = os.environ.get("THINC_SANITIZE", "")  # e.g. "address,undefined"
SANITIZER_FLAGS = [f"-fsanitize={SANITIZE}", "-fno-omit-frame-pointer", "-g1", "-O1"] if SANITIZE else []
REQUIRED = os.environ.get("THINC_REQUIRE_COMPILED") == "1"


def target_machine():
    """The processor to compile for; on macOS a single one, also where the interpreter was built for two."""
    if sys.platform == "darwin":
        return os.environ.setdefault("ARCHFLAGS", f"-arch {platform.machine()}").split()[-1]
    return sysconfig.get_platform().rpartition("-")[2]


def levels():
    """The instruction-set levels and their flags, the slowest to compile first."""
    machine = target_machine()
    if machine in {"x86_64", "amd64", "i686", "win32"}:
        v4 = ["-march=x86-64-v4", "-mprefer-vector-width=512"]
        v3 = ["-march=x86-64-v3", "-mtune=skylake"]
        return {"v4": v4, "v3": v3, "v1": ["-march=x86-64"]}
    return {"neon": []} if machine in {"aarch64", "arm64"} else {"portable": []}


def extensions():
    """One extension for each .pyx file."""
    paths = sorted(Path("thinc").rglob("*.pyx"))
    paths.sort(key=lambda path: SLOWEST.index(path.stem) if path.stem in SLOWEST else len(SLOWEST))
    return [Extension(dotted(path), [path.as_posix()], language="c++") for path in paths]


def dotted(path):
    return ".".join(path.with_suffix("").parts)


def kernel_source(ext):
    """The source beside the .pyx file that is compiled once per level, for the extensions that have one."""
    path = ext.name.replace(".", "/") + ".isa.cpp"
    return path if os.path.exists(path) else None


def with_headers(source, found=frozenset()):
    """A source file and the headers of this repository that it includes, at any depth."""
    found = found | {source}
    folders = [os.path.dirname(source), *INCLUDE]
    text = Path(source).read_text(encoding="utf8")
    for name in re.findall(r'^\s*#\s*include\s*["<]([^">]+)', text, flags=re.MULTILINE):
        paths = (os.path.normpath(os.path.join(folder, name)) for folder in folders)
        path = next(filter(os.path.isfile, paths), None)
        if path and path not in found:
            found = with_headers(path, found)
    return found


def outdated(target, sources):
    return not os.path.exists(target) or any(os.path.getmtime(s) > os.path.getmtime(target) for s in sources)


class BuildKernels(build_ext):
    """Compiles what has changed, on all cores; without a compiler the NumPy reference remains."""

    def run(self):
        if self.editable_mode:  # the default folder instead of a temporary one: later builds continue from it
            self.build_temp = os.path.join("build", f"temp.{self.plat_name}-{sys.implementation.cache_tag}")
        developing = self.inplace and not self.editable_mode
        try:
            super().run()
        except Exception as error:
            if REQUIRED or developing:
                raise
            print(f"thinc: no compiled kernels ({error}); the NumPy reference will be used", file=sys.stderr)
            for ext in self.extensions:
                Path(self.get_ext_fullpath(ext.name)).unlink(missing_ok=True)
            self.extensions = []

    def build_extensions(self):
        import numpy

        self.include = [*INCLUDE, *self.include_dirs, numpy.get_include()]
        self.unix = self.compiler.compiler_type == "unix"
        if not self.unix:
            self.use_clang_cl()
        self.interleaving = INTERLEAVING if self.unix and self.takes(INTERLEAVING) else []
        with ThreadPoolExecutor(self.parallel or os.cpu_count()) as pool:
            try:
                jobs = [list(self.compile_levels(pool, ext)) for ext in self.extensions]
                self.generate()
                for ext, waiting in zip(self.extensions, jobs, strict=True):
                    waiting.append(self.compile(pool, ext.sources[0], self.build_temp, ["-O2"]))
                for ext, waiting in zip(self.extensions, jobs, strict=True):
                    self.link(ext, [job.result() for job in waiting])
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def takes(self, flags):
        """Does the compiler know these flags?"""
        command = [*self.compiler.compiler_so_cxx, *flags, "-x", "c++", "-E", os.devnull]
        return subprocess.run(command, capture_output=True).returncode == 0

    def use_clang_cl(self):
        """Replace Microsoft's compiler, which lacks vector types; its linker and libraries remain."""
        clang = shutil.which("clang-cl") or shutil.which("clang-cl", path=r"C:\Program Files\LLVM\bin")
        if not clang:
            raise FileNotFoundError("clang-cl is needed on Windows: install LLVM")
        if not self.compiler.initialized:
            self.compiler.initialize(self.plat_name)
        self.compiler.cc = clang
        self.compiler.compile_options.remove("/GL")
        # What __builtin_cpu_supports needs at run time.
        resources = subprocess.check_output([clang, "/clang:-print-resource-dir"], text=True).strip()
        self.runtime = [str(path) for path in Path(resources).rglob("clang_rt.builtins-x86_64.lib")]

    def generate(self):
        """Write the C++ of all .pyx files; meanwhile the kernels are being compiled."""
        from Cython.Build import cythonize

        done = cythonize(self.extensions, compiler_directives=DIRECTIVES, include_path=["."], quiet=True)
        for ext, generated in zip(self.extensions, done, strict=True):
            ext.sources = generated.sources

    def compile_levels(self, pool, ext):
        source = kernel_source(ext)
        common = KERNEL_FLAGS if ext.name.endswith(".gemm") else KERNEL_FLAGS + self.interleaving
        for level, flags in levels().items() if source else ():
            folder = os.path.join(self.build_temp, level)
            yield self.compile(pool, source, folder, [*common, *flags], level)

    def compile(self, pool, source, folder, flags, level=None):
        """A job that brings an object file up to date and returns its name."""
        [target] = self.compiler.object_filenames([source], output_dir=folder)
        flags = ["-std=c++17", "-g0", *flags, *SANITIZER_FLAGS]

        def job():
            if self.force or outdated(target, ["setup.py", *with_headers(source)]):
                sys.stdout.write(f"compiling {source}" + (f" for {level}\n" if level else "\n"))
                self.compiler.compile(
                    [source],
                    output_dir=folder,
                    macros=MACROS + ([("LEVEL", level)] if level else []),
                    include_dirs=self.include,
                    extra_postargs=flags if self.unix else [f"/clang:{flag}" for flag in flags],
                )
            return target

        return pool.submit(job)

    def link(self, ext, objects):
        target = self.get_ext_fullpath(ext.name)
        if self.force or outdated(target, objects):
            strip = ["-Wl,-s"] if sys.platform == "linux" and not SANITIZE else []
            self.compiler.link_shared_object(
                objects,
                target,
                libraries=self.get_libraries(ext),
                extra_postargs=[*SANITIZER_FLAGS, *strip] if self.unix else self.runtime,
                export_symbols=self.get_export_symbols(ext),
                build_temp=self.build_temp,
                target_lang="c++",
            )


class BuildPython(build_py):
    """Ships the C++ headers inside the package: other extensions and the CUDA loader compile from them."""

    def run(self):
        super().run()
        if not self.editable_mode:
            shutil.copytree("include", Path(self.build_lib, "thinc", "include"), dirs_exist_ok=True)


setup(
    packages=find_packages(include=["thinc", "thinc.*"]),
    package_data={"": ["*.pxd", "*.pyx", "*.h", "*.hh", "*.cu", "*.cfg", "*.md", "py.typed"]},
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildKernels, "build_py": BuildPython},
)

"""The rules of the source tree that a program can check: who imports whom and where, lengths, names."""

import ast
import re
from pathlib import Path

import pytest

import thinc

PACKAGE = Path(thinc.__file__).parent
REPOSITORY = PACKAGE.parent

# Lowest first: a module imports only from those before it. The name of a folder stands for all that
# it holds and that has no place of its own: such files may use each other, without cycles.
ORDER = """
about errors compat config _arrays _indexing types _data_validation
backends.checks backends.cpu backends._context
backends.reference._formulas backends.reference._murmur backends.reference._packed
backends.reference._storage backends.reference._piecewise backends.reference._minibatches
backends.reference.arrays backends.reference.batching backends.reference.gemm
backends.reference.activations backends.reference.reductions backends.reference.normalization
backends.reference.sequence backends.reference.embedding backends.reference.recurrent
backends.reference.optimizers backends.reference.distances backends.reference.training backends.reference
backends.ops backends.convert backends._param_server backends._cupy_allocators
backends.cblas backends.linalg backends.numpy_ops backends.cuda backends.cupy_ops
backends.apple_ops backends.mps_ops backends
util initializers _replay schedules _msgpack _files
_hyper _optimizer_state _step_scalars _state_arrays _lazy_rows _optimizer optimizers
_targets _crossentropy loss shims
_validation _freezing _dims _params _serialize _summary model
layers
extra mypy testing tests api
_svg screens.plain screens.live screens
training.conllu training.features training.data training.readers training.loop training.config_file
training.folder training.run training
demo.corpus demo.python_roles demo.python_source demo.report demo.tagger demo.run demo
bench cli.parser cli.info cli.demo cli.train cli.summary cli.bench cli.entry cli __main__
"""
RANK = {name: rank for rank, name in enumerate(ORDER.split())}

# The most lines that a file may have, by the first pattern that fits.
BUDGETS = [
    ("thinc/layers/_*.py", 400),
    ("thinc/layers/*.py", 80),
    ("thinc/backends/cpu/*.pyx", 250),
    ("thinc/backends/cpu/*.isa.cpp", 250),
    ("include/thinc/**/*.h", 250),
    ("thinc/**/*.py", 400),
    ("tests/**/*.py", 400),
]
# Files over budget that are still to be split, with the length they may not exceed.
OVER_BUDGET: dict[str, int] = {
    "thinc/schedules.py": 420,
}

SYSTEM_HEADERS = {"cfloat", "climits", "cmath", "cstddef", "cstdint", "cstring", "type_traits", "utility"}
FORBIDDEN_IN_KERNELS = {
    "a container or stream": r"std::(vector|string|map|set|deque|list|function|shared_ptr|unique_ptr|cout)\b",
    "an exception": r"\b(throw|try|catch)\b",
    "an allocation": r"\b(malloc|calloc|realloc|new)\b",
    "an intrinsic": r"\b_mm\d*_|\bv\w+q_f(32|64)\b",
}
# What vector types do not say, and compilers find here and there: masked loads and stores, an insertion.
ALLOWED_IN_KERNELS = {
    ("include/thinc/loops/cpu/parts.h", "an intrinsic"),
    ("include/thinc/loops/cpu/vec.h", "an intrinsic"),
}


def module_name(path):
    """The dotted name below the package, "" for the package itself."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {module_name(path): path for path in PYTHON_FILES}
KERNEL_FILES = sorted([*(REPOSITORY / "include").rglob("*.h"), *PACKAGE.rglob("*.isa.cpp")])


def parsed(path):
    return ast.parse(path.read_text(encoding="utf8"))


def imports_of(path):
    """The modules of the package that a file imports, as dotted names below the package."""
    name = module_name(path)
    package = name.split(".") if name else []
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (a.name.removeprefix("thinc.") for a in node.names if a.name.startswith("thinc."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            if not node.level and (node.module or "").split(".")[0] != "thinc":
                continue
            parts = base + (node.module or "").removeprefix("thinc").strip(".").split(".")
            module = ".".join(part for part in parts if part)
            for alias in node.names:
                full = f"{module}.{alias.name}".strip(".")
                if full in MODULES or module in MODULES:
                    yield full if full in MODULES else module


def rank(module):
    """The place of a module in the order, or that of the closest folder above it that has one."""
    while module and module not in RANK:
        module = module.rpartition(".")[0]
    return RANK.get(module)


def folder_of(module):
    """The folder of a module; a package counts as part of itself."""
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


def display(path):
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("module", sorted(set(MODULES) - {""}))
def test_every_module_has_a_rank(module):
    assert rank(module) is not None


@pytest.mark.parametrize("path", PYTHON_FILES, ids=display)
def test_module_imports_only_from_lower_ranks(path):
    module = module_name(path)
    if not module:
        assert set(imports_of(path)) <= {"about", "compat", "types", "config"}
        return
    for imported in imports_of(path):
        together = folder_of(module) == folder_of(imported) and rank(module) == rank(imported)
        assert together or rank(imported) < rank(module), f"{module} imports {imported}"


def test_there_are_no_cycles():
    waiting = {name: set(imports_of(path)) for name, path in MODULES.items()}
    while waiting:
        ready = {name for name, imported in waiting.items() if not imported & waiting.keys()}
        assert ready, f"cycle among {sorted(waiting)}"
        waiting = {name: imported for name, imported in waiting.items() if name not in ready}


# The benchmark runs without kernels, too, and its worker inside other installations of the library.
IMPORT_LATE = {"bench.run", "bench.worker"}


@pytest.mark.parametrize(
    "path", [path for name, path in MODULES.items() if name not in IMPORT_LATE], ids=display
)
def test_nothing_is_imported_inside_a_function(path):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    for function in ast.walk(parsed(path)):
        if isinstance(function, functions):
            inside = [node for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))]
            assert not inside, f"line {inside[0].lineno}"


def test_optional_packages_are_named_in_imports_by_compat_only():
    optional = {"torch", "tensorflow", "mxnet", "cupy", "cupyx", "h5py", "os_signpost"}
    for path in PYTHON_FILES:
        for node in ast.walk(parsed(path)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert not optional & {name.split(".")[0] for name in names}, f"{display(path)}:{node.lineno}"


def test_importing_a_module_does_not_read_the_environment():
    def visit(node):
        """The nodes that run at import."""
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                yield child
                yield from visit(child)

    for path in PYTHON_FILES:
        for node in visit(parsed(path)):
            reads = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            assert not reads, f"{display(path)}:{node.lineno}"


def is_public(module):
    top, _, rest = module.partition(".")
    return not any(part.startswith("_") for part in module.split(".")) and (
        not rest or (top in ("backends", "layers") and "." not in rest)
    )


# Their names are used from outside without a list (types), or they hold none.
WITHOUT_ALL = {"types", "backends.cpu", "backends.reference", "backends.cuda", "demo", "extra", "tests"}


@pytest.mark.parametrize("module", [name for name in MODULES if name and is_public(name)])
def test_public_module_lists_its_names(module):
    if module in WITHOUT_ALL:
        return
    namespace = vars(__import__(f"thinc.{module}", fromlist=["*"]))
    assert "__all__" in namespace
    assert len(set(namespace["__all__"])) == len(namespace["__all__"])


def budget(path):
    name = path.relative_to(REPOSITORY)
    return next(lines for pattern, lines in BUDGETS if fits(name, pattern))


def fits(path, pattern):
    """Whether a relative path matches a pattern, where `**/` stands for any folders or none."""
    regex = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(regex, path.as_posix()) is not None


MEASURED = sorted(path for pattern, _ in BUDGETS for path in REPOSITORY.glob(pattern))


@pytest.mark.parametrize("path", sorted(set(MEASURED)), ids=display)
def test_file_is_within_its_budget(path):
    lines = path.read_text(encoding="utf8").count("\n")
    assert lines <= OVER_BUDGET.get(display(path), budget(path))


def without_comments(path):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(encoding="utf8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", KERNEL_FILES, ids=display)
def test_kernel_sources_use_raw_pointers_and_built_in_types(path):
    code = without_comments(path)
    assert set(re.findall(r"#include <(\w+)>", code)) <= SYSTEM_HEADERS
    for what, pattern in FORBIDDEN_IN_KERNELS.items():
        assert (display(path), what) in ALLOWED_IN_KERNELS or not re.search(pattern, code), what


def test_there_are_two_macros():
    macros = {
        name for path in KERNEL_FILES for name in re.findall(r"#\s*define\s+(\w+)", without_comments(path))
    }
    assert macros <= {"FORMULA", "LEVEL"}

"""What the distributions contain, and that the library works from them, with and without a compiler."""

import shutil
import tarfile
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES

from support.builds import NO_COMPILER, ROOT, build_wheel, run_from

SHIPPED = {".py", ".pyx", ".pxd", ".h", ".hh", ".cu", ".cuh", ".cfg", ".md", ".typed"}
LARGEST_WHEEL = 6e6

WORDS = [("the", "DET"), ("cats", "NOUN"), ("sleep", "VERB")]
SENTENCE = "".join(f"{i}\t{form}\t_\t{tag}{'	_' * 6}\n" for i, (form, tag) in enumerate(WORDS, start=1))


def package_files():
    """What an installed package has to have, sources of the headers included."""
    paths = {path.relative_to(ROOT).as_posix() for path in (ROOT / "thinc").rglob("*")}
    paths |= {"thinc/" + path.relative_to(ROOT).as_posix() for path in (ROOT / "include").rglob("*")}
    return {path for path in paths if "." + path.rpartition(".")[2] in SHIPPED or path.endswith("py.typed")}


def modules():
    """The names of the extension modules, without suffix."""
    return {path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "thinc").rglob("*.pyx")}


def test_sdist_has_every_source_and_nothing_that_is_generated(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    kernels = {path.relative_to(ROOT).as_posix() for path in (ROOT / "thinc").rglob("*.isa.cpp")}
    assert kernels
    assert names >= kernels | {name.replace("thinc/include/", "include/") for name in package_files()}
    assert {name for name in names if name.endswith((".so", ".pyd", ".o", ".pyc"))} == set()
    assert {name for name in names if name.endswith(".cpp")} == kernels


def test_wheel_has_modules_headers_and_declarations(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names >= package_files()
    assert names >= {module + EXTENSION_SUFFIXES[0] for module in modules()}
    assert {name for name in names if name.endswith((".cpp", ".o", ".pyc"))} == set()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"thinc"}


def test_wheel_is_small(wheel):
    assert wheel.stat().st_size <= LARGEST_WHEEL


def test_wheel_works_without_warnings(compiled):
    said = run_from(compiled, "-W", "error", "-m", "thinc", "info").stdout
    assert str(compiled / "thinc") in said
    assert "the library's own kernels" in said


def test_headers_are_found_in_an_installed_package(compiled):
    code = "from thinc.backends.cuda._module import headers; print(headers())"
    assert run_from(compiled, "-c", code).stdout.strip() == str(compiled / "thinc" / "include")


def test_library_trains_without_compiled_modules_and_says_so_once(bare, tmp_path):
    assert not [path for suffix in EXTENSION_SUFFIXES for path in bare.rglob("*" + suffix)]
    corpus = tmp_path / "corpus.conllu"
    corpus.write_text("\n".join([SENTENCE] * 40) + "\n", encoding="utf8")
    data = ["--train", corpus, "--dev", corpus, "--output", tmp_path / "tagger"]
    done = run_from(bare, "-m", "thinc", "demo", "--seconds", "1", *data)
    assert done.stderr.count("no compiled kernels") == 1
    assert "loaded again: the same predictions" in done.stdout


def test_missing_compiler_is_an_error_where_kernels_are_required(tree, tmp_path):
    done = build_wheel(tree, tmp_path, check=False, THINC_REQUIRE_COMPILED="1", **NO_COMPILER)
    assert done.returncode != 0
    assert "no-compiler-here" in done.stdout + done.stderr


def test_installation_that_lacks_some_modules_is_an_error(compiled, tmp_path):
    folder = shutil.copytree(compiled, tmp_path / "partial")
    [path] = (folder / "thinc/backends/cpu").glob("reductions.*" + EXTENSION_SUFFIXES[0].rpartition(".")[2])
    path.unlink()
    done = run_from(folder, "-c", "import thinc.api", check=False)
    assert done.returncode != 0
    assert "all compiled modules or none" in done.stderr
    assert "not thinc.backends.cpu.reductions" in done.stderr

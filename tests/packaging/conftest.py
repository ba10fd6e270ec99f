"""Distributions of this checkout, each built once per run.

Files that the checkout has already generated and compiled are used again.
"""

import shutil
import sys
import tarfile
from importlib.util import find_spec

import pytest
from support.builds import NO_COMPILER, ROOT, build_wheel, run, unpacked


@pytest.fixture(scope="session")
def sdist(tmp_path_factory):
    """The source distribution."""
    if not (ROOT / "setup.py").exists():
        pytest.skip("there is no source tree")
    for module in ("Cython", "pip", "setuptools", "wheel"):
        if find_spec(module) is None:
            pytest.skip(f"building needs {module}")
    folder = tmp_path_factory.mktemp("sdist")
    options = ["--dist-dir", folder, "--formats", "gztar"]
    run(sys.executable, "setup.py", "-q", "egg_info", "--egg-base", folder, "sdist", *options)
    [path] = folder.glob("*.tar.gz")
    return path


@pytest.fixture(scope="session")
def tree(sdist, tmp_path_factory):
    """The unpacked source distribution."""
    folder = tmp_path_factory.mktemp("tree")
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = lambda member, path: member
        archive.extractall(folder)
    [tree] = folder.iterdir()
    for source in (ROOT / "thinc").rglob("*.pyx"):
        generated = source.with_suffix(".cpp")
        if generated.exists():
            shutil.copy2(generated, tree / generated.relative_to(ROOT))
    return tree


@pytest.fixture(scope="session")
def wheel(tree, tmp_path_factory):
    """The wheel built from the source distribution."""
    for objects in (ROOT / "build").glob("temp.*"):
        shutil.copytree(objects, tree / "build" / objects.name)
    folder = tmp_path_factory.mktemp("wheel")
    build_wheel(tree, folder, THINC_REQUIRE_COMPILED="1")
    shutil.rmtree(tree / "build")
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def compiled(wheel, tmp_path_factory):
    """The unpacked wheel."""
    return unpacked(wheel, tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def bare(tree, tmp_path_factory):
    """The unpacked wheel that a machine without a compiler builds."""
    folder = tmp_path_factory.mktemp("bare_wheel")
    build_wheel(tree, folder, **NO_COMPILER)
    [path] = folder.glob("*.whl")
    return unpacked(path, tmp_path_factory.mktemp("bare"))

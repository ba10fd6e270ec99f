"""The client module, built once per run against the declaration files of the thinc under test."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import thinc


@pytest.fixture(scope="session")
def client_path(tmp_path_factory):
    """Where the built client lies."""
    pytest.importorskip("thinc.backends.cblas", reason="thinc has no compiled modules in this installation")
    pytest.importorskip("Cython", reason="building a client needs Cython")
    if os.name == "posix" and not shutil.which(os.environ.get("CXX", "c++")):
        pytest.skip("building a client needs a C++ compiler")
    folder = tmp_path_factory.mktemp("client")
    script = Path(__file__).with_name("build_client.py")
    root = str(Path(thinc.__file__).parents[1])
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    built = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return Path(built.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def client(client_path):
    spec = importlib.util.spec_from_file_location("capi_client", client_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

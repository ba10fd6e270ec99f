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
    pytest.importorskip("thinc.backends.cblas", reason="this thinc has no compiled modules")
    pytest.importorskip("Cython", reason="building a client needs Cython")
    if os.name == "posix" and not shutil.which(os.environ.get("CXX", "c++")):
        pytest.skip("building a client needs a C++ compiler")
    folder = tmp_path_factory.mktemp("client")
    script = Path(__file__).with_name("build_client.py")
    root = str(Path(thinc.__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, str(script), str(folder)]
    built = subprocess.run(command, capture_output=True, text=True, env=env)
    assert built.returncode == 0, built.stdout + built.stderr
    return Path(built.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def client(client_path):
    spec = importlib.util.spec_from_file_location("capi_client", client_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

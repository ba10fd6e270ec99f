"""Building distributions of this checkout and running commands with what is built."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
NO_COMPILER = {"CC": "no-compiler-here", "CXX": "no-compiler-here"}


def run(*command, cwd=ROOT, check=True, **changes):
    """Run a command in a changed environment; a value of None removes a variable."""
    env = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def build_wheel(tree, folder, check=True, **changes):
    """`pip wheel` of a source tree with the build tools of this environment; nothing is downloaded."""
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-v", "wheel", *options, tree]
    return run(*command, cwd=tree, check=check, **{"THINC_REQUIRE_COMPILED": None, **changes})


def unpacked(wheel, folder):
    """The folder into which a wheel was unpacked; imports find it through PYTHONPATH."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_from(folder, *arguments, check=True):
    """Run Python in a folder, with its packages before all others and no tools on the path."""
    return run(sys.executable, *arguments, cwd=folder, check=check, PYTHONPATH=str(folder), PATH="")

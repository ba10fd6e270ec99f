"""Runs the tests of the frameworks, each in an environment of its own: `make test-frameworks`.

The environments lie in `build/frameworks`, which is kept from one run to the next. They see the
interpreter's own installation of this library and of the test tools, and hold the framework alone.

    run.py                  all tests of all frameworks
    run.py --quick          all tests of PyTorch; of the others, that they import, train, save and load
    run.py pytorch jax      of some
"""

import argparse
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build" / "frameworks"

# What pip is told, call by call. Which wheel of PyTorch it finds is up to the index (PIP_EXTRA_INDEX_URL can
# name PyTorch's own for the CPU). MXNet's requirements forbid NumPy 2, with which it works.
REQUIREMENTS = {
    "pytorch": [["torch==2.13.*"]],
    "tensorflow": [["tensorflow-cpu==2.21.*"]],
    "mxnet": [["requests", "graphviz"], ["--no-deps", "mxnet==1.9.1"]],
    "jax": [["jax>=0.10,<0.11"]],
}
ALL = [["tests/frameworks", "tests/shims"], ["tests/test_docs.py", "-k", "frameworks", "-W", "default"]]
QUICK = [["tests/frameworks", "-k", "digits or saved or use_params"]]


def prepared(name: str) -> Path:
    """The interpreter of an environment, which is made if it isn't there."""
    folder = FOLDER / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / ".ready"
    wanted = repr((REQUIREMENTS[name], sys.version))
    if ready.exists() and ready.read_text() == wanted:
        return python
    venv.create(folder, clear=True, with_pip=True)
    # What the calling interpreter can import can be imported there, unless the framework brings its own.
    site = next(folder.glob("**/site-packages"))
    (site / "calling_environment.pth").write_text("\n".join([str(ROOT), *filter(is_site, sys.path)]))
    for arguments in REQUIREMENTS[name]:
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True)
    ready.write_text(wanted)
    return python


def is_site(path: str) -> bool:
    return path.endswith(("site-packages", "dist-packages"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the tests of the frameworks.")
    parser.add_argument("names", nargs="*", metavar="framework", help=", ".join(REQUIREMENTS))
    parser.add_argument("--quick", action="store_true", help="all of PyTorch's, the essential of the others")
    args = parser.parse_args()
    unknown = set(args.names) - REQUIREMENTS.keys()
    if unknown:
        parser.error(f"unknown framework: {', '.join(sorted(unknown))}")
    failed = []
    for name in args.names or REQUIREMENTS:
        start = time.perf_counter()
        python = prepared(name)
        installed = time.perf_counter()
        # TensorFlow would tell what instructions it was built for.
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        runs = QUICK if args.quick and name != "pytorch" else ALL
        codes = [
            subprocess.run([python, "-m", "pytest", "-q", *tests], cwd=ROOT, env=environment).returncode
            for tests in runs
        ]
        took = time.perf_counter() - installed
        verdict = "FAILED" if any(codes) else "ok"
        print(f"{name}: {verdict}; {installed - start:.0f} s to install, {took:.0f} s to test", flush=True)
        failed += [name] if any(codes) else []
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

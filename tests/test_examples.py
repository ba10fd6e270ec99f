"""Every example runs as a script, on little data, and learns something."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"
# Arguments that make it small, the share of right answers that it reaches then, and what it needs.
# Texts are the library of the running Python: always the same answer is right for 75 %, the classifier
# for 79.7 to 85.8 %, by version and seed.
SMALL = {
    "digits_mlp": ("--epochs 5 --width 64", 0.93, "sklearn"),
    "cnn_tagger": ("--words 30000 --epochs 3 --width 48 --depth 2 --batch-size 16", 0.75, None),
    "lstm_tagger": ("--words 30000 --epochs 3 --width 48 --batch-size 16", 0.70, None),
    "text_classifier": ("--packages email json logging --epochs 4 --width 32", 0.78, None),
    "pytorch_module": ("--epochs 20 --points 1200", 0.8, "torch"),
}


def run(name, arguments):
    """The output of a script; warnings are errors, as in all tests."""
    command = [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), *arguments.split()]
    paths = [str(FOLDER.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_every_script_is_tested():
    scripts = {path.stem for path in FOLDER.glob("*.py") if "__main__" in path.read_text(encoding="utf8")}
    assert scripts == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_example_learns(name):
    arguments, least, needs = SMALL[name]
    if needs and importlib.util.find_spec(needs) is None:
        pytest.skip(f"needs {needs}")
    done = run(name, arguments)
    assert done.returncode == 0, done.stderr
    losses = [float(loss) for loss in re.findall(r"epoch +\d+  loss ([\d.]+)", done.stdout)]
    assert losses[-1] < losses[0]
    assert float(re.search(r"right: ([\d.]+)%", done.stdout)[1]) >= 100 * least


def test_the_linear_text_classifier_learns():
    done = run("text_classifier", "--model words --packages email json logging --epochs 4")
    assert done.returncode == 0, done.stderr
    assert float(re.search(r"right: ([\d.]+)%", done.stdout)[1]) >= 80


@pytest.mark.parametrize("name", [name for name, (_, _, needs) in SMALL.items() if needs])
def test_example_says_what_it_lacks(name, tmp_path):
    needs = SMALL[name][2]
    (tmp_path / f"{needs}.py").write_text("raise ImportError", encoding="utf8")
    folders = [str(folder) for folder in (tmp_path, FOLDER, FOLDER.parent)]
    script = f"import sys, runpy; sys.path[:0] = {folders}; sys.argv = ['x']; "
    script += f"runpy.run_path({str(FOLDER / f'{name}.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs" in done.stderr and "pip install" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", SMALL)
def test_example_explains_its_arguments(name):
    done = run(name, "--help")
    assert done.returncode == 0 and "--seed" in done.stdout

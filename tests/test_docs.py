"""Every block of the guides runs as it stands, and prints what its comments promise.

Blocks of Python share their names, top to bottom. A comment `# prints: ...` after a `print` is what that line
must print. What else is to be done with a block stands in the line before its fence: `<!-- file: NAME -->`
writes it to a file, `<!-- run -->` runs its lines as commands. A block of Python that cannot run everywhere
says why: `<!-- needs: torch -->` or `<!-- not run: reason -->`.
"""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from thinc.api import NumpyOps, fix_random_seed, set_current_ops

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
CONDITION = r"(?:<!-- (needs|not run|file|run):? ?([^\n]*?) -->\n)?"
FENCE = re.compile(CONDITION + r"```(\w+)\n(.*?)```", flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_of_a_guide_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    fix_random_seed(0)
    set_current_ops(NumpyOps())
    text, names, promised = page.read_text(encoding="utf8"), {"__name__": "guide"}, []
    for condition, argument, language, code in FENCE.findall(text):
        if condition == "file":
            Path(argument).write_text(code, encoding="utf8")
        elif condition == "run":
            run(code)
        elif language == "python" and is_to_run(condition, argument):
            exec(compile(code, str(page), "exec"), names)
            promised += re.findall(r"# prints: (.*)$", code, flags=re.MULTILINE)
    printed = capsys.readouterr().out
    for line in promised:
        assert line.strip() in printed


def is_to_run(condition, argument):
    if condition == "needs":
        return importlib.util.find_spec(argument) is not None
    return condition != "not run"


def run(commands):
    for line in commands.splitlines():
        name, *arguments = shlex.split(line)
        assert name == "python"
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), line


def test_links_between_pages_lead_somewhere():
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+\.(?:md|svg|png))[^)]*\)", page.read_text(encoding="utf8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

"""Every snippet of the README runs as it stands, and every command in it exists."""

import re
from pathlib import Path

import numpy
import pytest

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
if not README.exists():
    pytest.skip("the README is not beside the tests", allow_module_level=True)
TEXT = README.read_text(encoding="utf8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"))
def test_snippet_runs_and_prints_what_its_comments_say(code, capsys):
    state = numpy.random.get_state()
    try:
        exec(compile(code, str(README), "exec"), {})
    finally:
        numpy.random.set_state(state)
    printed = capsys.readouterr().out.splitlines()
    promised = re.findall(r"print\(.*# .*?(\[.*\])$", code, flags=re.MULTILINE)
    assert [line.strip() for line in printed] == promised


def test_every_make_command_is_a_target():
    makefile = (ROOT / "Makefile").read_text()
    commands = re.findall(r"\bmake ([a-z]+)", TEXT)
    assert commands
    for command in commands:
        assert re.search(rf"^{command}:", makefile, flags=re.MULTILINE), command

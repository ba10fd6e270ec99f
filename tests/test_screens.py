"""What a plain screen writes while work goes on."""

import io
import sys

import pytest

from thinc.screens import PlainScreen, QuietScreen


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_written_over_and_then_wiped(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    screen = PlainScreen(io.StringIO())
    with screen.progress("training", 8):
        screen.advance(2, "loss 1.0")
        screen.advance(4, "loss 0.5")
    shown = [part.rstrip() for part in terminal.getvalue().split("\r")]
    assert shown == ["", "training  25%  loss 1.0", "training  50%  loss 0.5", "", ""]


def test_lines_take_the_place_of_the_status(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    screen = PlainScreen(io.StringIO())
    with screen.progress("training", 8):
        screen.advance(2)
        screen.line("result")
    assert screen.file.getvalue() == "result\n"
    assert terminal.getvalue().endswith(" \r")


@pytest.mark.parametrize("screen", [PlainScreen, QuietScreen])
def test_files_get_no_status(screen, capsys):
    with screen(io.StringIO()).progress("training", 8):
        screen(io.StringIO()).advance(2)
    assert capsys.readouterr().err == ""

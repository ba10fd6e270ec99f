"""The demo from end to end, on a task that a second is enough for."""

import io
import signal
import subprocess
import sys

import pytest

from thinc.demo.run import Options, run
from thinc.demo.tagger import DEFAULT_CONFIG, Tagger, read_config
from thinc.screens import PlainScreen, QuietScreen


class Recorder(PlainScreen):
    """Keeps where training was at each step and the lines of evaluations, and does something at the first."""

    def __init__(self, at_first=lambda: None):
        super().__init__(io.StringIO())
        self.steps = []
        self.at_first = at_first

    def advance(self, done, status=""):
        self.steps.append((done, status.split("loss ")[1]))
        if len(self.steps) == 1:
            self.at_first()

    @property
    def text(self):
        return self.file.getvalue()


@pytest.fixture
def options(conllu_files, small_config, tmp_path):
    train, dev = conllu_files
    return {"train": train, "dev": dev, "config": small_config, "output": tmp_path / "out"}


def test_tagger_learns_what_context_decides(options):
    screen = Recorder()
    outcome = run(Options(**options), screen)
    assert outcome.baseline < 0.85
    assert outcome.accuracy > 0.99
    assert outcome.changed_by_reload == 0
    first, last = (
        line.split() for line in screen.text.splitlines() if line.count("%") == 2 and ":" not in line
    )
    assert int(last[0].replace(",", "")) == screen.steps[-1][0]
    assert float(last[2]) < float(first[2]) < float(screen.steps[0][1])
    for expected in (
        f"baseline   {outcome.baseline:.2%}",
        "words/s     loss   held-out   baseline",
        "tag    words  baseline F1  precision  recall",
        f"held-out accuracy {outcome.accuracy:.2%}, ",
        f"saved to {options['output']}, loaded again: the same predictions",
    ):
        assert expected in screen.text
    assert max(map(len, screen.text.replace(str(options["output"]), "out").splitlines())) <= 81


def test_saved_tagger_tags_words(options):
    run(Options(**options), Recorder())
    tagger = Tagger.from_disk(options["output"])
    assert tagger.predict([["the", "run", "to", "run"], [], ["."]]) == [
        ["FUNC", "NOUN", "FUNC", "VERB"],
        [],
        ["PUNCT"],
    ]


def test_same_seed_gives_same_numbers_and_another_gives_others(options):
    runs = []
    for seed in (3, 3, 4):
        screen = Recorder()
        outcome = run(Options(seed=seed, **options), screen)
        runs.append((outcome, screen.steps, (options["output"] / "model.bin").read_bytes()))
    assert runs[0] == runs[1]
    assert runs[0][1] != runs[2][1]
    assert runs[0][2] != runs[2][2]


def test_clock_ends_training_early_and_the_run_says_so(options):
    screen = Recorder()
    outcome = run(Options(seconds=1e-6, **options), screen)
    assert len(screen.steps) == 1
    assert f" {outcome.accuracy:.2%} " in screen.text
    assert "of 6,000 words: the limit of 1e-06 seconds was reached" in screen.text


def test_interrupt_saves_what_there_is_and_says_where(options):
    screen = Recorder(at_first=lambda: signal.raise_signal(signal.SIGINT))
    outcome = run(Options(**options), screen)
    assert outcome.interrupted
    assert len(screen.steps) == 1
    assert f"interrupted; saved to {options['output']}" in screen.text
    tags = Tagger.from_disk(options["output"]).predict([["the", "run"]])
    assert len(tags[0]) == 2


@pytest.fixture
def in_the_foreground():
    """SIGINT raises, which it does not in processes that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_second_interrupt_is_not_held_back(options, in_the_foreground):
    def twice():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(Options(**options), Recorder(at_first=twice))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_quiet_run_says_only_the_result(options):
    screen = QuietScreen(io.StringIO())
    run(Options(**options), screen)
    lines = screen.file.getvalue().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["held-out", "saved"]


def test_roles_in_python_source_are_learnt_beyond_the_baseline(small_config, tmp_path):
    screen = Recorder()
    outcome = run(Options(config=small_config, output=tmp_path / "out"), screen)
    assert outcome.accuracy > outcome.baseline
    assert "x.NAME()" in screen.text


def test_config_of_the_demo_builds_the_model_that_it_describes():
    config = read_config(DEFAULT_CONFIG, {"tagger.width": 8, "tagger.depth": 3})
    tagger = Tagger(config, ["A", "B"])
    names = [node.name for node in tagger.model.walk()]
    assert names.count("hashembed") == 4
    assert names.count("maxout") == 1 + 3
    assert names.count("residual(expand_window>>with_array(maxout>>layernorm>>dropout))") == 3


@pytest.mark.parametrize("section", ["features", "model"])
def test_config_without_a_section_is_a_value_error(section, tmp_path):
    config = read_config()
    del config[section]
    config.to_disk(tmp_path / "a.cfg", interpolate=False)
    with pytest.raises(ValueError, match=rf"must have a section \[{section}\]"):
        read_config(tmp_path / "a.cfg")


WITHOUT_COMPILED_MODULES = """
import pkgutil, sys, warnings

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("thinc.backends.cpu."):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
pkgutil.iter_modules = lambda path: iter(())
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from thinc.cli import main
assert any("no compiled kernels" in str(warning.message) for warning in caught)
main(["info"])
sys.exit(main(sys.argv[1:]))
"""


def test_demo_runs_without_compiled_modules(options):
    arguments = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-c", WITHOUT_COMPILED_MODULES, "demo", "--seconds=0.5", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "none are compiled" in done.stdout
    assert "loaded again: the same predictions" in done.stdout

"""Training from a config, from end to end: what is learnt, saved, resumed and refused."""

import io
import os
import signal

import numpy
import pytest

import thinc.training.folder as folder_module
from thinc.screens import PlainScreen, QuietScreen
from thinc.training.config_file import ConfigError
from thinc.training.run import Options, load_model, run


class At(PlainScreen):
    """Does something after so many steps."""

    def __init__(self, step, action):
        super().__init__(io.StringIO())
        self.left, self.action = step, action

    def advance(self, done, status=""):
        self.left -= 1
        if self.left == 0:
            self.action()


def quiet():
    return QuietScreen(io.StringIO())


def interrupt():
    signal.raise_signal(signal.SIGINT)


def log(folder, *columns):
    header, *lines = [line.split("\t") for line in (folder / "log.tsv").read_text().splitlines()]
    return [tuple(line[header.index(name)] for name in columns) for line in lines]


def test_network_learns_and_leaves_a_model_that_predicts(config, tmp_path):
    screen = At(0, None)
    outcome = run(Options(config, tmp_path / "out", overrides={"training.epochs": 10}), screen)
    assert outcome.best > 0.9
    assert not outcome.interrupted
    assert f"best score {outcome.best:.2%}" in screen.file.getvalue()
    model, labels = load_model(tmp_path / "out" / "best")
    assert labels == ["no", "yes"]
    X = numpy.array([[0.5, 0.5, 0, 0], [-0.5, 0.5, 0, 0]], dtype="float32")
    assert [labels[i] for i in model.predict(X).argmax(axis=1)] == ["yes", "no"]


def test_log_has_a_line_for_each_evaluation_and_marks_the_best(config, tmp_path):
    outcome = run(Options(config, tmp_path), quiet())
    rows = log(tmp_path, "items", "score", "best")
    assert [int(items) for items, _, _ in rows] == [208, 400, 608, 800, 1008, 1200, 1280]
    scores = [float(score) for _, score, _ in rows]
    assert max(scores) == pytest.approx(outcome.best, abs=1e-6)
    marks = [mark == "1" for _, _, mark in rows]
    assert marks == [score > max([-1, *scores[:i]]) for i, score in enumerate(scores)]
    curve = (tmp_path / "curve.svg").read_text()
    assert curve.count("<circle") == 2 * len(rows)


@pytest.mark.parametrize("steps", [1, 13, 14, 29])
def test_run_that_was_stopped_and_resumed_has_the_bits_of_one_that_was_not(config, tmp_path, steps):
    run(Options(config, tmp_path / "straight"), quiet())
    outcome = run(Options(config, tmp_path / "halves"), At(steps, interrupt))
    assert outcome.interrupted
    assert not run(Options(config, tmp_path / "halves", resume=True), quiet()).interrupted
    for name in ("best/model.bin", "last/model.bin", "best/config.cfg", "last/labels.json"):
        assert (tmp_path / "halves" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()
    columns = ("step", "epoch", "items", "loss", "score", "best")
    assert log(tmp_path / "halves", *columns) == log(tmp_path / "straight", *columns)


def test_resuming_goes_on_with_a_schedule_of_batch_sizes(config, tmp_path):
    config.write_text(
        config.read_text().replace("batch_size = 16\n", "")
        + '[training.batch_size]\n@schedules = "compounding.v1"\nstart = 4\nstop = 40\ncompound = 1.1\n'
    )
    run(Options(config, tmp_path / "straight"), quiet())
    run(Options(config, tmp_path / "halves"), At(17, interrupt))
    run(Options(config, tmp_path / "halves", resume=True), quiet())
    assert log(tmp_path / "halves", "items", "loss") == log(tmp_path / "straight", "items", "loss")


def test_more_epochs_go_on_where_a_finished_run_ended(config, tmp_path):
    longer = {"training.epochs": 6, "training.evaluate_every": 320}
    run(Options(config, tmp_path / "straight", overrides=longer), quiet())
    run(Options(config, tmp_path / "more", overrides={**longer, "training.epochs": 3}), quiet())
    run(Options(config, tmp_path / "more", resume=True, overrides=longer), quiet())
    name = "last/model.bin"
    assert (tmp_path / "more" / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()


def test_patience_ends_training_and_a_resumed_run_stays_ended(config, tmp_path):
    still = {"optimizer.learn_rate": 0.0, "training.patience": 2, "training.epochs": 50}
    screen = At(0, None)
    run(Options(config, tmp_path, overrides=still), screen)
    assert len(log(tmp_path, "step")) == 3
    assert "2 evaluations without a better score" in screen.file.getvalue()
    run(Options(config, tmp_path, resume=True, overrides=still), quiet())
    assert len(log(tmp_path, "step")) == 3


def test_run_in_the_folder_is_not_lost_by_accident(config, tmp_path):
    run(Options(config, tmp_path), quiet())
    before = (tmp_path / "last" / "state.bin").read_bytes()
    with pytest.raises(ValueError, match="there is a run already"):
        run(Options(config, tmp_path), quiet())
    assert (tmp_path / "last" / "state.bin").read_bytes() == before
    assert len(log(tmp_path, "step")) == 7
    run(Options(config, tmp_path, overwrite=True, overrides={"training.epochs": 1}), quiet())
    assert len(log(tmp_path, "step")) == 2


def test_run_is_resumed_with_its_own_config_only(config, tmp_path):
    run(Options(config, tmp_path), quiet())
    for name, value in (("model.*.hidden.nO", 8), ("optimizer.learn_rate", 0.1), ("training.batch_size", 8)):
        changed = name if name.startswith("training") else name.partition(".")[0]
        with pytest.raises(ValueError, match=f"changed: {changed}$"):
            run(Options(config, tmp_path, resume=True, overrides={name: value}), quiet())


def test_nothing_to_resume_and_a_damaged_state_are_errors(config, tmp_path):
    with pytest.raises(ValueError, match="there is no run to resume"):
        run(Options(config, tmp_path / "out", resume=True), quiet())
    run(Options(config, tmp_path / "out"), quiet())
    path = tmp_path / "out" / "last" / "state.bin"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="is damaged"):
        run(Options(config, tmp_path / "out", resume=True), quiet())


def test_file_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "file"
    folder_module.write_whole(path, b"old")

    def fail(number):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        folder_module.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_model_that_does_not_fit_the_data_is_an_error_with_its_line(config, tmp_path):
    with pytest.raises(ConfigError, match=r"a\.cfg:5: the model does not fit the data"):
        run(Options(config, tmp_path, overrides={"model.*.hidden.nI": 7}), quiet())


CODE = """
import numpy
from thinc.api import registry

@registry.readers("line.v1")
def read_line(slope: float):
    X = numpy.linspace(-1, 1, 100, dtype="float32").reshape(-1, 1)
    return (X, slope * X), (X[::3], slope * X[::3])
"""
LINE = """
[data]
@readers = "line.v1"
slope = 2.0

[model]
@layers = "Linear.v1"

[optimizer]
@optimizers = "SGD.v1"
learn_rate = 0.5

[loss]
@losses = "L2Distance.v1"

[training]
epochs = 40
batch_size = 100
"""


def test_own_reader_and_a_model_without_classes(tmp_path):
    code, config = tmp_path / "own_reader.py", tmp_path / "line.cfg"
    code.write_text(CODE)
    config.write_text(LINE)
    outcome = run(Options(config, tmp_path / "out", code=code), quiet())
    assert -0.01 < outcome.best <= 0
    model, labels = load_model(tmp_path / "out" / "best")
    assert labels == []
    assert model.get_param("W")[0, 0] == pytest.approx(2.0, abs=0.1)


TAGGER = """
[data]
@readers = "conllu_tags.v1"
train = "{train}"
dev = "{dev}"

[model]
@layers = "{container}.v1"

[model.layer]
@layers = "chain.v1"

[model.layer.*.embed]
@layers = "HashEmbed.v1"
nO = 16
nV = 100
column = 0

[model.layer.*.output]
@layers = "Softmax.v1"
nO = ${{labels.count}}

[optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.05

[loss]
@losses = "{loss}.v3"
"""


@pytest.mark.parametrize(
    ("container", "loss"),
    [("with_array", "SequenceCategoricalCrossentropy")],
)
def test_sequences_are_tagged(tmp_path, container, loss):
    words = [("the", "DET"), ("cat", "NOUN"), ("sleeps", "VERB")]
    lines = [f"{i}\t{word}\t_\t{tag}" + "\t_" * 6 for i, (word, tag) in enumerate(words, start=1)]
    path, config = tmp_path / "a.conllu", tmp_path / "tagger.cfg"
    path.write_text("\n".join([*lines, ""]) * 1 + "\n" + "\n".join([*lines[:2], ""]) + "\n")
    config.write_text(TAGGER.format(train=path, dev=path, container=container, loss=loss))
    assert run(Options(config, tmp_path / "out"), quiet()).best == 1.0
    model, labels = load_model(tmp_path / "out" / "best")
    assert (labels, model.get_dim("nO")) == (["DET", "NOUN", "VERB"], 3)

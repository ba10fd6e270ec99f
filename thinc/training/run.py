"""One run of `python -m thinc train`, from reading the config to the learning curve."""

import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy

from ..about import __version__
from ..api import Model
from ..screens import PlainScreen
from .config_file import ConfigError, ConfigFile
from .data import Data
from .folder import CONFIG_FILE, LABELS_FILE, WEIGHTS_FILE, RunFolder
from .loop import Report, Trainer, stopping_at_interrupt

__all__ = ["Options", "Outcome", "import_code", "load_model", "n_weights", "run"]

HEADER = "     step   epoch    items/s       loss      score"


@dataclass(frozen=True)
class Options:
    """What a caller may choose."""

    config: Path
    output: Path = Path("thinc-model")
    resume: bool = False
    overwrite: bool = False
    code: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run has come to: the best score, and whether Ctrl-C ended it."""

    best: float
    interrupted: bool


def run(options: Options, screen: PlainScreen) -> Outcome:
    """Train what a config describes, and leave a folder as `folder` says.

    Raises:
        ValueError: config or data are not what they should be, or there is a run in the folder already.
        OSError: a file cannot be read or written.
    """
    if options.code is not None:
        import_code(options.code)
    file = ConfigFile(options.config, options.overrides)
    settings, data = file.settings(), file.data()
    model, optimizer, loss = (file.resolve(name) for name in ("model", "optimizer", "loss"))
    folder = RunFolder(options.output, file.config, data.labels)
    if folder.state_path.exists() and not (options.resume or options.overwrite):
        raise ValueError(f"{options.output}: there is a run already; --resume it, or --overwrite it")
    try:
        trainer = Trainer(model, optimizer, loss, data, settings)
    except (ValueError, TypeError, IndexError) as error:
        raise ConfigError(f"{file.where('model')}: the model does not fit the data; {error}") from error
    screen.heading(f"thinc {__version__}: {options.config.name}")
    introduce(screen, data, model)
    if options.resume:
        folder.resume(trainer)
        screen.fact("resumed", f"after {trainer.step:,} steps, {trainer.items:,} of {trainer.goal:,} items")
    screen.heading("Training")
    screen.line(HEADER)
    with screen.progress("training", trainer.goal), stopping_at_interrupt(trainer):
        for report in trainer.train():
            screen.advance(report.items, f"{report.items_per_second:,.0f} items/s  loss {report.loss:.4f}")
            if report.score is not None:
                screen.line(evaluation_line(report, data))
            if report.score is not None:
                folder.record(trainer, report)
        if trainer.interrupted:
            folder.save_state(trainer)
    return conclude(screen, folder, trainer, data)


def conclude(screen: PlainScreen, folder: RunFolder, trainer: Trainer, data: Data) -> Outcome:
    if trainer.stopped:
        screen.result(f"training ended after {trainer.items:,} of {trainer.goal:,} items: {trainer.stopped}")
    if trainer.interrupted:
        screen.result(f"continue with --resume; saved to {folder.state_path}")
    if numpy.isfinite(trainer.best):
        best = max(folder.reports, key=lambda report: (report.best, report.step))
        screen.result(f"best score {score_text(trainer.best, data)}, after {best.epoch:.2f} epochs")
        screen.result(f"saved to {folder.path / 'best'} (and {folder.path / 'last'}, log.tsv, curve.svg)")
    return Outcome(trainer.best, trainer.interrupted)


def introduce(screen: PlainScreen, data: Data, model: Model) -> None:
    screen.fact("data", data.name)
    screen.fact("train", size_text(data.train.sizes))
    screen.fact("held out", size_text(data.dev.sizes))
    if data.labels:
        screen.fact("labels", f"{len(data.labels)}: {', '.join(data.labels)}")
    screen.fact("model", f"{n_weights(model):,} weights")


def size_text(sizes: list[int]) -> str:
    return f"{len(sizes):,} examples" + (f", {sum(sizes):,} items" if sum(sizes) != len(sizes) else "")


def evaluation_line(report: Report, data: Data) -> str:
    mark = "  best" if report.best else ""
    return (
        f"{report.step:>9,} {report.epoch:>7.2f} {report.items_per_second:>10,.0f} {report.loss:>10.4f} "
        f"{score_text(report.score, data):>10}{mark}"
    )


def score_text(score: float | None, data: Data) -> str:
    return "" if score is None else f"{score:.2%}" if data.labels else f"{score:.5g}"


def n_weights(model: Model) -> int:
    arrays = [node.maybe_get_param(name) for node in model.walk() for name in node.param_names]
    return sum(array.size for array in arrays if array is not None)


def import_code(path: Path) -> None:
    """Run a Python file, for the functions that it registers."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise ValueError(f"{path}: must be a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)


def load_model(folder: Path) -> tuple[Model, list[str]]:
    """The model in a folder that training or the demo has left, and the names of its classes.

    Raises:
        ValueError: there is no such model.
        OSError: a file cannot be read.
    """
    path = Path(folder) / CONFIG_FILE
    if not path.exists():
        raise ValueError(
            f"{folder}: must be a folder with {CONFIG_FILE} and {WEIGHTS_FILE}; there is no {CONFIG_FILE}"
        )
    model = ConfigFile(path).resolve("model")
    model.from_disk(path.with_name(WEIGHTS_FILE))
    labels = path.with_name(LABELS_FILE)
    return model, json.loads(labels.read_text(encoding="utf8")) if labels.exists() else []

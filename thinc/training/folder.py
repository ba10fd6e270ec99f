"""What a training run leaves behind, in one folder.

    best/    the config, the labels and the weights of the best evaluation: a model to use
    last/    the same of the last one, and `state.bin`, from which training goes on
    log.tsv  a line for each evaluation
    curve.svg

A file is replaced as a whole or not at all, so that a run can be ended at any moment.
"""

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import srsly

from .._svg import Plot, Scale, document
from ..api import Config
from .loop import Report, Trainer

__all__ = ["CONFIG_FILE", "LABELS_FILE", "WEIGHTS_FILE", "RunFolder", "curve", "log_text", "write_whole"]

CONFIG_FILE, LABELS_FILE, WEIGHTS_FILE, STATE_FILE = "config.cfg", "labels.json", "model.bin", "state.bin"
COLUMNS = ("step", "epoch", "items", "seconds", "items_per_second", "loss", "score", "best")
# A change of these leaves what has been trained as it is.
MAY_CHANGE = ("epochs", "items", "patience", "seconds")
FORMAT = 1


class RunFolder:
    """The folder of one run.

    Args:
        config: what the model is built from, all variables filled in.
        labels: names of the classes.
    """

    def __init__(self, path: Path, config: Config, labels: Sequence[str]) -> None:
        self.path, self.config, self.labels = Path(path), config, tuple(labels)
        self.reports: list[Report] = []

    @property
    def state_path(self) -> Path:
        return self.path / "last" / STATE_FILE

    def record(self, trainer: Trainer, report: Report) -> None:
        """Save everything after a step with an evaluation."""
        self.reports.append(report)
        with trainer.averaged():
            self.save_model(trainer, "last")
            if report.best:
                self.save_model(trainer, "best")
        write_whole(self.path / "log.tsv", log_text(self.reports).encode("utf8"))
        write_whole(self.path / "curve.svg", curve(self.reports).encode("utf8"))
        self.save_state(trainer)

    def save_state(self, trainer: Trainer) -> None:
        """Save what it takes to go on from here."""
        saved = {
            "format": FORMAT,
            "config": self.config.to_str(),
            "reports": [asdict(each) for each in self.reports],
            "state": trainer.state(),
        }
        write_whole(self.state_path, srsly.msgpack_dumps(saved))

    def save_model(self, trainer: Trainer, name: str) -> None:
        folder = self.path / name
        write_whole(folder / CONFIG_FILE, self.config.to_str().encode("utf8"))
        write_whole(folder / LABELS_FILE, json.dumps(self.labels).encode("utf8"))
        trainer.model.to_disk(folder / WEIGHTS_FILE)

    def resume(self, trainer: Trainer) -> None:
        """Put the trainer where the run was when it was last saved.

        Raises:
            ValueError: there is nothing to go on from, it is damaged, or belongs to another config.
        """
        if not self.state_path.exists():
            raise ValueError(f"{self.path}: there is no run to resume; {self.state_path} does not exist")
        try:
            saved = srsly.msgpack_loads(self.state_path.read_bytes())
            before = Config().from_str(saved["config"])
            reports = [Report(**each) for each in saved["reports"]]
        except Exception as error:  # of whichever layer the damage reaches
            raise ValueError(f"{self.state_path}: is damaged; {error}") from None
        changed = differences(before, self.config)
        if changed:
            raise ValueError(
                f"{self.path}: a run is resumed with the config it was begun with, save for "
                f"{', '.join(f'training.{name}' for name in MAY_CHANGE)}; changed: {', '.join(changed)}"
            )
        trainer.restore(saved["state"])
        self.reports = reports


def differences(before: Config, after: Config) -> list[str]:
    """Names of the sections, or of the entries of [training], that are not the same."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if "training" in changed:
        changed.remove("training")
        old, new = before.get("training", {}), after.get("training", {})
        changed += [
            f"training.{name}"
            for name in {**old, **new}
            if old.get(name) != new.get(name) and name not in MAY_CHANGE
        ]
    return changed


def write_whole(path: Path, data: bytes) -> None:
    """Write a file next to its place, then move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def log_text(reports: Sequence[Report]) -> str:
    """The log: a header, then a line for each evaluation, with tabs between the columns."""
    return "".join("\t".join(cells) + "\n" for cells in [COLUMNS, *map(log_cells, reports)])


def log_cells(report: Report) -> list[str]:
    values: list[Any] = [getattr(report, name) for name in COLUMNS]
    return [f"{value:.6g}" if isinstance(value, float) else str(int(value)) for value in values]


def curve(reports: Sequence[Report]) -> str:
    """The learning curve as SVG: loss and held-out score over the passes through the data."""
    epochs = [report.epoch for report in reports]
    scores = [float("nan") if report.score is None else report.score for report in reports]
    x = Scale.around([0.0, *epochs], 70, 700)
    parts = []
    best = max(reports, key=lambda report: (report.best, report.step))
    for number, (title, values) in enumerate(
        {"training loss": [r.loss for r in reports], "score": scores}.items()
    ):
        top = 40 + 210 * number
        plot = Plot(x, Scale.around(values, top + 150, top), title, x_label="epoch" if number else "")
        plot.curve(list(zip(epochs, values, strict=True)), number)
        for report, value in zip(reports, values, strict=True):
            plot.dot(report.epoch, value, number, f"step {report.step}: {value:.6g}")
        if number and best.score is not None:
            plot.note(best.epoch, best.score, f"best: {best.score:.4g}", "end", dx=-8, dy=18)
        parts.append(plot.body())
    return document("".join(parts), 730, 450, title="learning curve")

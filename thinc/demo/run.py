"""One run of the demo, from reading the data to loading the saved tagger again."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..about import __version__
from ..api import Config, registry
from ..screens import PlainScreen
from ..training.conllu import Sentence, read_conllu
from ..training.loop import Report, Settings, Trainer, stopping_at_interrupt
from ..training.run import n_weights
from .corpus import Corpus, MostFrequentTag
from .python_source import python_corpus
from .report import sentences_to_show, tag_table
from .tagger import DEFAULT_CONFIG, Tagger, read_config

__all__ = ["Options", "Outcome", "run"]

EVALUATION_HEADER = "    words    words/s     loss   held-out   baseline"

# Held-out sentences that are shown with their predicted tags.
SHOWN = 8


@dataclass(frozen=True)
class Options:
    """What a caller may choose; None leaves it to the config."""

    train: Path | None = None
    dev: Path | None = None
    column: str = "upos"
    config: Path = DEFAULT_CONFIG
    output: Path = Path("thinc-demo")
    seconds: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run has come to: the accuracies are shares of held-out words."""

    accuracy: float | None  # None when training was interrupted.
    baseline: float
    changed_by_reload: int = 0

    @property
    def interrupted(self) -> bool:
        return self.accuracy is None


def run(options: Options, screen: PlainScreen) -> Outcome:
    """Train a tagger, save it, show what it can do, and load it again.

    Raises:
        ValueError: config or data are not what they should be.
        OSError: a file cannot be read or written.
    """
    screen.heading(f"thinc {__version__}: a tagger, trained from nothing")
    config = read_config(options.config, overrides(options))
    corpus = read_corpus(options, config)
    baseline = MostFrequentTag(corpus.train)
    floor = baseline.accuracy(corpus.dev)
    tagger = Tagger(config, corpus.tags)
    trainer = trainer_of(tagger, corpus)
    introduce(screen, options, corpus, floor)

    screen.line(EVALUATION_HEADER)
    with screen.progress("training", trainer.goal), stopping_at_interrupt(trainer):
        for report in trainer.train():
            screen.advance(report.items, f"{report.items_per_second:,.0f} words/s  loss {report.loss:.4f}")
            if report.score is not None:
                screen.line(evaluation_line(report, report.score, floor))
    trainer.keep_averages()
    tagger.to_disk(options.output)
    if trainer.stopped:
        screen.result(
            f"training ended after {report.items:,} of {trainer.goal:,} words: {trainer.stopped}; "
            f"saved to {options.output}"
        )
    if report.score is None:
        return Outcome(None, floor)

    words = [each.words for each in corpus.dev]
    predicted = tagger.predict(words)
    show(screen, corpus, predicted, baseline, trainer.settings.seed)
    again = Tagger.from_disk(options.output).predict(words)
    outcome = Outcome(report.score, floor, changed_by_reload=n_different(predicted, again))
    screen.heading("Result")
    screen.fact("model", f"{n_weights(tagger.model):,} weights")
    screen.fact("training", f"{report.items:,} words in {report.seconds:.1f} s")
    conclude(screen, options.output, report.score, outcome)
    return outcome


def overrides(options: Options) -> dict[str, Any]:
    values = {"training.seconds": options.seconds, "training.seed": options.seed}
    return {key: value for key, value in values.items() if value is not None}


def read_corpus(options: Options, config: Config) -> Corpus:
    if options.train is None or options.dev is None:
        return python_corpus(**config["corpus"])
    name = f"{options.train.name} and {options.dev.name} ({options.column})"
    return Corpus(name, read_conllu(options.train, options.column), read_conllu(options.dev, options.column))


def trainer_of(tagger: Tagger, corpus: Corpus) -> Trainer:
    """What trains the tagger as its config says."""
    filled = tagger.config.interpolate()
    built = registry.resolve({name: filled[name] for name in ("training", "optimizer", "loss")})
    wanted = built["training"]
    settings = Settings(
        seed=wanted["seed"],
        items=wanted["words"],
        batch_size=wanted["batch_words"],
        evaluate_every=wanted["words"] / wanted["evaluations"],
        seconds=wanted["seconds"],
    )
    return Trainer(tagger.model, built["optimizer"], built["loss"], tagger.data(corpus), settings)


def evaluation_line(report: Report, accuracy: float, baseline: float) -> str:
    return (
        f"{report.items:>9,} {report.items_per_second:>10,.0f} {report.loss:>8.4f} "
        f"{accuracy:>10.2%} {baseline:>10.2%}"
    )


def introduce(screen: PlainScreen, options: Options, corpus: Corpus, floor: float) -> None:
    screen.fact("machine", f"Python {platform.python_version()} on {platform.machine()}")
    screen.fact("data", corpus.name)
    screen.fact("train", size_text(corpus.train))
    screen.fact("held out", size_text(corpus.dev))
    screen.fact("tags", f"{len(corpus.tags)}: {', '.join(corpus.tags)}")
    screen.fact("baseline", f"{floor:.2%} by each word's most frequent tag")
    screen.heading("Training")


def show(
    screen: PlainScreen,
    corpus: Corpus,
    predicted: Sequence[Sequence[str]],
    baseline: MostFrequentTag,
    seed: int,
) -> None:
    """The table of tags, and some sentences with their predicted tags."""
    screen.heading("Held-out words by tag, in per cent")
    simple = [tag for each in corpus.dev for tag in baseline.predict(each.words)]
    screen.table(*tag_table(corpus, [tag for tags in predicted for tag in tags], simple))
    screen.heading("Some held-out lines, tagged (the right tag where another was predicted)")
    shown = sentences_to_show(corpus.dev, SHOWN, seed)
    screen.tagged([corpus.dev[i] for i in shown], [predicted[i] for i in shown])


def conclude(screen: PlainScreen, output: Path, accuracy: float, outcome: Outcome) -> None:
    gain = 100 * (accuracy - outcome.baseline)
    screen.result(f"held-out accuracy {accuracy:.2%}, {gain:.1f} points above the baseline")
    changed = outcome.changed_by_reload
    found = f"{changed:,} predictions CHANGED" if changed else "the same predictions"
    screen.result(f"saved to {output}, loaded again: {found}")


def n_different(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> int:
    return sum(
        tag != other
        for tags, others in zip(first, second, strict=True)
        for tag, other in zip(tags, others, strict=True)
    )


def size_text(sentences: Sequence[Sentence]) -> str:
    return f"{sum(map(len, sentences)):,} words in {len(sentences):,} lines"

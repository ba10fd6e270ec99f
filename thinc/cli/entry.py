"""Arguments in, exit status out: 0 done, 1 failed, 2 misused, 130 interrupted."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..about import __version__
from ..demo.conllu import COLUMNS
from ..demo.run import Options, run
from ..demo.screen import open_screen
from ..demo.tagger import DEFAULT_CONFIG
from .info import info_text

__all__ = ["main"]

FAILED, INTERRUPTED = 1, 130
OUTPUT_HELP = f"where the tagger is saved (default: {Options.output})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what `arguments`, by default those of the process, say. Returns the exit status."""
    parser = build_parser()
    parsed = parser.parse_args(arguments)
    if parsed.command == "info":
        print(info_text())
        return 0
    if (parsed.train is None) != (parsed.dev is None):
        parser.error("demo: --train and --dev go together; got only one of them")
    return demo(parsed)


def demo(parsed: argparse.Namespace) -> int:
    names = Options.__dataclass_fields__
    options = Options(**{name: value for name, value in vars(parsed).items() if name in names})
    try:
        outcome = run(options, open_screen(parsed.quiet))
    except KeyboardInterrupt:
        print("thinc demo: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError) as error:
        print(f"thinc demo: error: {str(error).strip()}", file=sys.stderr)
        return FAILED
    if outcome.interrupted:
        return INTERRUPTED
    return FAILED if outcome.changed_by_reload else 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m thinc")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("info", help="versions, kernels, threads, GPU, optional packages")
    command = commands.add_parser(
        "demo",
        help="train a tagger on Python's own source, or on CoNLL-U files",
        description="Trains a tagger and shows what it has learnt. Without files, its words are the tokens "
        "of Python's standard library, and its tags their roles in the program.",
    )
    command.add_argument("--train", type=Path, metavar="FILE", help="CoNLL-U to learn from, may be gzipped")
    command.add_argument("--dev", type=Path, metavar="FILE", help="CoNLL-U to evaluate on, may be gzipped")
    command.add_argument("--column", choices=sorted(COLUMNS), default="upos", help="the tags (default: upos)")
    command.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="for the model")
    command.add_argument("--output", type=Path, default=Options.output, metavar="FOLDER", help=OUTPUT_HELP)
    command.add_argument("--seconds", type=seconds, help="stop training after this time")
    command.add_argument("--seed", type=int, help="of all random numbers (same seed, same numbers)")
    command.add_argument("--quiet", action="store_true", help="say only the result")
    return parser


def seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be more than 0; got {text}")
    return value

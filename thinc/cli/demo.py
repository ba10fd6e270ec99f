"""`python -m thinc demo`."""

import argparse
from pathlib import Path
from typing import Any

from ..demo.run import Options, run
from ..demo.tagger import DEFAULT_CONFIG
from ..screens import open_screen
from ..training.conllu import COLUMNS
from .parser import Parser, positive

__all__ = ["add_parser", "call"]

OUTPUT_HELP = f"where the tagger is saved (default: {Options.output})"


def add_parser(commands: Any) -> Parser:
    parser: Parser = commands.add_parser(
        "demo",
        help="train a tagger on Python's own source, or on CoNLL-U files",
        description="Trains a tagger and shows what it has learnt. Without files, its words are the tokens "
        "of Python's standard library, and its tags their roles in the program.",
    )
    parser.add_argument("--train", type=Path, metavar="FILE", help="CoNLL-U to learn from, may be gzipped")
    parser.add_argument("--dev", type=Path, metavar="FILE", help="CoNLL-U to evaluate on, may be gzipped")
    parser.add_argument("--column", choices=sorted(COLUMNS), default="upos", help="the tags (default: upos)")
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="for the model")
    parser.add_argument("--output", type=Path, default=Options.output, metavar="FOLDER", help=OUTPUT_HELP)
    parser.add_argument("--seconds", type=positive, help="stop training after this time")
    parser.add_argument("--seed", type=int, help="of all random numbers (same seed, same numbers)")
    parser.add_argument("--quiet", action="store_true", help="say only the result")
    return parser


def call(parsed: argparse.Namespace, parser: Parser) -> int:
    if (parsed.train is None) != (parsed.dev is None):
        parser.error("--train and --dev go together; got only one of them")
    names = Options.__dataclass_fields__
    options = Options(**{name: value for name, value in vars(parsed).items() if name in names})
    outcome = run(options, open_screen(parsed.quiet))
    if outcome.interrupted:
        raise KeyboardInterrupt
    return 1 if outcome.changed_by_reload else 0

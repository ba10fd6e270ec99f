"""`python -m thinc train`."""

import argparse
from pathlib import Path
from typing import Any

from ..screens import open_screen
from ..training.run import Options, run
from .parser import Parser, override

__all__ = ["add_parser", "call"]

DESCRIPTION = (
    "Trains the model that a config describes in its sections [data], [model], [optimizer], [loss] and "
    "[training]. Ctrl-C ends training after its step; --resume goes on from there, with the bits of a run "
    "that was never stopped."
)


def add_parser(commands: Any) -> Parser:
    parser: Parser = commands.add_parser("train", help="train the model of a config", description=DESCRIPTION)
    parser.add_argument("config", type=Path, metavar="CONFIG", help="the config file")
    parser.add_argument(
        "--output", type=Path, default=Options.output, metavar="FOLDER", help=f"(default: {Options.output})"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run that is in the folder")
    parser.add_argument(
        "--overwrite", action="store_true", help="begin anew where there is a run in the folder"
    )
    parser.add_argument(
        "--set",
        type=override,
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="change an entry of the config, such as training.epochs=3; may be repeated",
    )
    parser.add_argument(
        "--code", type=Path, metavar="FILE", help="Python to run first, for what it registers"
    )
    parser.add_argument("--quiet", action="store_true", help="say only the result")
    return parser


def call(parsed: argparse.Namespace, parser: Parser) -> int:
    if parsed.resume and parsed.overwrite:
        parser.error("--resume and --overwrite exclude each other; got both")
    options = Options(
        parsed.config, parsed.output, parsed.resume, parsed.overwrite, parsed.code, dict(parsed.set)
    )
    if run(options, open_screen(parsed.quiet)).interrupted:
        raise KeyboardInterrupt
    return 0

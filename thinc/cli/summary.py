"""`python -m thinc summary`: the table of a model's nodes."""

import argparse
from pathlib import Path
from typing import Any

from ..training.config_file import ConfigFile
from ..training.run import import_code, load_model
from .parser import Parser

__all__ = ["add_parser", "call"]

DESCRIPTION = (
    "Shows the nodes of a model with their dimensions and parameters. MODEL is a folder that training or the "
    "demo has left, or a config with a section [model]; dimensions that only data can tell are shown as '?'."
)


def add_parser(commands: Any) -> Parser:
    parser: Parser = commands.add_parser("summary", help="show the nodes of a model", description=DESCRIPTION)
    parser.add_argument("model", type=Path, metavar="MODEL_DIR|CONFIG", help="a model's folder, or a config")
    parser.add_argument(
        "--data", action="store_true", help="infer a config's dimensions from the data it names"
    )
    parser.add_argument(
        "--code", type=Path, metavar="FILE", help="Python to run first, for what it registers"
    )
    return parser


def call(parsed: argparse.Namespace, parser: Parser) -> int:
    if parsed.code is not None:
        import_code(parsed.code)
    if parsed.model.is_dir():
        model, labels = load_model(parsed.model)
    else:
        file, labels = ConfigFile(parsed.model), []
        sample = None
        if parsed.data:
            data = file.data()
            sample, labels = data.sample(8), list(data.labels)
        model = file.resolve("model")
        if sample is not None:
            model.initialize(X=sample.X, Y=sample.Y)
    print(model.summary())
    if labels:
        print(f"\n{len(labels)} labels: {', '.join(labels)}")
    return 0

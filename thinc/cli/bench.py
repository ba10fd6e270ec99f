"""`python -m thinc bench`."""

import argparse
import json
from pathlib import Path
from typing import Any

from ..bench.page import page
from ..bench.run import GROUPS, Options, introduce, run
from ..bench.table import comparison, print_table
from ..bench.timing import CLOCKS
from ..screens import PlainScreen, open_screen
from .parser import Parser, positive

__all__ = ["add_parser", "call"]

DESCRIPTION = (
    "Measures the kernels on one core, in turn with the NumPy reference, PyTorch where it is installed, and "
    "the installation of the library whose interpreter THINC_PEER_PYTHON names. The roofs are measured in "
    "the same run."
)


def add_parser(commands: Any) -> Parser:
    parser: Parser = commands.add_parser(
        "bench", help="measure ops, models and layers", description=DESCRIPTION
    )
    groups = ", ".join(GROUPS)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {groups} (default: all but layers)")
    parser.add_argument("--only", default="", metavar="WORD", help="only rows whose name contains this")
    parser.add_argument("--rounds", type=int, default=Options.rounds, help="turns that each peer takes (11)")
    parser.add_argument("--seconds", type=positive, default=Options.seconds, help="length of a turn (0.01)")
    parser.add_argument("--no-reference", action="store_true", help="leave the NumPy reference out")
    parser.add_argument(
        "--clock",
        choices=sorted(CLOCKS),
        default=Options.clock,
        help="the time on the wall, or that of the processors, for a machine with other work (default: wall)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts there")
    parser.add_argument(
        "--compare",
        nargs="+",
        type=Path,
        metavar="JSON",
        help="compare two earlier results, or one with this run's",
    )
    return parser


def call(parsed: argparse.Namespace, parser: Parser) -> int:
    unknown = [group for group in parsed.groups if group not in GROUPS]
    if unknown:
        parser.error(f"argument GROUP: must be of {', '.join(GROUPS)}; got {unknown[0]}")
    files = parsed.compare or []
    if len(files) > 2:
        parser.error(f"argument --compare: takes one or two files; got {len(files)}")
    if parsed.rounds < 1:
        parser.error(f"argument --rounds: must be at least 1; got {parsed.rounds}")
    screen = open_screen()
    earlier = [results_in(path) for path in files]
    if len(earlier) == 2:
        show_comparison(earlier[0], earlier[1], screen)
        return 0
    groups = parsed.groups or Options.groups
    options = Options(
        groups, parsed.only, parsed.rounds, parsed.seconds, not parsed.no_reference, parsed.clock
    )
    found = run(options, screen)
    print_table(found["results"], screen)
    if parsed.json is not None:
        parsed.json.write_text(json.dumps(found, indent=1), encoding="utf8")
    if parsed.html is not None:
        parsed.html.write_text(page(found), encoding="utf8")
    if earlier:
        show_comparison(earlier[0], found, screen)
    return 0


def show_comparison(before: dict[str, Any], after: dict[str, Any], screen: PlainScreen) -> None:
    introduce(before["machine"], screen)
    introduce(after["machine"], screen)
    header, rows, said = comparison(before, after)
    screen.table(header, rows)
    for line in said:
        screen.line(line)


def results_in(path: Path) -> dict[str, Any]:
    """What an earlier run wrote with --json."""
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except ValueError as error:
        raise ValueError(f"{path}: must be what --json writes; {error}") from None
    if not isinstance(found, dict) or not {"machine", "results"} <= set(found):
        raise ValueError(f"{path}: must be what --json writes; there is no 'machine' and 'results'")
    return found

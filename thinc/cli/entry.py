"""Arguments in, exit status out: 0 done, 1 failed, 2 misused, 130 interrupted."""

import os
import sys
from collections.abc import Sequence

from ..about import __version__
from . import bench, demo, info, summary, train
from .parser import Parser

__all__ = ["main"]

FAILED, INTERRUPTED = 1, 130
COMMANDS = {"info": info, "demo": demo, "bench": bench, "summary": summary, "train": train}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what `arguments`, by default those of the process, say. Returns the exit status."""
    parser = Parser(prog="python -m thinc")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: command.add_parser(commands) for name, command in COMMANDS.items()}
    parsed = parser.parse_args(arguments)
    command = COMMANDS[parsed.command]
    try:
        status = command.call(parsed, parsers[parsed.command])
        sys.stdout.flush()  # here a reader that has gone is no surprise, at exit it is
        return status
    except KeyboardInterrupt:
        print(f"thinc {parsed.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (ValueError, OSError) as error:
        print(f"thinc {parsed.command}: error: {str(error).strip()}", file=sys.stderr)
        return FAILED

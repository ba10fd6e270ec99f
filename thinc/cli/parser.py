"""The parser of arguments: argparse's, with a hint at what a misspelt word may have meant."""

import argparse
import difflib
import json
import re
from typing import Any, NoReturn

__all__ = ["Parser", "override", "positive"]


class Parser(argparse.ArgumentParser):
    """Ends the process with status 2 at misuse, saying what was wrong and what was close to it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, but what a command does not know is an error of the command's own parser."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        options = [option for action in self._actions for option in action.option_strings]
        choices = [str(choice) for action in self._actions for choice in action.choices or ()]
        wrong = re.findall(r"unrecognized arguments: (--?[\w-]+)|invalid choice: '(.*?)'", message)
        for option, choice in wrong:
            close = difflib.get_close_matches(option or choice, options if option else choices, n=1)
            if close and "did you mean" not in message:
                message += f"; did you mean {close[0]!r}?"
        super().error(message)


def positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be more than 0; got {text}")
    return value


def override(text: str) -> tuple[str, Any]:
    """`section.key=value`, the value as in a config; what is not JSON is text."""
    name, equals, value = text.partition("=")
    if not equals or "." not in name:
        raise argparse.ArgumentTypeError(f"must be SECTION.KEY=VALUE; got {text!r}")
    try:
        return name.strip(), json.loads(value)
    except json.JSONDecodeError:
        return name.strip(), value.strip()

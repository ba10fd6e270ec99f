"""For the site: docstrings whose sections follow each other without empty lines, as the library's do."""

import re
from typing import Any

import griffe

__all__ = ["Sections"]

NAMES = "Args|Attributes|Example|Numerics|Raises|Returns|Source|Yields"
PARAGRAPHS = ("Numerics", "Returns", "Source")
HEADER = re.compile(rf"^({NAMES}):\s*$")
ONE_LINER = re.compile(rf"^({NAMES}): (.+)$")


class Sections(griffe.Extension):
    """Brings the sections of every docstring into the form that griffe reads."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = separated(obj.docstring.value)


def separated(text: str) -> str:
    """`text` with an empty line above each section, and what stands behind its name on a line below.

    Some sections become paragraphs: griffe would look for a type in what is returned.
    """
    lines: list[str] = []
    flat = False
    for line in text.splitlines():
        short = ONE_LINER.match(line)
        header = short or HEADER.match(line)
        if header:
            flat = header[1] in PARAGRAPHS
            lines += ["", f"**{header[1]}:**" if flat else f"{header[1]}:"]
            lines += [short[2] if flat else f"    {short[2]}"] if short else []
        else:
            lines.append(line.removeprefix("    ") if flat else line)
    return "\n".join(lines)

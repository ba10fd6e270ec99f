"""Config files of training runs: read, resolved section by section, errors with their lines."""

import configparser
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import catalogue

from ..api import Config, ConfigValidationError, registry
from . import readers  # noqa: F401, registers them
from .data import Data, as_data
from .loop import Settings

__all__ = ["ConfigError", "ConfigFile"]

HEADER = re.compile(r"\s*\[([^\]]+)\]\s*$")
KEY = re.compile(r"([^\s=:#;][^=:]*?)\s*[=:]")
# How a message tells the line: three spellings of configparser and confection.
LINE = re.compile(r"(?:\[line\s+|line: )(\d+)")


class ConfigError(ValueError):
    """A config is wrong: the message starts with `path:line`, where the line is known."""


class ConfigFile:
    """A config with sections [data], [model], [optimizer], [loss] and [training].

    `${labels.count}` stands for the number of classes that the reader found.

    Args:
        path: of the file.
        overrides: values for entries such as "training.epochs".
    Raises:
        OSError: the file cannot be read.
        ConfigError: it is no config, or lacks an entry to be overridden.
    """

    def __init__(self, path: Path, overrides: Mapping[str, Any] = {}) -> None:
        self.path = Path(path)
        try:
            self.text = self.path.read_text(encoding="utf8")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.path}: must be UTF-8; {error.reason} at byte {error.start}") from None
        self.lines = dict(places(self.text))
        try:
            self.raw = Config().from_str(self.text, interpolate=False, overrides=dict(overrides))
            self.raw.setdefault("labels", {}).setdefault("count", None)
            self.config = self.raw.interpolate()
        except (ValueError, configparser.Error) as error:
            raise self.worded(error) from None

    def data(self) -> Data:
        """What the reader in [data] reads; fills in `${labels.count}`."""
        found = as_data(self.resolve("data"), f"{self.path}: [data]")
        if found.labels:
            self.raw["labels"]["count"] = len(found.labels)
            self.config = self.raw.interpolate()
        return found

    def settings(self) -> Settings:
        """What [training] says; everything in it may be left out."""
        if "training" not in self.config:
            return Settings()
        unknown = set(self.config["training"]) - set(Settings.names())
        for name in sorted(unknown):
            problem = f"[training] has no {name!r}{close_to(name, Settings.names())}"
            raise ConfigError(
                f"{self.where('training', name)}: {problem}; it may have {', '.join(Settings.names())}"
            )
        try:
            return Settings(**self.resolve("training"))
        except ValueError as error:
            _, _, rest = str(error).partition("training.")
            raise ConfigError(f"{self.where('training', rest.split(':')[0])}: {error}") from None

    def resolve(self, section: str) -> Any:
        """What a section makes.

        Raises:
            ConfigError: the section is missing or wrong.
        """
        if section not in self.config:
            sections = ", ".join(f"[{name}]" for name in self.config if name != "labels")
            raise ConfigError(
                f"{self.path}: the config must have a section [{section}]; got {sections or 'none'}"
            )
        try:
            return registry.resolve({section: self.config[section]})[section]
        except (ConfigValidationError, catalogue.RegistryError) as error:
            raise self.worded(error) from None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError, OSError) as error:
            if str(error).startswith("Unknown registry"):
                raise self.worded(error) from None
            raise ConfigError(f"{self.culprit(section)}: {error}") from error

    def culprit(self, section: str) -> str:
        """Where the innermost block of a section stands that cannot be resolved by itself."""
        inside = [place for place in self.lines if place[0] == section and place[1:] and self.block(place)]
        for place in sorted(inside, key=len, reverse=True):
            try:
                registry.resolve({"block": self.block(place)})
            except Exception:  # whatever the function of the block raises
                return self.where(*place)
        return self.where(section)

    def block(self, place: Sequence[str]) -> Any:
        """The part of the config at a place, if it is one that makes something."""
        part: Any = self.config
        for name in place:
            part = part.get(name) if isinstance(part, dict) else None
        return part if isinstance(part, dict) and any(key.startswith("@") for key in part) else None

    def where(self, *place: str) -> str:
        """`path:line` of an entry or a section, or of the closest one around it."""
        for end in range(len(place), 0, -1):
            # Of an argument that is one of any number, only the end of the place is told.
            for known in [place[:end], *(known for known in self.lines if known[-end:] == place[:end])]:
                if known in self.lines:
                    return f"{self.path}:{self.lines[known]}"
        return str(self.path)

    def worded(self, error: Exception) -> ConfigError:
        """An error of the config machinery with the line that it is about, in one line where possible."""
        message = str(error).strip()
        found = getattr(error, "errors", None)
        if found:
            first = found[0]
            place = tuple(map(str, first["loc"]))
            return ConfigError(
                f"{self.where(*place)}: [{'.'.join(place[:-1])}] {first['msg'].removeprefix('at root: ')}"
            )
        unknown = re.search(
            r"find '(.+?)' in registry .*-> (\w+)\. Available names: (.*)", message, re.DOTALL
        )
        if unknown:
            name, kind, names = unknown.groups()
            hint = close_to(name, names.split(", "))
            return ConfigError(
                f"{self.containing(name)}: there is no {name!r} in the registry {kind!r}{hint}"
            )
        registry_name = re.fullmatch(r"Unknown registry: '(.+)'", message)
        if registry_name:
            return ConfigError(f"{self.containing('@' + registry_name[1])}: {message}")
        missing = re.search(
            r"option '(.+?)' in section '(.+?)' contains an interpolation key '(.+?)'", message
        )
        if missing:
            place = (*missing[2].split("."), missing[1])
            return ConfigError(
                f"{self.where(*place)}: there is no {missing[3]!r}, for the variable ${{{missing[3]}}}"
            )
        told = LINE.search(message)
        said = message.splitlines()
        problem = said[0] if len(said) == 1 else " ".join(filter(None, map(str.strip, said[3:])))
        problem = re.sub(
            r"While reading from '<string>' \[line +\d+\]: |'?<string>'?|\[line +\d+\]: ", "", problem
        )
        return ConfigError(f"{self.path}{':' + told[1] if told else ''}: {problem}")

    def containing(self, words: str) -> str:
        for number, line in enumerate(self.text.splitlines(), start=1):
            if words in line:
                return f"{self.path}:{number}"
        return str(self.path)


def places(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every section and entry of a config, as the names that lead to it, with its line."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = HEADER.match(line), KEY.match(line)
        if header:
            section = tuple(header[1].split("."))
            yield section, number
        elif key:
            yield (*section, key[1]), number


def close_to(name: str, names: Sequence[str]) -> str:
    """A hint at the name that may have been meant."""
    found = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""

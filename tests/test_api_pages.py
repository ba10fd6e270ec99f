"""Every public name has a place in the pages under docs/api, and all that those name exists."""

import importlib
import re
from pathlib import Path

import pytest

import thinc.api
import thinc.training.readers  # noqa: F401, registers them
from thinc.api import registry
from thinc.layers.chain import chain_no_types

PAGES = sorted((Path(__file__).parent.parent / "docs" / "api").glob("*.md"))
TEXT = "\n".join(page.read_text(encoding="utf8") for page in PAGES)
PATHS = re.findall(r"^::: ([\w.]+)$", TEXT, flags=re.MULTILINE)
# What is no function or class is described on the page itself.
HEADINGS = re.findall(r"^(?:#+ |\| `)(\w+)(?:` \|.*)?$", TEXT, flags=re.MULTILINE)
REGISTRIES = ("optimizers", "schedules", "layers", "losses", "initializers", "readers")
MODULES = ("backends", "config", "errors", "initializers", "loss", "testing", "types", "util")
# `VARIABLE_RE` is a constant of confection's; `chain` is described under its own name.
ELSEWHERE = {"VARIABLE_RE", "has_torch"}
# Types that only spell out others, for annotations within the library.
SPELLINGS = re.compile(
    r"Xp|Shape|DTypes.*|DeviceTypes|.*T|.*Ax|Slicish|Generator|Decorator|Batchable|Tru|Fal"
)


def named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


DESCRIBED = [named(path) for path in PATHS]


def is_described(name, value):
    return name in HEADINGS or any(value is each for each in DESCRIBED)


@pytest.mark.parametrize("name", sorted(thinc.api.__all__))
def test_name_of_the_api_has_a_place(name):
    assert is_described(name, getattr(thinc.api, name))


@pytest.mark.parametrize("kind", REGISTRIES)
def test_registered_function_has_a_place(kind):
    own = {
        name: function
        for name, function in getattr(registry, kind).get_all().items()
        if function.__module__.startswith("thinc.") and function is not chain_no_types
    }
    assert own
    assert [name for name, function in own.items() if not is_described(name, function)] == []


def public_names(module):
    names = getattr(module, "__all__", None)
    if names is not None:
        return set(names) - ELSEWHERE
    own = [
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    ]
    return {name for name in own if not name.startswith("_") and not SPELLINGS.fullmatch(name)}


@pytest.mark.parametrize("name", MODULES)
def test_public_name_of_a_module_has_a_place(name):
    module = importlib.import_module(f"thinc.{name}")
    names = public_names(module)
    assert names
    assert [each for each in sorted(names) if not is_described(each, getattr(module, each))] == []


@pytest.mark.parametrize("path", PATHS)
def test_described_name_has_a_docstring(path):
    assert (named(path).__doc__ or "").strip()


def test_nothing_is_described_twice():
    assert sorted(PATHS) == sorted(set(PATHS))

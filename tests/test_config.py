"""Configs and registries."""

import catalogue
import confection
import numpy
import pytest

import thinc
import thinc.config
from thinc.config import Config, ConfigValidationError, Promise, registry
from thinc.types import Array3d, Floats2d, Floats3d, FloatsXd, Generator

REGISTRIES = ["optimizers", "schedules", "layers", "losses", "initializers", "datasets", "ops"]


@pytest.mark.parametrize("name", ["Config", "ConfigValidationError", "Promise", "VARIABLE_RE"])
def test_names_are_those_of_confection(name):
    assert getattr(thinc.config, name) is getattr(confection, name)


def test_thinc_has_the_registry_and_the_version():
    assert thinc.registry is registry and thinc.__version__ == thinc.about.__version__
    assert thinc.about.__release__ is True


@pytest.mark.parametrize("name", REGISTRIES)
def test_registry_is_a_catalogue_with_entry_points(name):
    found = getattr(registry, name)
    assert isinstance(found, catalogue.Registry)
    assert found.namespace == ("thinc", name) and found.entry_points
    assert found.entry_point_namespace == f"thinc_{name}"


def test_variables_in_configs_are_recognized():
    assert thinc.config.VARIABLE_RE.search("a ${section.name:value} b").group(0) == "${section.name:value}"


@pytest.fixture
def cats():
    """A registry `cats` of one function."""
    registry.create("cats")

    @registry.cats("tabby.v1")
    def tabby(paws: int, name: str = "Tom"):
        return f"{name} on {paws}"

    yield registry.cats
    del registry.cats
    for namespace in [key for key in catalogue.REGISTRY if key[:2] == ("thinc", "cats")]:
        del catalogue.REGISTRY[namespace]


def test_created_registry_can_be_used_in_a_config(cats):
    assert registry.has("cats", "tabby.v1") and "tabby.v1" in cats
    config = Config().from_str('[cat]\n@cats = "tabby.v1"\npaws = 4\n')
    assert registry.resolve(config) == {"cat": "Tom on 4"}
    assert registry.fill(config)["cat"] == {"@cats": "tabby.v1", "paws": 4, "name": "Tom"}
    assert registry.is_promise(config["cat"])


def test_registry_of_a_name_that_exists_is_refused(cats):
    for name in ("cats", "layers"):
        with pytest.raises(ValueError, match=f"Registry '{name}' already exists"):
            registry.create(name)


def test_subclass_with_its_own_registry_resolves_through_it(cats):
    class mine(registry):
        @classmethod
        def get(cls, registry_name, func_name):
            return lambda paws: f"mine on {paws}"

    assert mine.resolve({"cat": {"@cats": "tabby.v1", "paws": 3}}) == {"cat": "mine on 3"}


def test_wrong_argument_is_reported(cats):
    with pytest.raises(ConfigValidationError, match="paws"):
        registry.resolve({"cat": {"@cats": "tabby.v1", "paws": "many"}})


def test_unknown_registry_and_function_raise():
    with pytest.raises(ValueError, match="Unknown registry: 'dogs'"):
        registry.get("dogs", "fido.v1")
    with pytest.raises(catalogue.RegistryError, match="no-such-layer.v1"):
        registry.get("layers", "no-such-layer.v1")


def test_promise_is_exported():
    assert Promise is confection.Promise


@pytest.mark.parametrize(
    "annotation, shape, dtype, fits",
    [
        (Floats2d, (1, 1), "float32", True),
        (Floats2d, (1,), "float32", False),
        (Floats3d, (1, 1, 1), "float32", True),
        (Floats3d, (1, 1, 1), "int32", False),
        (Floats3d, (1, 1), "float32", False),
        (Array3d, (1, 1, 1), "int64", True),
        (Array3d, (1, 1), "int64", False),
        (FloatsXd, (1, 1, 1, 1), "float32", True),
        (FloatsXd, (1, 1, 1, 1), "float64", False),
        (Generator, (1,), "float32", True),
    ],
)
def test_arguments_are_checked_by_rank_and_dtype(cats, annotation, shape, dtype, fits):
    def siamese(X):
        return X

    siamese.__annotations__ = {"X": annotation}
    cats.register("siamese.v1", func=siamese)
    array = numpy.zeros(shape, dtype=dtype)
    if fits:
        assert registry.resolve({"cat": {"@cats": "siamese.v1", "X": array}})["cat"] is array
    else:
        with pytest.raises(ConfigValidationError):
            registry.resolve({"cat": {"@cats": "siamese.v1", "X": array}})

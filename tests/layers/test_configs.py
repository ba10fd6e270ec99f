"""Every registered layer can be built from a config."""

import pytest

from thinc.api import Config, Model, registry
from thinc.config import ConfigValidationError

LAYER = {"@layers": "Linear.v1", "nO": 2, "nI": 2}
ONE = {"layer": LAYER}
TWO = {"*": {"a": LAYER, "b": LAYER}}
ARGUMENTS = {
    "HashEmbed.v1": {"nO": 2, "nV": 3},
    "MultiSoftmax.v1": {"nOs": [1, 2]},
    "ParametricAttention.v2": {"key_transform": LAYER},
    "add.v1": TWO,
    "bidirectional.v1": {"l2r": LAYER},
    "chain.v1": TWO,
    "clone.v1": {"orig": LAYER, "n": 2},
    "concatenate.v1": TWO,
    "noop.v1": {"*": {}},
    "premap_ids.v1": {"mapping_table": {1: 2}},
    "residual.v1": ONE,
    "siamese.v1": {"layer": LAYER, "similarity": {"@layers": "CauchySimilarity.v1", "nI": 2}},
    "tuplify.v1": TWO,
    "uniqued.v1": ONE,
    "with_cpu.v1": {**ONE, "ops": {"@ops": "NumpyOps"}},
    "with_getitem.v1": {**ONE, "idx": 1},
    "resizable.v1": {**ONE, "resize_layer": {"@initializers": "zero_init.v1"}},
    **dict.fromkeys(
        (
            *("with_array.v1", "with_array2d.v1", "with_flatten.v1", "with_flatten.v2", "with_list.v1"),
            *("with_padded.v1", "with_ragged.v1", "with_reshape.v1"),
        ),
        ONE,
    ),
}
FRAMEWORKS = ("PyTorch", "MXNet", "TensorFlow", "TorchScript", "Jax")
NAMES = [name for name in registry.layers.get_all() if not name.startswith(FRAMEWORKS)]
with_initializers = pytest.mark.parametrize(
    "name", ["Linear.v1", "Relu.v1", "Maxout.v1", "Softmax.v2", "LSTM.v1", "HardTanh.v1"]
)


@pytest.mark.parametrize("name", NAMES)
def test_layer_from_a_config(name):
    config = {"model": {"@layers": name, **ARGUMENTS.get(name, {})}}
    assert isinstance(registry.resolve(config)["model"], Model)


@with_initializers
def test_initializers_from_a_config(name):
    init_W = {"@initializers": "normal_init.v1", "mean": 1.0}
    config = {"model": {"@layers": name, "nO": 2, "nI": 3, "init_W": init_W, "init_b": init_W}}
    layer = registry.resolve(config)["model"].initialize()
    assert all(layer.get_param(name).any() for name in layer.param_names if name != "HC0")


def test_defaults_are_filled_in():
    filled = registry.fill(Config().from_str('[model]\n@layers = "Relu.v1"\nnO = 4'))
    expected = {"init_W": None, "init_b": None, "dropout": None, "normalize": False, "nI": None}
    assert {name: filled["model"][name] for name in expected} == expected


@pytest.mark.parametrize(
    "arguments", [{"@layers": "Linear.v1", "nO": "wide"}, {"@layers": "Linear.v1", "width": 3}]
)
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(ConfigValidationError):
        registry.resolve({"model": arguments})

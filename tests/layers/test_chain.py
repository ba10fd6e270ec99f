"""chain, alone and as part of whole models."""

import numpy
import pytest

from thinc.api import (
    LayerNorm,
    Linear,
    Model,
    Relu,
    add,
    chain,
    clone,
    concatenate,
    fix_random_seed,
    list2ragged,
    noop,
    reduce_mean,
    residual,
    with_array,
)
from thinc.config import Config, ConfigValidationError, registry
from thinc.layers.chain import init as init_chain

from .test_dense import close, with_params

X = numpy.array([[1, 0], [0, 1], [1, 1]], dtype="f")


def ones(*shape):
    return numpy.ones(shape, dtype="f")


def linear():
    return with_params(Linear(3, 2), W=[[1, 2], [3, 4], [5, 6]], b=[0, 0, 1])


def counted(name, draws):
    """A Linear(2, 2) that notes its draws."""
    return Linear(2, 2, init_W=lambda ops, shape: draws.append(name) or ops.alloc(shape))


# -- chain ----------------------------------------------------------------------------------------


def test_chain_without_data_initializes_its_layers_twice():
    draws = []
    chain(counted("A", draws), counted("B", draws)).initialize()
    assert "".join(draws) == "ABAB"
    draws.clear()
    chain(chain(counted("A", draws), counted("B", draws)), counted("C", draws)).initialize()
    assert "".join(draws) == "ABABCABABC"


def test_chain_with_data_initializes_its_layers_once():
    draws = []
    chain(chain(counted("A", draws), counted("B", draws)), counted("C", draws)).initialize(X=X)
    assert "".join(draws) == "ABC"


def test_seeded_chain():
    fix_random_seed(0)
    model = chain(Linear(1, 1), Linear(1, 1)).initialize()
    close([layer.get_param("W")[0, 0] for layer in model.layers], [0.35598, 0.15548])


def test_hidden_layers_take_the_width_of_y():
    model = chain(Linear(), Linear()).initialize(X=ones(5, 3), Y=ones(5, 7))
    assert [layer.get_param("W").shape for layer in model.layers] == [(7, 3), (7, 7)]
    assert (model.get_dim("nI"), model.get_dim("nO")) == (3, 7)


def test_chain_takes_its_width_from_the_output_if_the_last_layer_has_none():
    model = chain(Linear(4), noop()).initialize(X=X)
    assert model.get_dim("nO") == 4


def test_chain_learns_nothing_from_an_empty_example():
    assert chain(noop(), noop()).initialize(X=[]).has_dim("nO") is None
    assert chain(noop(), noop()).initialize(X=[ones(0, 0), ones(2, 3)]).get_dim("nO") == 3


def test_chain_has_an_input_width_only_if_the_first_layer_has_one():
    assert chain(Linear(3, 2), Relu(4)).dim_names == ("nO", "nI")
    assert chain(noop(), Relu(4)).dim_names == ("nO",)


def test_init_of_the_chain_module_takes_its_arguments_by_position():
    model = chain(Linear(4), Linear())
    init_chain(model, X, ones(3, 5))
    assert model.get_dim("nO") == 5


def test_a_chain_without_layers_is_the_identity():
    model = chain(Linear(1), Linear(1))
    model.layers.clear()
    Y, backprop = model.initialize(X=X).begin_update(X)
    assert Y is X
    assert backprop(X) is X


def test_chain_of_one_layer_is_refused():
    with pytest.raises(TypeError, match="chain.* missing 1 required positional argument: 'layer2'"):
        chain(noop())
    with pytest.raises(TypeError, match="chain: two or more layers are required; got 1"):
        registry.layers.get("chain.v1")(noop())


def test_layers_are_created_from_a_config_in_order():
    text = """
    [model]
    @layers = "chain.v1"

    [model.*.second]
    @layers = "Relu.v1"
    nO = 4

    [model.*.first]
    @layers = "Linear.v1"
    nO = 3
    nI = 4
    """
    model = registry.resolve(Config().from_str(text))["model"]
    assert model.name == "relu>>linear"


def test_a_config_refuses_a_list_of_layers():
    config = {"model": {"@layers": "chain.v1", "*": [{"@layers": "noop.v1"}, {"@layers": "noop.v1"}]}}
    with pytest.raises((ConfigValidationError, AttributeError, ValueError)):
        registry.resolve(config)


# -- whole models ---------------------------------------------------------------------------------


def test_an_error_deep_in_a_model_tells_the_way():
    model = chain(list2ragged(), with_array(residual(chain(Relu(2), LayerNorm()))), reduce_mean())
    model.initialize(X=[X])
    with pytest.raises(ValueError, match=r"chain\[1\] > with_array\[0\] > residual\[0\] > chain\[0\] > relu"):
        model.predict([ones(2, 7)])


def test_operators_build_layers():
    with Model.define_operators({">>": chain, "|": concatenate, "**": clone, "+": add}):
        model = Linear(2, 2) >> (Relu(2, 2) | Linear(3, 2)) >> Linear(2, 5) ** 1
    assert model.initialize().predict(X).shape == (3, 2)

"""Frozen PyTorch modules compute the gradient of their input, which stays the same, and no others."""

import pickle

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.api import Adam, Linear, Model, PyTorchWrapper, chain

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

X = numpy.random.RandomState(0).standard_normal((5, 3)).astype("f")
DY = numpy.random.RandomState(1).standard_normal((5, 2)).astype("f")


def module():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))


def watched(module):
    """The names of the parameters whose gradients have been computed."""
    computed = []
    for name, param in module.named_parameters():
        param.register_hook(lambda gradient, name=name: computed.append(name))
    return computed


def step(model, inputs=X):
    Y, backprop = model.begin_update(inputs)
    return backprop(numpy.ones_like(Y))


def gradients(module):
    return [param.grad for param in module.parameters() if param.grad is not None]


def test_a_frozen_module_computes_the_gradient_of_its_input_only():
    torch_module = module()
    computed = watched(torch_module)
    model = PyTorchWrapper(torch_module)
    expected = step(model)
    assert len(computed) == 4
    computed.clear()
    model.freeze()
    assert_array_equal(step(model), expected)
    assert computed == []
    assert not any(gradient.any() for gradient in gradients(torch_module))
    assert all(param.requires_grad for param in torch_module.parameters())


def test_an_unfrozen_module_learns_again():
    model = PyTorchWrapper(module())
    model.freeze()
    step(model)
    model.unfreeze()
    step(model)
    assert len(gradients(model.shims[0]._model)) == 4


def test_parameters_that_were_constant_before_remain_so():
    torch_module = module()
    torch_module[0].weight.requires_grad_(False)
    model = PyTorchWrapper(torch_module).freeze()
    step(model)
    step(model.unfreeze())
    assert [param.requires_grad for param in torch_module.parameters()] == [False, True, True, True]
    assert torch_module[0].weight.grad is None


def test_a_frozen_module_over_ids_has_nothing_to_compute():
    torch_module = torch.nn.Embedding(4, 2)
    computed = watched(torch_module)
    model = PyTorchWrapper(torch_module)
    ids = (numpy.array([1, 2], dtype="int64"),)
    assert step(model, ids) == (None,)
    assert step(model.freeze(), ids) == (None,)
    assert computed == ["weight"]


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_a_module_that_runs_its_forward_pass_again_is_frozen_then_too(use_reentrant):
    class Checkpointed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module()

        def forward(self, X):
            return torch.utils.checkpoint.checkpoint(self.inner, X, use_reentrant=use_reentrant)

    torch_module = Checkpointed()
    model = PyTorchWrapper(torch_module)
    expected = step(model)
    model.freeze()
    computed = watched(torch_module)
    assert_array_equal(step(model), expected)
    assert computed == []


def test_parameters_record_gradients_again_after_an_error():
    torch_module = module()
    model = PyTorchWrapper(torch_module).freeze()
    with pytest.raises(RuntimeError):
        model.begin_update(X[:, :2])
    assert all(param.requires_grad for param in torch_module.parameters())


@pytest.mark.parametrize("copy", [Model.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_of_frozen_modules_are_frozen(copy):
    model = copy(PyTorchWrapper(module()).freeze())
    step(model)
    assert not gradients(model.shims[0]._model)


def test_a_frozen_group_of_all_parameters_freezes_the_module():
    model = chain(PyTorchWrapper(module()), Linear(2, 2)).initialize()
    torch_module = model.layers[0].shims[0]._model
    computed = watched(torch_module)
    optimizer = Adam()
    optimizer.add_group(model, lambda part, name: "weight" in name, frozen=True)
    step(model)
    assert len(computed) == 4
    computed.clear()
    optimizer.add_group(model, lambda part, name: part is model.layers[0].shims[0], frozen=True)
    step(model)
    assert computed == []
    optimizer.add_group(model, lambda part, name: name == "0.bias", L2=0.0)
    step(model)
    assert len(computed) == 4

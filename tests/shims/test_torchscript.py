"""TorchScript modules as layers, and the way there from a PyTorch layer."""

import numpy
import pytest

from thinc.api import (
    Adam,
    Linear,
    PyTorchWrapper,
    TorchScriptShim,
    TorchScriptWrapper_v1,
    pytorch_to_torchscript_wrapper,
)

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
# TorchScript still works, with a notice that it is not developed further.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")

X = numpy.random.RandomState(0).standard_normal((6, 3)).astype("f")


def module():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 2))


def test_converted_layer_predicts_and_trains_like_the_original():
    original = PyTorchWrapper(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)))
    model = pytorch_to_torchscript_wrapper(original.copy())
    assert model.name == "pytorch_script"
    for trained in (original, model):
        optimizer = Adam(0.1)
        for _ in range(3):
            Y, backprop = trained.begin_update(X)
            assert backprop(Y).shape == X.shape
            trained.finish_update(optimizer)
    numpy.testing.assert_allclose(model.predict(X), original.predict(X), rtol=1e-5)


def test_module_with_its_code_is_loaded_into_an_empty_layer():
    model = TorchScriptWrapper_v1(torch.jit.script(module()))
    empty = TorchScriptWrapper_v1()
    with pytest.raises(AttributeError):
        empty.predict(X)
    empty.from_bytes(model.to_bytes())
    numpy.testing.assert_array_equal(model.predict(X), empty.predict(X))
    assert isinstance(empty.shims[0]._model, torch.jit.ScriptModule)


def test_mode_is_as_before_after_predict():
    model = TorchScriptWrapper_v1(torch.jit.script(module()))
    scripted = model.shims[0]._model
    for training in (True, False):
        scripted.train(training)
        numpy.testing.assert_array_equal(model.predict(X), model.predict(X))
        assert [part.training for part in scripted.modules()] == [training] * 4


def test_averages_are_used():
    optimizer = Adam(0.1, use_averages=True)
    model = TorchScriptWrapper_v1(torch.jit.script(module()))
    for _ in range(3):
        Y, backprop = model.begin_update(X)
        backprop(Y)
        model.finish_update(optimizer)
    before = model.predict(X)
    with model.use_params(optimizer.averages):
        assert not numpy.array_equal(model.predict(X), before)
    numpy.testing.assert_array_equal(model.predict(X), before)


def test_what_is_not_compiled_is_refused():
    with pytest.raises(ValueError, match="must be initialized with ScriptModule or None"):
        TorchScriptShim(module())
    with pytest.raises(ValueError, match="does not wrap a PyTorch module"):
        pytorch_to_torchscript_wrapper(PyTorchWrapper(None))
    with pytest.raises(IndexError):
        pytorch_to_torchscript_wrapper(Linear(2, 2))

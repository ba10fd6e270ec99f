"""The PyTorch shim itself: updates, averages, bytes, devices, copies."""

import functools
import io
import pickle

import numpy
import pytest

from thinc.api import (
    Adam,
    ArgsKwargs,
    Dropout,
    Linear,
    Model,
    PyTorchShim,
    PyTorchWrapper,
    PyTorchWrapper_v3,
    chain,
)
from thinc.shims.pytorch import default_deserialize_torch_model

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


def floats(*shape, seed=0):
    return numpy.random.RandomState(seed).standard_normal(shape).astype("f")


def module(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))


def state(shim):
    return {name: tensor.detach().clone() for name, tensor in shim._model.state_dict().items()}


def assert_same_state(one, two):
    assert one.keys() == two.keys()
    for name in one:
        assert torch.equal(one[name], two[name]), name


def train(model, optimizer, steps=3):
    for step in range(steps):
        Y, backprop = model.begin_update(floats(8, 3, seed=step))
        backprop(Y)
        model.finish_update(optimizer)


def descend(key, weights, gradient):
    return weights - gradient, gradient


def test_ids_are_unique_among_shims_and_models():
    ids = [PyTorchShim(module()).id, Model("m", None).id, PyTorchShim(module()).id]
    assert len(set(ids)) == 3


def test_one_update_is_that_of_the_optimizer_on_arrays():
    model = PyTorchWrapper(module())
    _, backprop = model.begin_update(floats(8, 3))
    backprop(floats(8, 2))
    shim = model.shims[0]
    expected = {}
    reference = Adam(0.01)
    for name, param in shim._model.named_parameters():
        weights = param.detach().numpy().copy()
        reference((1, name), weights, param.grad.numpy().copy())
        expected[name] = weights
    model.finish_update(Adam(0.01))
    for name, param in shim._model.named_parameters():
        numpy.testing.assert_array_equal(param.detach(), expected[name])
        assert not param.grad.any()


def test_optimizer_that_returns_other_arrays():
    model = PyTorchWrapper(module())
    _, backprop = model.begin_update(floats(8, 3))
    backprop(floats(8, 2))
    layer = model.shims[0]._model[0]
    expected, address = (layer.weight - layer.weight.grad).detach().clone(), layer.weight.data_ptr()
    model.finish_update(descend)
    assert torch.equal(layer.weight, expected)
    assert layer.weight.data_ptr() == address


def test_parameters_without_gradient_are_left_alone_and_zero_gradients_are_passed():
    model = PyTorchWrapper(module())
    model.shims[0]._model[0].weight.requires_grad_(False)
    keys = []

    def note(key, weights, gradient):
        keys.append(key[1])
        return weights, gradient

    model.finish_update(note)
    assert keys == []
    _, backprop = model.begin_update(floats(8, 3))
    backprop(floats(8, 2))
    for _ in range(2):
        model.finish_update(note)
    assert keys == ["0.bias", "1.weight", "1.bias", "2.weight", "2.bias"] * 2


class Odd(torch.nn.Module):
    """Parameters of unusual kinds; the output is the sum of their squares times X."""

    def __init__(self):
        super().__init__()
        new = torch.nn.Parameter
        self.scalar = new(torch.tensor(0.5))
        self.transposed = new(torch.tensor(floats(3, 4)).t())
        self.brain = new(torch.tensor(floats(4)).bfloat16())
        self.float16 = new(torch.tensor(floats(4)).half())
        self.float64 = new(torch.tensor(floats(4)).double())
        self.complex64 = new(torch.complex(torch.tensor(floats(4)), torch.tensor(floats(4, seed=1))))
        self.empty = new(torch.zeros(0, 3))
        self.shared = self.float64

    def forward(self, X):
        return X * sum((param.abs().float() ** 2).sum() for param in self.parameters())


@pytest.mark.parametrize("make", [lambda: Adam(0.05), lambda: descend_slowly])
def test_parameters_of_any_kind_are_trained(make):
    model = PyTorchWrapper(Odd())
    optimizer = make()
    X = numpy.ones((1, 1), dtype="f")
    before = {name: p.detach().clone() for name, p in model.shims[0]._model.named_parameters()}
    losses = []
    for _ in range(25):
        Y, backprop = model.begin_update(X)
        losses.append(float(Y[0, 0]))
        backprop(numpy.ones_like(Y))
        model.finish_update(optimizer)
    assert losses[-1] < losses[0] / 2
    for name, param in model.shims[0]._model.named_parameters():
        assert (param.dtype, param.shape) == (before[name].dtype, before[name].shape)
        if name != "empty":
            assert param.abs().sum() < before[name].abs().sum(), name


def descend_slowly(key, weights, gradient):
    return weights - weights.dtype.type(0.05) * gradient, gradient


def test_sparse_gradients_are_used():
    embed = torch.nn.Embedding(5, 2, sparse=True)
    before = embed.weight.detach().clone()
    model = PyTorchWrapper(
        embed,
        convert_inputs=lambda model, X, is_train: (ArgsKwargs(args=(torch.tensor(X),), kwargs={}), id),
    )
    _, backprop = model.begin_update(numpy.array([1, 3]))
    backprop(numpy.ones((2, 2), dtype="f"))
    for _ in range(2):
        model.finish_update(descend)
    change = (before - embed.weight).detach()
    numpy.testing.assert_allclose(change, [[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]], atol=1e-6)


def test_averages_are_used_and_the_weights_come_back():
    optimizer = Adam(0.1, use_averages=True)
    model = chain(Linear(3, 3), PyTorchWrapper(module())).initialize()
    train(model, optimizer)
    shim = model.layers[1].shims[0]
    trained = state(shim)
    inside = {}
    with model.use_params(optimizer.averages):
        inside.update(state(shim))
        averaged = model.predict(floats(4, 3))
    assert_same_state(state(shim), trained)
    for name, _ in shim._model.named_parameters():
        numpy.testing.assert_array_equal(inside[name], optimizer.averages[(shim.id, name)])
        assert not torch.equal(inside[name], trained[name])
    assert not numpy.array_equal(averaged, model.predict(floats(4, 3)))


def test_weights_come_back_after_an_error_in_the_block():
    shim = PyTorchShim(module())
    before = state(shim)
    with pytest.raises(ZeroDivisionError), shim.use_params({(shim.id, "0.bias"): numpy.ones(4, "f")}):
        assert shim._model[0].bias.tolist() == [1.0] * 4
        1 / 0  # noqa: B018
    assert_same_state(state(shim), before)


def test_state_dict_under_string_keys_is_used():
    shim, other = PyTorchShim(module(0)), PyTorchShim(module(1))
    before, theirs = state(shim), state(other)
    params = {f"pytorch_{shim.id}_{name}": tensor for name, tensor in theirs.items()}
    with shim.use_params({**params, f"pytorch_{shim.id}0_x": 1, "other": 2, (0, "W"): 3}):
        assert_same_state(state(shim), theirs)
    assert_same_state(state(shim), before)
    arrays = {key: tensor.numpy() for key, tensor in params.items()}
    with shim.use_params(arrays):
        assert_same_state(state(shim), theirs)


def test_incomplete_state_dict_is_refused_and_changes_nothing():
    shim = PyTorchShim(module())
    before = state(shim)
    incomplete = {f"pytorch_{shim.id}_0.bias": torch.ones(4)}
    with pytest.raises(RuntimeError, match="Missing key"), shim.use_params(incomplete):
        pass
    assert_same_state(state(shim), before)


def test_bytes_hold_config_and_state_and_load_into_another_module():
    one, two = PyTorchWrapper(module(0)), PyTorchWrapper(module(1))
    one.shims[0].cfg["note"] = 3
    train(one, Adam(0.1))
    data = one.shims[0].to_bytes()
    assert data[:8] == b"\x82\xa6config" and b"PK\x03\x04" in data
    two.from_bytes(one.to_bytes())
    assert_same_state(state(one.shims[0]), state(two.shims[0]))
    assert two.shims[0].cfg == {"note": 3}
    numpy.testing.assert_array_equal(one.predict(floats(4, 3)), two.predict(floats(4, 3)))


def test_disk(tmp_path):
    one, two = PyTorchShim(module(0)), PyTorchShim(module(1))
    one.to_disk(str(tmp_path / "shim"))
    assert_same_state(state(one), state(two.from_disk(tmp_path / "shim")))


class Evil:
    def __reduce__(self):
        return print, ("code has run",)


def test_pickled_objects_are_refused_unless_asked_for(capsys):
    buffer = io.BytesIO()
    torch.save({"0.weight": Evil()}, buffer)
    data = PyTorchShim(module(), serialize_model=lambda model: buffer.getvalue()).to_bytes()
    with pytest.raises(pickle.UnpicklingError):
        PyTorchShim(module()).from_bytes(data)
    assert capsys.readouterr().out == ""
    trusting = functools.partial(default_deserialize_torch_model, weights_only=False)
    with pytest.raises(RuntimeError, match="Missing key"):
        PyTorchShim(module(), deserialize_model=trusting).from_bytes(data)
    assert capsys.readouterr().out == "code has run\n"


@pytest.mark.parametrize(
    "data", [b"", b"garbage", b"\x80", b"\xc0", b"\x82\xa6config\x80\xa5state\xc4\x02PK"]
)
def test_damaged_bytes_are_refused_and_change_nothing(data):
    shim = PyTorchShim(module())
    before = state(shim)
    with pytest.raises((ValueError, RuntimeError, pickle.UnpicklingError, EOFError)):
        shim.from_bytes(data)
    assert_same_state(state(shim), before)


def test_weights_of_another_shape_are_refused_and_change_nothing():
    shim = PyTorchShim(module())
    before = state(shim)
    other = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 5))
    with pytest.raises(RuntimeError, match="size mismatch"):
        shim.from_bytes(PyTorchShim(other).to_bytes())
    assert_same_state(state(shim), before)


@pytest.mark.parametrize("change", ["shape", "truncated", "attribute"])
def test_modules_of_one_model_are_loaded_together_or_not_at_all(change):
    def build(width):
        modules = [torch.nn.Linear(2, 2), torch.nn.Linear(2, width)]
        return chain(*(PyTorchWrapper(part) for part in modules), Dropout(0.5))

    model, data = build(3), build(2 if change == "shape" else 3).to_dict()
    if change == "truncated":
        data["shims"][2][0] = data["shims"][2][0][:-100]
    if change == "attribute":
        data["attrs"][3]["dropout_rate"] = b"\xc1"
    before = [part.shims[0]._model for part in model.layers[:2]], model.to_bytes()
    with pytest.raises(ValueError, match=f"node {3 if change == 'attribute' else 2}"):
        model.from_dict(data)
    assert [part.shims[0]._model for part in model.layers[:2]] == before[0]
    assert model.to_bytes() == before[1]
    after = build(3)
    assert model.from_dict(after.to_dict()).to_bytes() == after.to_bytes()


@pytest.mark.parametrize("config", [{"c": 1j}, {str(i): i for i in range(10_000)}, {"n": [1] * 50_000}])
def test_settings_of_any_size_come_back(config):
    data = PyTorchShim(module(), config=config).to_bytes()
    assert PyTorchShim(module()).from_bytes(data).cfg == config


def test_hooks_replace_the_serialization():
    calls = []

    def deserialize(model, data, device):
        calls.append((model, data, device.type))
        return "other module"

    model = PyTorchWrapper_v3(module(), serialize_model=lambda m: b"state", deserialize_model=deserialize)
    shim = model.shims[0]
    wrapped = shim._model
    shim.from_bytes(shim.to_bytes())
    assert calls == [(wrapped, b"state", "cpu")]
    assert shim._model == "other module"


def test_copy_has_weights_and_id_of_its_own():
    model = PyTorchWrapper(module())
    copied = model.copy()
    one, two = model.shims[0], copied.shims[0]
    assert one.id != two.id
    assert_same_state(state(one), state(two))
    train(copied, Adam(0.1))
    assert not torch.equal(one._model[0].weight, two._model[0].weight)


def test_devices():
    shim = PyTorchShim(module())
    assert shim.device == torch.device("cpu")
    shim.to_device("cpu", 0)
    with pytest.raises(ValueError, match="Invalid device_type: tpu. Try 'cpu' or 'gpu'"):
        shim.to_device("tpu", 0)
    assert PyTorchShim(torch.nn.ReLU()).device == torch.device("cpu")
    with pytest.raises(AttributeError):
        PyTorchShim(None).device  # noqa: B018


def test_mixed_precision_on_a_cpu_predicts_and_refuses_to_train():
    model = PyTorchWrapper_v3(module(), mixed_precision=True)
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.warns(UserWarning, match="autocast"):
        assert model.predict(floats(4, 3)).shape == (4, 2)
    with pytest.warns(UserWarning, match="autocast"):
        Y, backprop = model.begin_update(floats(4, 3))
    with pytest.raises(ValueError, match="Gradient scaling is not supported"):
        backprop(Y)


def test_no_warning_is_given_by_calls_without_mixed_precision(recwarn):
    train(PyTorchWrapper(module()), Adam())
    assert not recwarn.list

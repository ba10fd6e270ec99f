"""PyTorch modules as layers: reference numbers, structured inputs and outputs, modes, mixing."""

import time

import numpy
import pytest

from thinc.api import (
    ArgsKwargs,
    Linear,
    PyTorchRNNWrapper,
    PyTorchWrapper,
    PyTorchWrapper_v2,
    PyTorchWrapper_v3,
    chain,
    get_current_ops,
    registry,
)

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

WEIGHT = numpy.array([[1, 2], [3, 4], [5, 6]], dtype="f")
BIAS = numpy.array([0, 0, 1], dtype="f")
X = numpy.array([[1, 0], [0, 1], [1, 1]], dtype="f")
ONES = numpy.ones((3, 3), dtype="f")


def linear():
    module = torch.nn.Linear(2, 3)
    module.load_state_dict({"weight": torch.tensor(WEIGHT), "bias": torch.tensor(BIAS)})
    return module


class Module(torch.nn.Module):
    """Runs a function of its linear layer and the inputs."""

    def __init__(self, function):
        super().__init__()
        self.linear = linear()
        self.function = function

    def forward(self, *args, **kwargs):
        return self.function(self.linear, *args, **kwargs)


def wrapped(function):
    model = PyTorchWrapper(Module(function))
    return model, model.shims[0]._model.linear


@pytest.mark.parametrize("wrapper", [PyTorchWrapper, PyTorchWrapper_v2, PyTorchWrapper_v3])
def test_outputs_gradients_and_one_update_of_a_linear_module(wrapper):
    module = linear()
    model = wrapper(module)
    assert (model.name, model.dim_names, sorted(model.attrs)) == (
        "pytorch",
        ("nI", "nO"),
        ["convert_inputs", "convert_outputs"],
    )
    Y, backprop = model.begin_update(X)
    numpy.testing.assert_array_equal(Y, [[1, 3, 6], [2, 4, 7], [3, 7, 12]])
    numpy.testing.assert_array_equal(backprop(ONES), [[9, 12]] * 3)
    numpy.testing.assert_array_equal(module.weight.grad, [[2, 2]] * 3)
    numpy.testing.assert_array_equal(module.bias.grad, [3, 3, 3])
    keys = []

    def descend(key, weights, gradient):
        keys.append(key)
        weights -= 0.1 * gradient
        return weights, gradient

    model.finish_update(descend)
    numpy.testing.assert_allclose(module.weight.detach(), [[0.8, 1.8], [2.8, 3.8], [4.8, 5.8]], atol=1e-6)
    numpy.testing.assert_allclose(module.bias.detach(), [-0.3, -0.3, 0.7], atol=1e-6)
    assert keys == [(model.shims[0].id, "weight"), (model.shims[0].id, "bias")]
    assert not module.weight.grad.any()


@pytest.mark.parametrize(
    "make", [lambda A: A[::-1], lambda A: A[:, ::-1], lambda A: A.astype(">f4"), lambda A: A.copy(order="F")]
)
def test_layout_of_inputs_and_gradients_does_not_matter(make):
    model = PyTorchWrapper(linear())
    Y, backprop = model.begin_update(make(X))
    numpy.testing.assert_array_equal(Y, PyTorchWrapper(linear()).predict(numpy.array(make(X), dtype="f")))
    numpy.testing.assert_array_equal(backprop(make(ONES)), [[9, 12]] * 3)


def test_read_only_input_and_gradient():
    X_fixed, dY = X.copy(), ONES.copy()
    X_fixed.flags.writeable = dY.flags.writeable = False
    Y, backprop = PyTorchWrapper(linear()).begin_update(X_fixed)
    numpy.testing.assert_array_equal(backprop(dY), [[9, 12]] * 3)


@pytest.mark.parametrize("kind", [tuple, list])
def test_outputs_in_a_sequence_take_gradients_in_a_sequence(kind):
    model, module = wrapped(lambda f, X: kind([f(X), 2 * X]))
    (Y, doubled), backprop = model.begin_update(X)
    numpy.testing.assert_array_equal(doubled, 2 * X)
    numpy.testing.assert_array_equal(backprop((ONES, numpy.ones((3, 2), "f"))), [[11, 14]] * 3)
    numpy.testing.assert_array_equal(module.weight.grad, [[2, 2]] * 3)


def test_outputs_in_a_dict_take_gradients_of_some_of_them():
    model, _ = wrapped(lambda f, X: {"y": f(X), "doubled": 2 * X, "nested": [(X,)]})
    outputs, backprop = model.begin_update(X)
    assert list(outputs) == ["y", "doubled", "nested"]
    numpy.testing.assert_array_equal(backprop({"y": ONES}), [[9, 12]] * 3)
    outputs, backprop = model.begin_update(X)
    dX = backprop({"doubled": numpy.ones((3, 2), "f"), "y": None, "nested": [(numpy.ones((3, 2), "f"),)]})
    numpy.testing.assert_array_equal(dX, [[3, 3]] * 3)


def test_output_in_a_dict_that_refuses_to_be_updated():
    class Output(dict):
        def update(self, *args):
            raise TypeError("read-only in this way")

    model, _ = wrapped(lambda f, X: Output(y=f(X)))
    outputs, backprop = model.begin_update(X)
    numpy.testing.assert_array_equal(backprop({"y": ONES}), [[9, 12]] * 3)


def test_gradient_none_of_an_output_is_skipped():
    model, module = wrapped(lambda f, X: (f(X), 2 * X))
    _, backprop = model.begin_update(X)
    numpy.testing.assert_array_equal(backprop((ONES, None)), [[9, 12]] * 3)
    _, backprop = model.begin_update(X)
    assert backprop((None, None)) is None


def test_output_without_history_is_left_out_of_the_backward_pass():
    model, _ = wrapped(lambda f, X: (f(X), X.argmax(dim=1)))
    (_, best), backprop = model.begin_update(X)
    assert best.dtype == "int64"
    numpy.testing.assert_array_equal(backprop((ONES, numpy.zeros(3, "int64"))), [[9, 12]] * 3)


@pytest.mark.parametrize(
    "dY, words",
    [
        ((ONES,), "2 parts"),
        (ONES, "must be a tuple"),
        ((ONES, (ONES,)), "must be an array; got tuple"),
    ],
)
def test_gradients_in_another_structure_than_the_outputs_are_refused(dY, words):
    model, module = wrapped(lambda f, X: (f(X), 2 * X))
    _, backprop = model.begin_update(X)
    with pytest.raises(ValueError, match=words):
        backprop(dY)
    assert module.weight.grad is None


def test_gradient_under_an_unknown_key_is_refused():
    model, _ = wrapped(lambda f, X: {"y": f(X)})
    _, backprop = model.begin_update(X)
    with pytest.raises(ValueError, match="z"):
        backprop({"z": ONES})


def test_inputs_give_gradients_of_their_own_structure():
    model, _ = wrapped(lambda f, X, scale=None, **rest: f(X) if scale is None else f(X) * scale)
    scale = numpy.full((3, 3), 2, dtype="f")
    _, backprop = model.begin_update((X, scale))
    dX, d_scale = backprop(ONES)
    numpy.testing.assert_array_equal(dX, [[18, 24]] * 3)
    numpy.testing.assert_array_equal(d_scale, [[1, 3, 6], [2, 4, 7], [3, 7, 12]])
    _, backprop = model.begin_update([X, None])
    dX, nothing = backprop(ONES)
    assert nothing is None
    numpy.testing.assert_array_equal(dX, [[9, 12]] * 3)
    _, backprop = model.begin_update(ArgsKwargs(args=(X,), kwargs={"scale": scale, "name": "kept"}))
    grads = backprop(ONES)
    assert isinstance(grads, ArgsKwargs) and grads.kwargs["name"] == "kept"
    numpy.testing.assert_array_equal(grads.kwargs["scale"], d_scale)
    model, _ = wrapped(lambda f, *, X: f(X))
    _, backprop = model.begin_update({"X": X})
    numpy.testing.assert_array_equal(backprop(ONES)["X"], [[9, 12]] * 3)


def test_integers_beside_floats_have_no_gradient():
    model, _ = wrapped(lambda f, X, rows: f(X)[rows])
    _, backprop = model.begin_update((X, numpy.array([0, 1, 2])))
    dX, d_rows = backprop(ONES)
    assert d_rows is None
    numpy.testing.assert_array_equal(dX, [[9, 12]] * 3)


def test_integers_alone_are_refused_in_training_and_predicted():
    model = PyTorchWrapper(torch.nn.Embedding(4, 2))
    assert model.predict(numpy.array([1, 2])).shape == (2, 2)
    with pytest.raises(RuntimeError, match="floating point dtype can require gradients"):
        model.begin_update(numpy.array([1, 2]))


def test_input_that_a_module_ignores_has_no_gradient():
    model, _ = wrapped(lambda f, X, other: f(X))
    _, backprop = model.begin_update((X, X))
    assert backprop(ONES)[1] is None


def test_converters_may_pass_tensors_that_are_no_leaves():
    def inputs(model, X, is_train):
        Xt = torch.tensor(X, requires_grad=is_train) * 2
        return ArgsKwargs(args=(Xt,), kwargs={}), lambda dXt: dXt.args[0].numpy()

    _, backprop = PyTorchWrapper(linear(), convert_inputs=inputs).begin_update(X)
    numpy.testing.assert_array_equal(backprop(ONES), [[9, 12]] * 3)


def test_backprop_after_predict_is_refused():
    _, backprop = PyTorchWrapper(linear())(X, is_train=False)
    with pytest.raises(ValueError, match="cannot backprop after predict"):
        backprop(ONES)


def test_backprop_twice_is_refused():
    _, backprop = PyTorchWrapper(torch.nn.Sequential(linear(), torch.nn.Sigmoid())).begin_update(X)
    backprop(ONES)
    with pytest.raises(RuntimeError, match="second time"):
        backprop(ONES)


def test_gradient_of_another_shape_is_refused():
    _, backprop = PyTorchWrapper(linear()).begin_update(X)
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        backprop(ONES[:2])


def modes(module):
    return [part.training for part in module.modules()]


@pytest.mark.parametrize("training", [True, False])
def test_modes_are_as_before_after_every_call(training):
    seen = []
    module = Module(lambda f, X: (seen.append((f.training, module.training)), f(X))[1])
    model = PyTorchWrapper(module)
    module.train(training)
    module.linear.train(not training)
    before = modes(module)
    model.predict(X)
    assert seen.pop() == (False, False)
    assert modes(module) == before
    _, backprop = model.begin_update(X)
    # A part of a module in training that was put into evaluation mode is meant to be frozen.
    assert seen.pop() == (not training, True)
    backprop(ONES)
    assert modes(module) == before


def test_mode_is_as_before_after_an_error():
    module = Module(lambda f, X: 1 / 0)
    for training in (True, False):
        module.train(training)
        for run in (PyTorchWrapper(module).predict, PyTorchWrapper(module).begin_update):
            with pytest.raises(ZeroDivisionError):
                run(X)
            assert modes(module) == [training] * 2


def test_overridden_train_method_is_called():
    class Counting(torch.nn.Linear):
        calls = ()

        def train(self, mode=True):
            self.calls = (*self.calls, mode)
            return super().train(mode)

    module = torch.nn.Sequential(Counting(2, 3), torch.nn.ReLU())
    PyTorchWrapper(module).predict(X)
    assert module[0].calls == (False, True)
    assert modes(module) == [True] * 3


def test_recomputed_part_of_the_forward_pass_runs_in_training_mode():
    from torch.utils.checkpoint import checkpoint

    seen = []

    def part(X):
        seen.append(module.training)
        return module.linear(X)

    module = Module(lambda f, X: checkpoint(part, X, use_reentrant=False))
    module.eval()
    _, backprop = PyTorchWrapper(module).begin_update(X)
    numpy.testing.assert_array_equal(backprop(ONES), [[9, 12]] * 3)
    assert seen == [True, True]
    assert not module.training


def test_chain_with_native_layers_passes_gradients_through():
    model = chain(Linear(2, 2), PyTorchWrapper(linear()), Linear(1, 3)).initialize(X)
    Y, backprop = model.begin_update(X)
    eps, dY = 1e-2, numpy.ones_like(Y)
    dX = backprop(dY)
    for at in numpy.ndindex(X.shape):
        step = numpy.zeros_like(X)
        step[at] = eps
        slope = (model.predict(X + step).sum() - model.predict(X - step).sum()) / (2 * eps)
        assert abs(dX[at] - slope) < 1e-2 * max(1, abs(slope))


def test_rnn_wrapper_runs_padded_batches():
    ops = get_current_ops()
    lstm = torch.nn.LSTM(2, 4)
    model = PyTorchRNNWrapper(lstm)
    Xp = ops.list2padded([numpy.ones((3, 2), "f"), numpy.ones((1, 2), "f")])
    Yp, backprop = model.begin_update(Xp)
    assert Yp.data.shape == (3, 2, 4)
    numpy.testing.assert_array_equal(Yp.lengths, Xp.lengths)
    dXp = backprop(Yp)
    assert dXp.data.shape == Xp.data.shape
    assert model.predict(Xp).data.shape == (3, 2, 4)


def test_registry_makes_the_layers():
    for version in ("v1", "v2", "v3"):
        assert registry.layers.get(f"PyTorchWrapper.{version}")(linear()).predict(X).shape == (3, 3)


def test_call_costs_at_most_25_us_more_than_the_module():
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    module = torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
    model = PyTorchWrapper(module)
    rows = numpy.ones((4, 16), dtype="f")
    tensor = torch.ones((4, 16))
    recorded = torch.ones((4, 16), requires_grad=True)

    def plain():
        with torch.no_grad():
            module(tensor)

    def best(call):
        start = time.perf_counter()
        for _ in range(100):
            call()
        return (time.perf_counter() - start) * 1e4

    calls = [plain, lambda: model.predict(rows), lambda: module(recorded), lambda: model.begin_update(rows)]
    times = [min(column) for column in zip(*([best(call) for call in calls] for _ in range(30)), strict=True)]
    torch.set_num_threads(torch_threads)
    assert times[1] - times[0] <= 25, times
    assert times[3] - times[2] <= 25, times

"""PyTorch's LSTM as a layer, with and without padding."""

import numpy
import pytest

from thinc.api import Adam, PyTorchLSTM, PyTorchLSTM_v2, get_current_ops

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


def items(*lengths):
    rng = numpy.random.RandomState(0)
    return [rng.standard_normal((length, 3)).astype("f") for length in lengths]


@pytest.fixture(params=[PyTorchLSTM, PyTorchLSTM_v2])
def lstm(request):
    torch.manual_seed(0)
    return request.param


def test_dimensions_and_names(lstm):
    model = lstm(4, 3, bi=True, depth=2)
    assert model.name == "with_padded(pytorch)"
    assert (model.get_dim("nI"), model.get_dim("nO")) == (3, 4)
    assert lstm(4, 4, depth=0).name == "noop"


def test_outputs_are_those_of_the_module_run_on_each_sequence(lstm):
    model = lstm(4, 3)
    Xs = items(4, 1, 2)
    module = model.layers[0].shims[0]._model
    for X, Y in zip(Xs, model.predict(Xs), strict=True):
        expected, _ = module(torch.tensor(X)[:, None])
        numpy.testing.assert_allclose(Y, expected.detach()[:, 0], atol=1e-6)


def test_second_version_does_not_see_the_padding():
    torch.manual_seed(0)
    model = PyTorchLSTM_v2(4, 3, bi=True, depth=2)
    (short,) = model.predict(items(2))
    beside, _ = model.predict(items(2, 9))
    numpy.testing.assert_allclose(short, beside, atol=1e-6)


@pytest.mark.parametrize("bi", [False, True])
def test_gradients_agree_with_differences(lstm, bi):
    model = lstm(4, 3, bi=bi)
    Xs = items(3, 1)
    Ys, backprop = model.begin_update(Xs)
    dXs = backprop([numpy.ones_like(Y) for Y in Ys])
    for X, dX in zip(Xs, dXs, strict=True):
        assert dX.shape == X.shape
        for at in numpy.ndindex(X.shape):
            sums = []
            for step in (1e-2, -2e-2):
                X[at] += step
                sums.append(sum(float(Y.sum()) for Y in model.predict(Xs)))
            X[at] += 1e-2
            assert abs(dX[at] - (sums[0] - sums[1]) / 2e-2) < 2e-3


def test_it_trains(lstm):
    model = lstm(2, 3, bi=True)
    optimizer = Adam(0.05)
    losses = []
    for _ in range(40):
        Ys, backprop = model.begin_update(items(4, 2))
        dYs = [Y - 0.5 for Y in Ys]
        losses.append(sum(float((dY**2).sum()) for dY in dYs))
        backprop(dYs)
        model.finish_update(optimizer)
    assert losses[-1] < losses[0] / 3


@pytest.mark.parametrize("lengths", [(), (0,), (0, 0)])
def test_batches_without_steps_give_empty_outputs(lstm, lengths):
    model = lstm(4, 3)
    Xp = get_current_ops().list2padded(items(*lengths))
    Yp, backprop = model.begin_update(Xp)
    assert Yp.data.shape == (*Xp.data.shape[:2], 4)
    assert backprop(Yp).data.shape == (*Xp.data.shape[:2], 3)


def test_empty_sequence_beside_others(lstm):
    model = lstm(4, 3)
    Ys, backprop = model.begin_update(items(2, 0))
    assert [Y.shape for Y in Ys] == [(2, 4), (0, 4)]
    assert [dX.shape for dX in backprop(Ys)] == [(2, 3), (0, 3)]


def test_odd_width_of_two_directions():
    assert PyTorchLSTM(5, 3, bi=True).get_dim("nO") == 5
    with pytest.raises(ValueError, match="nO must be even"):
        PyTorchLSTM_v2(5, 3, bi=True)

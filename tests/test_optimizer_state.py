"""Saving and loading an optimizer: training goes on as if it had never stopped."""

import itertools

import numpy
import pytest
from numpy.testing import assert_array_equal
from support.toy_models import affine, sequence

from thinc.layers import Dropout, Relu, Softmax, chain
from thinc.model import Model
from thinc.optimizers import SGD, Adam, Optimizer, RAdam
from thinc.schedules import Schedule, compounding, constant, constant_then, plateau, warmup_linear


def make_model():
    return chain(Relu(nO=8, nI=5, dropout=0.3), Dropout(0.2), Softmax(nO=3, nI=8)).initialize()


def run(model, optimizer, steps):
    """Train on batches that depend on the number of the step, with dropout from the global generator."""
    for i in steps:
        rng = numpy.random.RandomState(i)
        X, Y = rng.normal(size=(4, 5)).astype("float32"), rng.uniform(size=(4, 3)).astype("float32")
        Yh, backprop = model.begin_update(X)
        backprop(Yh - Y)
        model.finish_update(optimizer)
        optimizer.last_score = float(abs(Yh - Y).mean())
        optimizer.step_schedules()


def weights(model):
    return [node.get_param(name) for node in model.walk() for name in node.param_names]


def values():
    yield from (0.1, 0.05, 0.02, 0.01)


OPTIMIZERS = {
    "SGD": lambda: SGD(0.1, L2=0.01),
    "Adam": lambda: Adam(0.01),
    "Adam without averages": lambda: Adam(0.01, use_averages=False),
    "RAdam": lambda: RAdam(0.01, beta2=[0.9, 0.99, 0.999]),
    "compounding": lambda: Adam(compounding(0.001, 0.1, 1.3), L2=warmup_linear(0.1, 3, 8)),
    "generator": lambda: Adam(values()),
    "constant then list": lambda: Adam(constant_then(0.1, 4, [0.05, 0.02, 0.01])),
    "plateau": lambda: Adam(plateau(1, 0.5, constant(0.1))),
    "plateau inside": lambda: Adam(constant_then(0.1, 2, plateau(1, 0.5, constant(0.1)))),
    "function": lambda: Adam(lambda step: 0.1 / (1 + step)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("stop", [1, 5])
@pytest.mark.parametrize("to_file", [True, False])
def test_stop_load_continue_gives_the_bits_of_an_uninterrupted_run(name, stop, to_file, tmp_path):
    numpy.random.seed(0)
    whole, whole_optimizer = make_model(), OPTIMIZERS[name]()
    run(whole, whole_optimizer, range(9))

    numpy.random.seed(0)
    first, optimizer = make_model(), OPTIMIZERS[name]()
    run(first, optimizer, range(stop))
    saved_weights, random_state = first.to_bytes(), numpy.random.get_state()
    if to_file:
        optimizer.to_disk(tmp_path / "optimizer", first)
    else:
        saved = optimizer.to_bytes(first)
    del first, optimizer

    second = make_model().from_bytes(saved_weights)
    resumed = OPTIMIZERS[name]()
    if to_file:
        assert resumed.from_disk(str(tmp_path / "optimizer"), second) is resumed
    else:
        assert resumed.from_bytes(saved, second) is resumed
    numpy.random.set_state(random_state)
    run(second, resumed, range(stop, 9))

    for found, expected in zip(weights(second), weights(whole), strict=True):
        assert_array_equal(found, expected)
    if resumed.averages is not None:
        for found, expected in zip(resumed.averages.values(), whole_optimizer.averages.values(), strict=True):
            assert_array_equal(found, expected)
    assert resumed.learn_rate == whole_optimizer.learn_rate
    assert resumed.step == whole_optimizer.step == 9
    assert resumed.last_score == whole_optimizer.last_score


def updated(optimizer, *keys):
    for key in keys:
        optimizer(key, numpy.ones(3, "float32"), numpy.arange(3, dtype="float32"))
    return optimizer


def test_without_a_model_state_is_filed_by_key():
    optimizer = updated(Adam(), (1, "W"), (2, "b"), "loose")
    loaded = Adam().from_bytes(optimizer.to_bytes())
    for name in ("mom1", "mom2", "averages"):
        assert list(getattr(loaded, name)) == [(1, "W"), (2, "b"), "loose"]
        for found, expected in zip(
            getattr(loaded, name).values(), getattr(optimizer, name).values(), strict=True
        ):
            assert_array_equal(found, expected)
    assert loaded.nr_update == optimizer.nr_update
    updated(loaded, (1, "W"))


def test_several_models_may_share_an_optimizer():
    models, optimizer = [affine(2, 3), affine(2, 3)], Adam()
    for i, model in enumerate(models):
        model.initialize()
        model.set_grad("W", numpy.full((2, 3), float(i), "float32"))
        model.finish_update(optimizer)
    others = [affine(2, 3), affine(2, 3)]
    for model in others:
        model.initialize()
    loaded = Adam().from_bytes(optimizer.to_bytes(models), others)
    for model, other in zip(models, others, strict=True):
        assert_array_equal(loaded.mom1[other.id, "W"], optimizer.mom1[model.id, "W"])


def test_shims_are_filed_by_their_place():
    class FakeShim:
        def __init__(self, id):
            self.id = id

    def with_shim(id):
        return sequence(Model("wrapper", None, shims=[FakeShim(id)]))

    optimizer = updated(Adam(), (1001, "layer.weight"))
    loaded = Adam().from_bytes(optimizer.to_bytes(with_shim(1001)), with_shim(1002))
    assert list(loaded.mom1) == [(1002, "layer.weight")]


def test_counts_of_skipped_gradients_and_assigned_numbers_are_kept():
    optimizer = Optimizer(0.1, nonfinite="skip")
    optimizer((1, "W"), numpy.ones(1, "float32"), numpy.full(1, numpy.nan, "float32"))
    optimizer.learn_rate = 0.7
    optimizer.b1 = 0.5
    loaded = Optimizer(0.1).from_bytes(optimizer.to_bytes())
    assert loaded.nr_skipped == {(1, "W"): 1}
    assert (loaded.learn_rate, loaded.b1) == (0.7, 0.5)
    assert loaded.nonfinite == "pass"


def test_float64_state_stays_float64():
    optimizer = Adam()
    optimizer((1, "W"), numpy.ones((2, 3)), numpy.ones((2, 3)))
    loaded = Adam().from_bytes(optimizer.to_bytes())
    assert loaded.mom1[1, "W"].dtype == "float64"
    assert loaded.averages[1, "W"].shape == (2, 3)


def test_groups_keep_their_schedules():
    def grouped():
        model = make_model()
        optimizer = Adam(0.01)
        optimizer.add_group(model, lambda node, name: name == "b", learn_rate=[0.5, 0.4, 0.3, 0.2], L2=0.5)
        return model, optimizer

    model, optimizer = grouped()
    run(model, optimizer, range(2))
    other, loaded = grouped()
    loaded.from_bytes(optimizer.to_bytes(model), other)
    assert loaded._groups[0].hypers.read("learn_rate", 2, None) == 0.3
    with pytest.raises(ValueError, match="parameter groups"):
        Adam(0.01).from_bytes(optimizer.to_bytes(model), other)


def test_state_of_parameters_outside_the_model_is_refused():
    optimizer = updated(Adam(), (987654321, "W"))
    with pytest.raises(ValueError, match=r"must be in the given model; got \(987654321, 'W'\)"):
        optimizer.to_bytes(make_model())


def damaged():
    model = make_model()
    optimizer = Adam(0.01)
    run(model, optimizer, range(2))
    good = optimizer.to_bytes(model)
    keys = optimizer.to_bytes()
    scheduled = Adam(compounding(0.1, 1.0, 1.5)).to_bytes(model)
    radam = RAdam(0.01).to_bytes(model)
    return {
        "cut": (good[: len(good) // 2], model),
        "empty": (b"", model),
        "other": (b"\x01", model),
        "no map": (b"\x90", model),
        "another structure": (good, affine(2, 3)),
        "another shape of tree": (good, sequence(affine(2, 3), affine(2, 3), affine(2, 3))),
        "by place, no model": (good, None),
        "by key, with model": (keys, model),
        "another schedule": (scheduled, model),
        "another method": (radam, model),
    }


@pytest.mark.parametrize("what", damaged())
def test_data_that_does_not_fit_is_refused_and_changes_nothing(what):
    data, model = damaged()[what]
    optimizer = updated(Adam(0.5), (1, "W"))
    before = optimizer.to_bytes()
    with pytest.raises(ValueError):
        optimizer.from_bytes(data, model)
    assert optimizer.to_bytes() == before
    updated(optimizer, (1, "W"))


def test_every_truncation_and_byte_change_is_refused_or_harmless():
    data = updated(Adam([0.1, 0.2]), (1, "W")).to_bytes()
    for i in itertools.chain(range(0, len(data), 3)):
        for broken in (data[:i], data[:i] + bytes([data[i] ^ 0x41]) + data[i + 1 :]):
            optimizer = Adam([0.1, 0.2])
            try:
                optimizer.from_bytes(broken)
            except ValueError:
                assert optimizer.nr_update == {} and optimizer.step == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: [0.1, 0.2, 0.3, 0.4],
        lambda: (0.1, 0.2, 0.3, 0.4),
        lambda: iter([0.1, 0.2, 0.3, 0.4]),
        lambda: constant_then(0.1, 1, [0.2, 0.3, 0.4]),
        lambda: constant_then(0.1, 1, iter([0.2, 0.3, 0.4])),
    ],
)
def test_an_optimizer_can_be_set_back(make):
    optimizer = Adam(make())
    saved = optimizer.to_bytes()
    for _ in range(5):
        optimizer.step_schedules()
    assert optimizer.learn_rate == 0.4
    optimizer.from_bytes(saved)
    rates = [optimizer.learn_rate]
    for _ in range(3):
        optimizer.step_schedules()
        rates.append(optimizer.learn_rate)
    assert rates == [0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_iterator_that_has_forgotten_the_saved_position_is_refused(wrapped):
    def make():
        rates = (1.0 / (1.0 + i) for i in itertools.count())
        return Adam(constant_then(1.0, 2, rates) if wrapped else rates)

    saved, late = make().to_bytes(), make()
    for _ in range(3000):
        late.step_schedules()
    recent, value = late.to_bytes(), float(late.learn_rate)
    with pytest.raises(ValueError, match="iterator for learn_rate must not be past item [01]"):
        late.from_bytes(saved)
    assert late.learn_rate == value
    late.step_schedules()
    assert late.from_bytes(recent).learn_rate == value


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "optimizer"
    optimizer = updated(Adam(), (1, "W"))
    optimizer.to_disk(path)
    good = path.read_bytes()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        updated(optimizer, (2, "W")).to_disk(path)
    assert path.read_bytes() == good
    assert list(tmp_path.iterdir()) == [path]


def test_state_of_a_parameter_of_another_size_is_refused():
    model, optimizer = affine(2, 3).initialize(), Adam()
    model.set_grad("W", numpy.ones((2, 3), "float32"))
    model.finish_update(optimizer)
    saved = optimizer.to_bytes(model)
    with pytest.raises(ValueError, match=r"of 'W' must fit a parameter of shape \(2, 4\); got"):
        Adam().from_bytes(saved, affine(2, 4).initialize())
    Adam().from_bytes(saved, affine(2, 4))  # not initialized: nothing to compare with


def test_state_with_moments_is_no_state_for_plain_descent():
    saved = {make: make().to_bytes() for make in (Adam, lambda: SGD(0.1))}
    (adam, adams), (sgd, sgds) = saved.items()
    with pytest.raises(ValueError, match="beta2 must be 0"):
        sgd().from_bytes(adams)
    with pytest.raises(ValueError, match="beta2 must not be 0"):
        adam().from_bytes(sgds)


def test_a_schedule_of_ones_own_is_called_with_the_saved_step_and_score():
    seen = []

    def make():
        return SGD(Schedule("own", lambda schedule, step, **extra: seen.append((step, extra)) or 0.1))

    optimizer = make()
    optimizer.step_schedules()
    optimizer.last_score = 0.5
    loaded = make().from_bytes(optimizer.to_bytes())
    updated(loaded, (1, "W"))
    assert seen == [(1, {"key": (1, "W"), "last_score": (1, 0.5)})]

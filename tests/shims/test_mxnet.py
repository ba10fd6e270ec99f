"""Gluon networks as layers, and what importing MXNet leaves behind."""

import importlib.util
import subprocess
import sys
import warnings

import numpy
import pytest

from thinc.api import Adam, MXNetShim, MXNetWrapper, enable_mxnet, mxnet2xp, xp2mxnet

if importlib.util.find_spec("mxnet") is None:
    pytest.skip("MXNet is not installed", allow_module_level=True)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    enable_mxnet()

import mxnet  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")
X = numpy.random.RandomState(0).standard_normal((6, 4)).astype("f")

UNCHANGED = """
import sys, types, warnings, numpy
import thinc.api
warnings.simplefilter("ignore")
names = ("PZERO", "mirr", "bool", "sometrue")
before, had = dict(vars(numpy)), [hasattr(numpy, name) for name in names]
thinc.api.enable_mxnet()
after = dict(vars(numpy))
changed = {name for name in before if after.get(name) is not before[name]}
added = {name for name in after if name not in before and not isinstance(after[name], types.ModuleType)}
assert not changed and not added, (changed, added)
assert [hasattr(numpy, name) for name in names] == had
print(thinc.compat.mxnet.__version__)
"""


def network(seed=0):
    mxnet.random.seed(seed)
    layers = mxnet.gluon.nn.HybridSequential()
    layers.add(mxnet.gluon.nn.Dense(3), mxnet.gluon.nn.Dropout(0.5), mxnet.gluon.nn.Dense(2))
    layers.initialize(mxnet.init.Xavier())
    return layers


def test_enabling_leaves_numpy_as_it_was():
    result = subprocess.run([sys.executable, "-c", UNCHANGED], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("1.")


def test_network_whose_shapes_are_found_out_trains_and_loads():
    model, other = MXNetWrapper(network()), MXNetWrapper(network(1))
    model.predict(X)
    before = model.predict(X)
    optimizer = Adam(0.1)
    for _ in range(3):
        Y, backprop = model.begin_update(X)
        assert backprop(Y).shape == X.shape
        model.finish_update(optimizer)
    assert abs(model.predict(X) - before).max() > 0
    # The other one has not seen data yet.
    other.from_bytes(model.to_bytes())
    numpy.testing.assert_array_equal(other.predict(X), model.predict(X))


def test_all_parameters_are_one_vector_to_the_optimizer():
    model = MXNetWrapper(network())
    calls = []

    def note(key, *arrays):
        calls.append((key, *(array.shape for array in arrays)))
        return arrays

    model.finish_update(note)
    assert calls == []
    Y, backprop = model.begin_update(X)
    backprop(Y)
    model.finish_update(note)
    assert calls == [((model.shims[0].id, "mxnet-shim"), (23,), (23,))]


def test_a_copy_can_be_made_on_a_device():
    model = MXNetWrapper(network())
    Y = model.predict(X)
    copied = model.shims[0].copy(ctx=mxnet.cpu(0))
    assert copied.id != model.shims[0].id
    model.shims[0] = copied
    numpy.testing.assert_array_equal(model.predict(X), Y)


def test_dropout_is_active_in_training_only():
    model = MXNetWrapper(network())
    numpy.testing.assert_array_equal(model.predict(X), model.predict(X))
    assert abs(model.begin_update(X)[0] - model.begin_update(X)[0]).max() > 0


def test_hybridized_network():
    layers = network()
    layers.hybridize()
    model = MXNetWrapper(layers)
    Y, backprop = model.begin_update(X)
    assert backprop(Y).shape == X.shape


def test_shim_without_a_network():
    assert MXNetShim(None)._model is None
    with pytest.raises(ValueError, match="Unexpected device_type: tpu"):
        MXNetShim(None).to_device("tpu", 0)


def test_memory_is_shared_on_the_way_in_and_stays_writeable():
    array = numpy.zeros((2, 3), dtype="f")
    tensor = xp2mxnet(array)
    array[1, 2] = 5.0
    assert tensor.asnumpy()[1, 2] == 5.0
    assert mxnet2xp(tensor).tolist() == array.tolist()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "uint8", "bool"])
def test_numbers_of_every_type_come_back(dtype):
    array = numpy.arange(6).reshape(2, 3).astype(dtype)
    back = mxnet2xp(xp2mxnet(array))
    assert back.dtype == array.dtype
    numpy.testing.assert_array_equal(back, array)

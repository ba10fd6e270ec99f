"""Choosing a backend, the parameter server, allocators."""

import contextvars
import copy
import pickle
import threading
import types

import catalogue
import numpy
import pytest
from numpy.testing import assert_array_equal

import thinc.backends
from thinc import compat
from thinc.backends import (
    CupyOps,
    MPSOps,
    NumpyOps,
    Ops,
    ParamServer,
    context_ops,
    context_pools,
    contextvars_eq_thread_ops,
    cupy_pytorch_allocator,
    get_array_ops,
    get_current_ops,
    get_ops,
    numpy_ops,
    set_current_ops,
    set_gpu_allocator,
    use_ops,
)
from thinc.config import registry

NAMES = """set_current_ops get_current_ops use_ops ParamServer Ops CupyOps MPSOps NumpyOps has_cupy AppleOps
get_ops get_array_ops set_gpu_allocator use_pytorch_for_gpu_memory use_tensorflow_for_gpu_memory
contextvars_eq_thread_ops context_ops context_pools cupy_pytorch_allocator cupy_tensorflow_allocator
_get_thread_state _create_thread_local _import_extra_cpu_backends _GLOBAL_STATE"""
without_cupy = pytest.mark.skipif(compat.has_cupy, reason="CuPy is installed")


@pytest.fixture(autouse=True)
def unset():
    """Each test starts without current ops."""
    set_current_ops(None)
    yield
    set_current_ops(None)


def in_new_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


@pytest.mark.parametrize("name", NAMES.split())
def test_name_is_importable(name):
    assert hasattr(thinc.backends, name)


def test_all_is_the_backends_and_their_choice():
    expected = NAMES.split()[:10]
    assert sorted(thinc.backends.__all__) == sorted(expected)


# -- get_ops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key, cls, name",
    [("NumpyOps", NumpyOps, "numpy"), ("CupyOps", CupyOps, "cupy"), ("MPSOps", MPSOps, "mps")],
)
def test_backend_is_registered_and_found_by_its_name(key, cls, name):
    assert registry.ops.get(key) is cls and cls.name == name
    ops = get_ops(name)
    assert isinstance(ops, cls) and isinstance(ops, Ops)
    assert get_ops(name) is not ops


def test_cpu_is_numpy_without_add_ons():
    assert type(get_ops("cpu")) is NumpyOps


@pytest.mark.parametrize("name", ["NumpyOps", "Numpy", "", None, NumpyOps, 3, ["numpy"]])
def test_unknown_backend_raises_and_lists_those_there_are(name):
    with pytest.raises(ValueError, match=r"Invalid backend: .*available: cpu, .*cupy, mps, numpy"):
        get_ops(name)


def test_backend_registered_later_is_found_and_preferred():
    class AppleLikeOps(NumpyOps):
        name = "apple"

    registry.ops.register("AppleLikeOps", func=AppleLikeOps)
    try:
        assert type(get_ops("apple")) is AppleLikeOps
        assert type(get_ops("cpu")) is AppleLikeOps
    finally:
        catalogue.REGISTRY.pop(("thinc", "ops", "AppleLikeOps"))


def test_arguments_reach_the_constructor():
    ops = get_ops("numpy", device_type="cpu", device_id=3, use_blis=False)
    assert ops.device_id == 3 and ops.use_blis is False
    with pytest.raises(TypeError, match="unknown"):
        get_ops("numpy", unknown=1)
    assert get_ops("cupy", unknown=1).device_type == "gpu"
    assert vars(Ops(unknown=1)) == {"device_type": "cpu", "device_id": -1}


@pytest.mark.parametrize("data", [numpy.zeros(2), [1, 2], None, "abc"])
def test_ops_of_what_is_not_on_a_gpu_are_numpy(data):
    assert type(get_array_ops(data)) is NumpyOps


@without_cupy
def test_cupy_ops_can_be_made_without_cupy_and_say_what_is_missing():
    ops = get_ops("cupy")
    assert ops.xp is None and CupyOps.xp is None
    assert (ops.name, ops.device_type, ops.device_id) == ("cupy", "gpu", 0)
    for call in (lambda: ops.alloc2f(1, 2), lambda: ops.asarray([1]), lambda: ops.gemm(1, 2)):
        with pytest.raises(ImportError, match="CupyOps requires CuPy, which is not installed"):
            call()
    with pytest.raises(NotImplementedError, match="CupyOps does not provide C BLAS functions"):
        ops.cblas()
    for clone in (copy.deepcopy(ops), pickle.loads(pickle.dumps(ops))):
        assert isinstance(clone, CupyOps) and vars(clone) == vars(ops)


def test_cupy_ops_refuse_numpy_operands_of_a_product(monkeypatch):
    monkeypatch.setattr(compat, "has_cupy", True)
    monkeypatch.setattr(compat, "cupy", numpy)
    with pytest.raises(ValueError, match="Encountered a numpy array when processing with cupy"):
        CupyOps().gemm(numpy.zeros((2, 2)), numpy.zeros((2, 2)))
    assert CupyOps().asarray([1, 2], dtype="float32").dtype == "float32"


@without_cupy
def test_cupy_ops_do_without_cupy_what_needs_no_device():
    ops = get_ops("cupy")
    assert list(ops.minibatch(2, [1, 2, 3])) == [[1, 2], [3]]
    assert list(ops.multibatch(2, [1, 2, 3], [4, 5, 6])) == [[[1, 2], [4, 5]], [[3], [6]]]
    assert ops.to_numpy(numpy.ones(2)).tolist() == [1, 1]


def test_base_ops_have_no_cblas():
    with pytest.raises(NotImplementedError, match="Ops does not provide C BLAS functions"):
        Ops().cblas()


def test_mps_ops_compute_on_the_cpu():
    assert MPSOps().xp is numpy and issubclass(MPSOps, NumpyOps)
    assert MPSOps().asarray([1.0]).tolist() == [1.0]


# -- current ops -----------------------------------------------------------------------------------


def test_current_ops_are_chosen_once():
    assert context_ops.get() is None
    ops = get_current_ops()
    assert isinstance(ops, NumpyOps) and get_current_ops() is ops and context_ops.get() is ops


def test_use_ops_restores_the_previous_object():
    ops = get_current_ops()
    with pytest.raises(KeyError), use_ops("mps", device_id=5):
        assert type(get_current_ops()) is MPSOps and get_current_ops().device_id == 5
        raise KeyError
    assert get_current_ops() is ops


def test_use_ops_of_an_unknown_backend_changes_nothing():
    ops = get_current_ops()
    with pytest.raises(ValueError, match="Invalid backend"), use_ops("nothing"):
        pass
    assert get_current_ops() is ops


def test_new_thread_starts_on_the_cpu():
    with use_ops("mps"):
        assert type(in_new_thread(get_current_ops)) is NumpyOps
        assert in_new_thread(context_ops.get) is None


def test_copied_context_inherits_and_does_not_leak():
    set_current_ops(MPSOps())

    def change():
        inherited = get_current_ops()
        set_current_ops(NumpyOps())
        return inherited

    assert type(contextvars.copy_context().run(change)) is MPSOps
    assert type(get_current_ops()) is MPSOps


def test_lost_context_is_noticed():
    assert contextvars_eq_thread_ops()
    set_current_ops(NumpyOps())
    assert contextvars_eq_thread_ops()
    contextvars.copy_context().run(set_current_ops, MPSOps())
    assert not contextvars_eq_thread_ops()
    set_current_ops(NumpyOps())
    assert contextvars_eq_thread_ops()


def test_thread_state_belongs_to_its_thread():
    set_current_ops(MPSOps())
    assert type(thinc.backends._get_thread_state().ops) is MPSOps
    assert in_new_thread(lambda: thinc.backends._get_thread_state().ops) is None


def test_thread_local_has_the_attributes_given():
    local = thinc.backends._create_thread_local({"a": 1})
    assert local.a == 1 and isinstance(local, threading.local)
    assert in_new_thread(lambda: hasattr(local, "a")) is False


# -- allocators ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cupy", "", None])
def test_unknown_allocator_raises(name):
    message = f"Invalid 'gpu_allocator' argument: '{name}'. Available allocators are: 'pytorch', 'tensorflow'"
    with pytest.raises(ValueError, match=message):
        set_gpu_allocator(name)


def test_allocator_of_a_missing_framework_raises(monkeypatch):
    monkeypatch.setattr(compat, "has_torch", False)
    with pytest.raises(ValueError, match="Cannot get default Torch device when Torch is not available"):
        cupy_pytorch_allocator(10)
    with pytest.raises(ImportError, match=r"PyTorch support requires torch: pip install thinc\[torch\]"):
        set_gpu_allocator("pytorch")
    with pytest.raises(ImportError, match="TensorFlow support requires tensorflow.*\n\nEnable TensorFlow"):
        set_gpu_allocator("tensorflow")


class CupyMemory:
    """Records what CuPy's memory functions are called with."""

    def __init__(self):
        self.allocators = []
        self.cuda = types.SimpleNamespace(
            MemoryPool=lambda allocator: types.SimpleNamespace(malloc=allocator),
            set_allocator=self.allocators.append,
            memory=types.SimpleNamespace(UnownedMemory=lambda *args: args, MemoryPointer=lambda *args: args),
        )


@pytest.fixture
def cupy(monkeypatch):
    cupy = CupyMemory()
    monkeypatch.setattr(compat, "cupy", cupy)
    monkeypatch.setitem(context_pools.get(), "tensorflow", None)
    del context_pools.get()["tensorflow"]
    return cupy


def test_pool_is_made_once_and_used(monkeypatch, cupy):
    monkeypatch.setattr(compat, "has_tensorflow", True)
    set_gpu_allocator("tensorflow")
    pool = context_pools.get()["tensorflow"]
    set_gpu_allocator("tensorflow")
    assert context_pools.get()["tensorflow"] is pool
    assert cupy.allocators == [thinc.backends.cupy_tensorflow_allocator] * 2
    assert in_new_thread(context_pools.get) is context_pools.get()


@pytest.mark.parametrize("asked, given", [(1, 1024), (1024, 1024), (1027, 1028), (4096, 4096)])
def test_torch_allocator_holds_at_least_the_bytes_asked_for(cupy, asked, given):
    torch = pytest.importorskip("torch")
    (address, size, tensor), offset = thinc.backends.cupy_pytorch_allocator(asked)
    assert isinstance(tensor, torch.Tensor) and tensor.numel() * 4 == given
    assert address == tensor.data_ptr() and size >= asked and offset == 0


# -- ParamServer -----------------------------------------------------------------------------------


def test_param_server_lists_keys_in_order():
    params = {(1, "W"): numpy.zeros(2), (1, "b"): numpy.zeros(1)}
    server = ParamServer(params, {(1, "b"): numpy.ones(1), (9, "x"): numpy.ones(1)})
    assert server.param_keys == ((1, "W"), (1, "b"))
    assert server.grad_keys == ((1, "b"),)
    assert server.has_param(1, "W") and not server.has_param(2, "W")
    assert server.has_grad(9, "x") and not server.has_grad(1, "W")
    server.set_param(2, "W", numpy.zeros(1))
    assert (2, "W") not in params


def test_param_server_without_a_key_raises():
    server = ParamServer()
    for get in (server.get_param, server.get_grad):
        with pytest.raises(KeyError) as error:
            get(1, "W")
        assert error.value.args == ((1, "W"),)


def test_param_server_stores_what_it_is_given():
    server = ParamServer()
    W, dW = numpy.zeros(2), numpy.ones(2)
    server.set_param(1, "W", W)
    server.set_grad(1, "W", dW)
    assert server.get_param(1, "W") is W and server.get_grad(1, "W") is dW


@pytest.mark.parametrize("value", [numpy.arange(6.0).reshape(2, 3), numpy.arange(6.0).reshape(3, 2).T])
def test_first_increment_stores_a_contiguous_copy_and_later_ones_add(value):
    server = ParamServer()
    expected = value.copy()
    server.inc_grad(1, "W", value)
    grad = server.get_grad(1, "W")
    assert not numpy.shares_memory(grad, value) and grad.flags.c_contiguous
    server.inc_grad(1, "W", value)
    assert server.get_grad(1, "W") is grad
    assert_array_equal(grad, expected * 2)
    assert_array_equal(value, expected)


class Proxy(ParamServer):
    """Another server, that says what it was asked."""

    def __init__(self):
        super().__init__({(1, "W"): numpy.zeros(2)})
        self.calls = []

    def __getattribute__(self, name):
        if name.startswith(("get_", "set_", "inc_")):
            self.calls.append(name)
        return super().__getattribute__(name)


def test_param_server_forwards_to_its_proxy():
    proxy = Proxy()
    server = ParamServer(proxy=proxy)
    W = server.get_param(1, "W")
    assert W is proxy.get_param(1, "W") and server.param_keys == ((1, "W"),)
    server.set_param(1, "b", W)
    assert proxy.has_param(1, "b") and server.has_param(1, "b")
    server.set_grad(1, "b", W)
    server.inc_grad(1, "W", W)
    assert proxy.has_grad(1, "b") and proxy.has_grad(1, "W") and server.grad_keys == ()
    assert proxy.calls == ["get_param", "get_param", "set_param", "set_grad", "inc_grad"]


def test_functions_beside_numpy_ops_do_what_other_packages_expect():
    ops = numpy_ops.NumpyOps()
    gradient = numpy.array([3, 4], dtype="float32")
    assert numpy_ops.cpu_clip_gradient(gradient, 1.0) is None
    numpy.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-6)
    assert numpy_ops.check_seq2col_lengths(ops, None, 5).tolist() == [5]
    with pytest.raises(AssertionError, match="The lengths must sum up to the batch length"):
        numpy_ops.check_seq2col_lengths(ops, numpy.array([2, 2], dtype="int32"), 5)
    left, right = numpy_ops._split_directions(numpy.arange(8).reshape(2, 4), 2)
    assert right.tolist() == [[2, 3], [6, 7]]
    numpy_ops.add_gradient_noise(gradient, 1e-9, 0)
    numpy.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-6)
    numpy_ops.add_gradient_noise(gradient, 1.0, 0)
    assert abs(gradient - [0.6, 0.8]).max() > 1e-6

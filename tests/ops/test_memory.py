"""Large results come from reused blocks: a step in steady state touches no page for the first time."""

import numpy
import pytest
from ops.cases import CASES
from support.oracle import positional

from thinc.api import Adam, Maxout, NumpyOps, Softmax, chain, clone, expand_window, residual

resource = pytest.importorskip("resource", reason="needs getrusage")
memory = pytest.importorskip("thinc.backends.cpu._memory", reason="needs the compiled kernels")


def page_faults(step, warm_up=5, steps=10):
    for _ in range(warm_up):
        step()
    counts = []
    for _ in range(steps):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        step()
        counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return sorted(counts)[steps // 2]


def tagger(width=96):
    window = residual(chain(expand_window(1), Maxout(width, 3 * width, nP=3, normalize=True)))
    return chain(clone(window, 2), Softmax(20, width))


def test_prediction_step_in_steady_state_takes_no_page_faults():
    model = tagger().initialize()
    X = numpy.ones((1000, 96), dtype="float32")
    assert page_faults(lambda: model.predict(X)) == 0


def test_training_step_in_steady_state_takes_no_page_faults():
    model, optimizer = tagger().initialize(), Adam()
    X = numpy.ones((1000, 96), dtype="float32")

    def step():
        Y, backprop = model.begin_update(X)
        backprop(Y)
        model.finish_update(optimizer)

    assert page_faults(step) == 0


def test_uninitialised_allocation_in_steady_state_takes_no_page_faults():
    """As spaCy's parser asks for: hundreds of megabytes to write a product to."""
    ops = NumpyOps()
    assert page_faults(lambda: ops.alloc2f(20_000, 3000, zeros=False).fill(1), warm_up=1, steps=3) == 0
    assert ops.alloc3f(2, 3, 4, zeros=False).shape == (2, 3, 4)
    assert ops.alloc(5, zeros=False).dtype == "float32"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_op_in_steady_state_takes_no_page_faults(case):
    ops = NumpyOps()
    args, keywords = positional(case.draw({"N": 2000, "B": 50, "T": 100, "I": 96, "O": 96}))

    def step():
        with numpy.errstate(all="ignore"):
            getattr(ops, case.op)(*args, **keywords)

    assert page_faults(step) == 0


def test_block_returns_to_the_pool_when_its_array_dies():
    memory.trim_pool()
    array = memory.empty((1000, 100), "float32")
    assert memory.pool_idle_bytes() == 0
    address = array.ctypes.data
    view = array[10:]
    del array
    assert memory.pool_idle_bytes() == 0
    del view
    assert memory.pool_idle_bytes() >= 400_000
    again = memory.empty((100_000,), "float32")
    assert again.ctypes.data == address
    assert memory.pool_idle_bytes() == 0


def test_array_from_the_pool_owns_aligned_data_and_can_be_resized():
    array = memory.empty((5000,), "float64")
    assert array.flags.owndata
    assert array.ctypes.data % 64 == 0
    array[:] = numpy.arange(5000)
    array.resize((20_000,), refcheck=False)
    assert (array[:5000] == numpy.arange(5000)).all()
    assert (array[5000:] == 0).all()


def test_pool_keeps_no_more_than_its_limit():
    memory.trim_pool()
    memory.set_pool_limit(0)
    try:
        del_me = memory.empty((100_000,), "float32")
        del del_me
        assert memory.pool_idle_bytes() == 0
    finally:
        memory.set_pool_limit(512 << 20)


@pytest.mark.parametrize("shape", [(-1, 3), (2**40, 2**40)])
def test_impossible_shape_is_refused(shape):
    with pytest.raises((ValueError, MemoryError)):
        memory.empty(shape, "float32")

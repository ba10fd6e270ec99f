"""How the library looks to type checkers: read by mypy and pyright, never run.

`assert_type` states what both infer without the plug-in of mypy.
"""

from typing import Any

from typing_extensions import assert_type

from thinc.api import (
    Adam,
    ArgsKwargs,
    Embed,
    HashEmbed,
    Linear,
    Maxout,
    Model,
    Optimizer,
    Padded,
    PyTorchLSTM,
    PyTorchShim,
    PyTorchWrapper,
    Ragged,
    Relu,
    Schedule,
    Softmax,
    chain,
    clone,
    compounding,
    get_current_ops,
    list2ragged,
    reduce_mean,
    registry,
    residual,
    with_array,
)
from thinc.types import Floats2d, Ints1d

# Layers keep their types through the registry's decorators.
assert_type(Relu(10), Model[Floats2d, Floats2d])
assert_type(reduce_mean(), Model[Ragged, Floats2d])
assert_type(clone(Linear(4, 4), 3), Model[Floats2d, Floats2d])
assert_type(residual(Maxout(4, 4)), Model[Floats2d, Floats2d])
assert_type(PyTorchWrapper(object()), Model[Any, Any])

# What a composition takes is known, what it gives is known with the plug-in only.
network = chain(Relu(10), Relu(10), Softmax())
assert_type(network, Model[Floats2d, Any])


def train(model: Model[Floats2d, Floats2d], X: Floats2d, dY: Floats2d, optimizer: Optimizer) -> Floats2d:
    """A training step has types throughout."""
    Y, backprop = model.begin_update(X)
    assert_type(Y, Floats2d)
    backprop(dY)
    model.finish_update(optimizer)
    with model.use_params(optimizer.averages or {}):
        assert_type(model.predict(X), Floats2d)
    return Y


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Any]:
    """A layer of one's own."""
    W = model.get_param("W")
    Y = model.ops.gemm(X, W, trans2=True)
    return Y, lambda dY: model.ops.gemm(dY, W)


@registry.layers("tests.own.v1")
def own(nO: int | None = None) -> Model[Floats2d, Floats2d]:
    """A registered function keeps its signature."""
    return Model("own", forward, dims={"nO": nO, "nI": None})


assert_type(own(nO=3), Model[Floats2d, Floats2d])
assert_type(Adam(0.001), Optimizer)
assert_type(ArgsKwargs(args=(1,), kwargs={}).args, tuple[Any, ...])


def sequences(lengths: Ints1d, data: Floats2d) -> Ragged:
    """Containers and ops."""
    ops = get_current_ops()
    ragged = Ragged(data, lengths)
    mean: Floats2d = ops.reduce_mean(data, lengths)
    ops.alloc1f(3)
    return Ragged(mean, ragged.lengths)


embed: Model[Ints1d, Floats2d] = Embed(4, 10)
hashed: Model[Ints1d, Floats2d] = HashEmbed(4, 10)
shim: PyTorchShim = PyTorchShim(object(), config={"a": 1})
lstm: Model = PyTorchLSTM(4, 3, bi=True)
schedule: Schedule = compounding(1.0, 2.0, 1.1)
padded: type[Padded] = Padded
wrapped: Model = with_array(Linear(2, 2))
joined: Model = list2ragged()

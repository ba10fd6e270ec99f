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
    with_debug,
)
from thinc.types import Floats1d, Floats2d, Floats3d, Floats4d, Ints1d, Ints2d

# Layers keep their types through the registry's decorators.
assert_type(Relu(10), Model[Floats2d, Floats2d])
assert_type(reduce_mean(), Model[Ragged, Floats2d])
assert_type(clone(Linear(4, 4), 3), Model[Floats2d, Floats2d])
assert_type(residual(Maxout(4, 4)), Model[Floats2d, Floats2d])
assert_type(with_debug(Relu(4)), Model[Floats2d, Floats2d])
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
    with model.use_params(optimizer.averages):
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


def ranks(w: Floats1d, x: Floats2d, y: Floats3d, u: Floats4d, i: Ints1d, z: Ints2d) -> None:
    """An integer takes an axis away, as reductions do; a slice or several integers keep it."""
    assert_type(x[0, 1], float)
    assert_type(z[0, 1], int)
    assert_type(w[1:], Floats1d)
    assert_type(x[:, 1:], Floats2d)
    assert_type(x[0:1, 2], Floats1d)
    assert_type(x[i], Floats2d)
    assert_type(y[0, 1], Floats1d)
    assert_type(y[0, 1, 2], float)
    assert_type(y[:, 1:, 2], Floats2d)
    assert_type(u[:, 1], Floats3d)
    assert_type(u[0, 1, :, 2:], Floats2d)
    assert_type(u[0, 1, 2, 3], float)
    assert_type(list(y), list[Floats2d])
    assert_type(x.T, Floats2d)
    assert_type(x.shape, tuple[int, int])
    assert_type(x.sum(), float)
    assert_type(z.sum(axis=0), Ints1d)
    assert_type(u.sum(axis=(0, 1)), Floats2d)
    assert_type(x.max(axis=1, keepdims=True), Floats2d)
    assert_type(x.mean(axis=0), Floats1d)
    assert_type(z.mean(axis=0), Floats1d)
    assert_type(z.mean(axis=0, keepdims=True), Floats2d)
    assert_type(w.var(), float)
    assert_type(x.argmax(axis=1), Ints1d)
    assert_type(y.argmax(axis=1, keepdims=True).ndim, int)
    assert_type(w.argmax(), int)


def numbers(x: Floats2d, i: Ints1d) -> float:
    """Arithmetic keeps the class, comparisons give arrays of booleans, which have none."""
    assert_type(2**x - 2 // x + 2 % x + 2 / x, Floats2d)
    assert_type(divmod(x, 2), tuple[Floats2d, Floats2d])
    assert_type((1 << i) & ~i, Ints1d)
    assert_type(x == 0, Any)
    assert_type((x > 0).sum(), Any)
    assert_type(x.clip(0, 1).round(2).copy().get(), Floats2d)
    x **= 2
    x[i] = x.ravel()[i.nonzero()[0]]
    return float(x) + int(i)

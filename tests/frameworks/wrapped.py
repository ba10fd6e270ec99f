"""The same small networks in every framework, wrapped as layers.

Each class makes models of one framework: `mlp` is a network of two dense layers, `combine` computes
`(X W, 2 X)` from X, or `(X W S, 2 X)` from X and S, with W the given matrix. A framework is imported
when its class is instantiated.
"""

import importlib.util
import warnings

import numpy
import pytest

from thinc.api import (
    JaxWrapper,
    MXNetWrapper,
    PyTorchWrapper,
    TensorFlowWrapper,
    enable_mxnet,
    enable_tensorflow,
)


class PyTorch:
    package = "torch"

    def __init__(self):
        self.torch = importlib.import_module("torch")
        # Threads that wait for each other are slow on a busy machine.
        self.torch.set_num_threads(1)

    def mlp(self, seed=0):
        nn = self.torch.nn
        self.torch.manual_seed(seed)
        return PyTorchWrapper(nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.Tanh()))

    def combine(self, W):
        torch = self.torch

        class Combine(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.W = torch.nn.Parameter(torch.tensor(W))

            def forward(self, X, S=None):
                Y = X @ self.W
                return Y if S is None else Y * S, 2 * X

        return PyTorchWrapper(Combine())


class TensorFlow:
    package = "tensorflow"

    def __init__(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            enable_tensorflow()
        self.tensorflow = importlib.import_module("tensorflow")

    def mlp(self, seed=0):
        keras = self.tensorflow.keras
        keras.utils.set_random_seed(seed)
        dense = keras.layers.Dense
        return TensorFlowWrapper(
            keras.Sequential([keras.Input((64,)), dense(64, activation="relu"), dense(32, activation="tanh")])
        )

    def combine(self, W):
        tf = self.tensorflow

        class Combine(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.W = self.add_weight(shape=W.shape)
                self.W.assign(W)

            def call(self, X, S=None):
                Y = X @ self.W
                return Y if S is None else Y * S, 2 * X

            def get_config(self):
                return {}

        return TensorFlowWrapper(Combine())


class MXNet:
    package = "mxnet"

    def __init__(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            enable_mxnet()
        self.mxnet = importlib.import_module("mxnet")

    def mlp(self, seed=0):
        nn = self.mxnet.gluon.nn
        self.mxnet.random.seed(seed)
        network = nn.HybridSequential()
        network.add(nn.Dense(64, activation="relu"), nn.Dense(32, activation="tanh"))
        network.initialize(self.mxnet.init.Xavier())
        return MXNetWrapper(network)

    def combine(self, W):
        mxnet = self.mxnet

        class Combine(mxnet.gluon.Block):
            def __init__(self):
                super().__init__()
                self.W = self.params.get("W", shape=W.shape)

            def forward(self, X, S=None):
                Y = mxnet.nd.dot(X, self.W.data())
                return Y if S is None else Y * S, 2 * X

        block = Combine()
        block.initialize()
        block.W.set_data(mxnet.nd.array(W))
        return MXNetWrapper(block)


class Jax:
    package = "jax"

    def __init__(self):
        self.jax = importlib.import_module("jax")

    def mlp(self, seed=0):
        jax, keys = self.jax, self.jax.random.split(self.jax.random.PRNGKey(seed))

        def dense(key, nI, nO):
            return {"W": jax.random.normal(key, (nI, nO)) * (2 / nI) ** 0.5, "b": jax.numpy.zeros(nO)}

        def apply(params, X):
            for layer, activation in zip(params, (jax.nn.relu, jax.numpy.tanh), strict=True):
                X = activation(X @ layer["W"] + layer["b"])
            return X

        return JaxWrapper(apply, [dense(keys[0], 64, 64), dense(keys[1], 64, 32)])

    def combine(self, W):
        def apply(params, X, S=None):
            Y = X @ params["W"]
            return Y if S is None else Y * S, 2 * X

        return JaxWrapper(apply, {"W": W})


FRAMEWORKS = {"PyTorch": PyTorch, "TensorFlow": TensorFlow, "MXNet": MXNet, "JAX": Jax}


def framework(name):
    """The framework of that name; the test is skipped if it is not installed."""
    made = FRAMEWORKS[name]
    if importlib.util.find_spec(made.package) is None:
        pytest.skip(f"{name} is not installed")
    return made()


def digits():
    """Scikit-learn's digits: training and held-out images (N, 64) from 0 to 1, and their labels."""
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    images, labels = datasets.load_digits(return_X_y=True)
    order = numpy.random.RandomState(0).permutation(len(labels))
    images, labels = (images / 16).astype("float32")[order], labels[order].astype("int32")
    return images[:1437], labels[:1437], images[1437:], labels[1437:]

"""Optimizers on a small real problem: handwritten digits, at documented settings."""

import numpy
import pytest

from thinc.layers import Relu, Softmax, chain
from thinc.loss import CategoricalCrossentropy
from thinc.optimizers import SGD, Adam, RAdam
from thinc.schedules import warmup_linear
from thinc.util import fix_random_seed

datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn has the digits and is not installed")

EPOCHS, BATCH = 30, 32
# 1797 images; 45 batches of 32 an epoch on four fifths of them.
STEPS = EPOCHS * 45

SETTINGS = {
    "Adam at its defaults": lambda: Adam(),
    "RAdam": lambda: RAdam(0.003),
    "SGD": lambda: SGD(0.3),
    "Adam with weight decay": lambda: Adam(0.003, L2=0.01),
    "Adam with a schedule": lambda: Adam(warmup_linear(0.005, 100, STEPS)),
    "SGD with a schedule": lambda: SGD(warmup_linear(0.5, 100, STEPS)),
}


def digits():
    """Images of 64 pixels in [0, 1] and their digits: four fifths to train, one to test."""
    X, y = datasets.load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    order = numpy.random.RandomState(0).permutation(len(X))
    cut = len(X) * 4 // 5
    return (X[order[:cut]], y[order[:cut]]), (X[order[cut:]], y[order[cut:]])


def accuracy(model, X, y):
    return float((model.predict(X).argmax(axis=1) == y).mean())


@pytest.mark.parametrize("name", SETTINGS)
def test_digits_are_read_with_97_percent_held_out_accuracy(name):
    (train_X, train_y), (test_X, test_y) = digits()
    fix_random_seed(0)
    model = chain(Relu(nO=128), Softmax()).initialize(train_X[:5], numpy.zeros((5, 10), "float32"))
    optimizer, loss = SETTINGS[name](), CategoricalCrossentropy()
    first = loss.log_loss(model.predict(train_X), train_y)
    for _ in range(EPOCHS):
        for batch in model.ops.minibatch(BATCH, numpy.arange(len(train_X)), shuffle=True):
            Yh, backprop = model.begin_update(train_X[batch])
            backprop(loss.get_grad(Yh, train_y[batch]))
            model.finish_update(optimizer)
            optimizer.step_schedules()
    assert loss.log_loss(model.predict(train_X), train_y) < first / 10
    assert accuracy(model, test_X, test_y) >= 0.97
    with model.use_params(optimizer.averages):
        assert accuracy(model, test_X, test_y) >= 0.97

"""A table that a small network learns, and the config of that network."""

import csv

import numpy
import pytest

CONFIG = """\
[data]
@readers = "table.v1"
train = "{table}"

[model]
@layers = "chain.v1"

[model.*.hidden]
@layers = "Relu.v1"
nO = 16
dropout = 0.2

[model.*.output]
@layers = "Softmax.v1"

[optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.02

[loss]
@losses = "CategoricalCrossentropy.v3"

[training]
epochs = 4
batch_size = 16
evaluate_every = 200
"""


@pytest.fixture
def table(tmp_path):
    """Path of a table: the class says whether the product of two numbers is positive."""
    path = tmp_path / "table.csv"
    X = numpy.random.RandomState(0).uniform(-1, 1, (400, 4))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "d", "label"])
        writer.writerows([*map(repr, map(float, x)), "yes" if x[0] * x[1] > 0 else "no"] for x in X)
    return path


@pytest.fixture
def config(table, tmp_path):
    path = tmp_path / "a.cfg"
    path.write_text(CONFIG.format(table=table))
    return path

"""All names come with a star, as in a notebook: read by mypy and pyright, never run."""
# ruff: noqa: F403, F405

from typing_extensions import assert_type

from thinc.api import *
from thinc.types import Floats2d

layers = chain(Relu(16), Softmax(4))
model: Model[Floats2d, Floats2d] = layers
assert_type(Adam(compounding(0.1, 0.2, 1.1)), Optimizer)
assert_type(list2ragged().name, str)
shim: PyTorchShim = PyTorchShim(object())
ops: Ops = NumpyOps()
config: Config = Config().from_str("[model]\n")
loss = CategoricalCrossentropy()

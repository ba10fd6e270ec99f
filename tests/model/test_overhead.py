"""What a call of a model costs on top of its forward function.

The bounds hold with room to spare on an idle machine. Times of whole layers depend on the kernels
too, and are checked when THINC_TEST_SPEED is set.
"""

import os
import timeit

import numpy
import pytest
from support.toy_models import node

from thinc.layers import Linear, Relu, chain

X = numpy.zeros((1, 4), dtype="f")


def microseconds(call):
    """The best time of a call; the others had the machine to share."""
    number = 5000
    return min(timeit.repeat(call, number=number, repeat=20)) / number * 1e6


def test_predict_adds_little_to_the_forward_function():
    model = node("m")
    forward = model._func
    bare = microseconds(lambda: forward(model, X, is_train=False)[0])
    assert microseconds(lambda: model.predict(X)) - bare <= 0.3


def test_looking_up_a_parameter_costs_little():
    model = node("m", params={"W": X})
    bare = microseconds(lambda: None)
    assert microseconds(lambda: model.get_param("W")) - bare <= 0.3


speed = pytest.mark.skipif(not os.environ.get("THINC_TEST_SPEED"), reason="THINC_TEST_SPEED is not set")


@speed
def test_predict_of_a_tiny_linear_layer():
    model = Linear(4, 4).initialize()
    assert microseconds(lambda: model.predict(X)) <= 1.5


@speed
def test_predict_of_a_chain_of_three():
    model = chain(Linear(4, 4), Relu(4, 4), Linear(4, 4)).initialize()
    assert microseconds(lambda: model.predict(X)) <= 4


@speed
def test_update_and_callback_of_a_tiny_linear_layer():
    model = Linear(4, 4).initialize()

    def update():
        Y, backprop = model.begin_update(X)
        backprop(Y)

    assert microseconds(update) <= 5

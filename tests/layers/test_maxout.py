"""Maxout: reference numbers, ties, NaN, errors."""

import numpy
import pytest

from thinc.api import Maxout, fix_random_seed

from .test_dense import DY, X, close, with_params

W = [[[1, 2], [0, 1]], [[-1, 0.5], [2, -1]], [[0.25, -0.5], [0, 0]]]
B = [[0.5, 0], [-1, 0], [0, 1]]


def test_reference_numbers():
    layer = with_params(Maxout(3, 2, 2), W=W, b=B)
    Y, backprop = layer.begin_update(X)
    close(Y, [[-2, 4, 1.25], [7, 0, 1]])
    close(backprop(DY), [[0.75, 1], [-3, -1]])
    close(layer.get_grad("W"), [[[-0.5, -3], [1, -2]], [[1, 6], [0.5, -1]], [[-1, 2], [0.125, 0.75]]])
    close(layer.get_grad("b"), [[-1, 1], [2, 0.5], [-1, 0.25]])


def test_ties_go_to_the_first_piece():
    layer = with_params(Maxout(1, 1, 3), W=[[[1], [1], [0]]], b=[[0, 0, -9]])
    _, backprop = layer.begin_update(numpy.ones((1, 1), dtype="f"))
    backprop(numpy.ones((1, 1), dtype="f"))
    assert layer.get_grad("b").tolist() == [[1, 0, 0]]


@pytest.mark.parametrize("piece", [0, 1, 2])
def test_nan_in_any_piece_propagates(piece):
    b = numpy.zeros((1, 3), dtype="f")
    b[0, piece] = numpy.nan
    layer = with_params(Maxout(1, 1, 3), W=numpy.ones((1, 3, 1)), b=b)
    assert numpy.isnan(layer.predict(numpy.ones((1, 1), dtype="f")))


def test_a_gradient_of_another_shape_is_refused():
    layer = with_params(Maxout(3, 2, 2), W=W, b=B)
    _, backprop = layer.begin_update(X)
    with pytest.raises(ValueError):
        backprop(numpy.ones((2, 9), dtype="f"))
    assert layer.grad_names == ()


def test_seeded_weights():
    fix_random_seed(0)
    close(Maxout(1, 2, 2).initialize().get_param("W"), [[[0.13807, 0.60865], [0.29066, 0.12695]]])


def test_the_number_of_pieces_must_be_known():
    with pytest.raises(ValueError, match="Cannot get dimension 'nP' for model 'maxout': value unset"):
        Maxout(3, 2, None).initialize()


def test_layers_without_pieces_are_refused():
    with pytest.raises((ValueError, IndexError)):
        Maxout(3, 2, 0).initialize().predict(X)

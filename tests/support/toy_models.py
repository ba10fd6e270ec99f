"""Small models written out in full, for tests of `Model` that should not depend on the layers."""

import numpy

from thinc.model import Model


def node(name, *layers, **kwargs):
    """A named node that does nothing."""
    return Model(name, identity, layers=list(layers), **kwargs)


def identity(model, X, is_train):
    return X, lambda dY: dY


def affine(nO=None, nI=None, **kwargs):
    """`Y = X W^T`, initialized with a ramp."""
    return Model(
        "affine", affine_forward, init=affine_init, dims={"nO": nO, "nI": nI}, params={"W": None}, **kwargs
    )


def affine_forward(model, X, is_train):
    W = model.get_param("W")
    if X.shape[1] != W.shape[1]:
        raise ValueError(f"affine: X must have {W.shape[1]} columns; got {X.shape[1]}")

    def backprop(dY):
        model.inc_grad("W", dY.T @ X)
        return dY @ W

    return X @ W.T, backprop


def affine_init(model, X=None, Y=None):
    if X is not None:
        model.set_dim("nI", X.shape[1])
    if Y is not None:
        model.set_dim("nO", Y.shape[1])
    shape = (model.get_dim("nO"), model.get_dim("nI"))
    model.set_param("W", numpy.linspace(-1, 1, shape[0] * shape[1], dtype="f").reshape(shape))


def sequence(*layers):
    """One layer after the other."""
    return Model("sequence", sequence_forward, init=sequence_init, layers=list(layers))


def sequence_forward(model, X, is_train):
    callbacks = []
    for layer in model.layers:
        X, callback = layer(X, is_train=is_train)
        callbacks.append(callback)

    def backprop(dY):
        for callback in reversed(callbacks):
            dY = callback(dY)
        return dY

    return X, backprop


def sequence_init(model, X=None, Y=None):
    for layer in model.layers:
        layer.initialize(X=X)
        if X is not None:
            X = layer.predict(X)


def names(models):
    return " ".join(model.name for model in models)

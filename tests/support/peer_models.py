"""Models that another release of this library builds too, to exchange saved models with it.

Run by the other interpreter, this file is the whole program: `save FOLDER` writes every model and
what it predicts, `resave FOLDER` loads what it finds there and writes it again.
"""

import sys
from pathlib import Path

import numpy

from thinc import layers
from thinc.model import Model
from thinc.types import Ragged

SENTENCES = [numpy.asarray([[1, 2], [3, 4]], "uint64"), numpy.asarray([[5, 6]], "uint64")]
ROWS = numpy.linspace(-2, 2, 20, dtype="f").reshape(5, 4)


def shared():
    one = layers.Linear(4, 4)
    return layers.chain(one, layers.Relu(4, 4), one)


def with_refs():
    model = layers.chain(layers.Linear(4, 4), layers.Relu(3, 4))
    model.set_ref("first", model.layers[0])
    model.set_ref("none", None)
    return model


def with_attrs():
    model = layers.Linear(4, 4)
    model.attrs.update(
        none=None, flag=True, ints=[0, -1, 300, 2**40], text="ä", data=b"b", table={1: "a", "b": 2.5}
    )
    model.attrs.update(array=numpy.arange(3), scalar=numpy.float32(2), skipped={1, 2}, function=len)
    return model


def with_odd_params():
    arrays = {
        "double": numpy.arange(6, dtype="d").reshape(2, 3),
        "ints": numpy.arange(3),
        "flags": numpy.asarray([True, False]),
        "empty": numpy.zeros((0, 3), "f"),
        "zero_dim": numpy.asarray(1.5, "f"),
        "fortran": numpy.asfortranarray(numpy.arange(6, dtype="f").reshape(2, 3)),
        "unset": None,
    }
    return Model("odd", lambda model, X, is_train: (X, None), params=arrays)


def tok2vec():
    columns = [layers.HashEmbed(4, 50, column=i, seed=i) for i in range(2)]
    window = layers.chain(layers.expand_window(1), layers.Maxout(4, 12, normalize=True, dropout=0.1))
    return layers.chain(
        layers.list2ragged(),
        layers.with_array(
            layers.chain(layers.concatenate(*columns), layers.Maxout(4, 8), layers.residual(window))
        ),
        layers.ragged2list(),
    )


MODELS = {
    "linear": (lambda: layers.Linear(3, 4), ROWS),
    "nested": (
        lambda: layers.chain(layers.chain(layers.Linear(3, 4), layers.Mish(3, 3)), layers.Softmax(2, 3)),
        ROWS,
    ),
    "normalized": (lambda: layers.Relu(3, 4, normalize=True, dropout=0.2), ROWS),
    "sum": (lambda: layers.add(layers.Linear(3, 4), layers.Maxout(3, 4)), ROWS),
    "shared": (shared, ROWS),
    "refs": (with_refs, ROWS),
    "attrs": (with_attrs, ROWS),
    "odd": (with_odd_params, ROWS),
    "reduced": (
        lambda: layers.chain(layers.reduce_mean(), layers.Linear(2, 4)),
        Ragged(ROWS, numpy.asarray([2, 3], "i")),
    ),
    "tok2vec": (tok2vec, SENTENCES),
    "embed": (
        lambda: layers.chain(layers.Embed(3, 9, column=0, dropout=0.1), layers.Linear(2, 3)),
        SENTENCES[0].astype("i"),
    ),
    "embeds": (lambda: layers.Embed(3, 9, dropout=0.1), numpy.arange(5)),
    "unset": (lambda: layers.chain(layers.Linear(), layers.Relu()), None),
}


def build(name):
    """The model with a ramp in every parameter that has been allocated."""
    make, X = MODELS[name]
    model = make()
    if X is not None and name != "odd":
        model.initialize()
    for node in model.walk():
        for param in node.param_names:
            if node.has_param(param) and name != "odd":
                shape = node.get_param(param).shape
                ramp = numpy.arange(numpy.prod(shape), dtype="f").reshape(shape) * 0.25
                node.set_param(param, (ramp % 7 - 3 + (param == "b")).astype("f"))
    return model


def predict(name, model):
    """What the model makes of its example, as one array."""
    X = MODELS[name][1]
    if X is None:
        return numpy.zeros(0, "f")
    Y = model.predict(X)
    return numpy.vstack(Y) if isinstance(Y, list) else numpy.asarray(getattr(Y, "data", Y))


def main(command, folder):
    folder = Path(folder)
    for name in MODELS:
        model = build(name)
        if command == "resave":
            model.from_disk(folder / name)
        (folder / name).write_bytes(model.to_bytes())
        numpy.save(folder / f"{name}.npy", predict(name, model))


if __name__ == "__main__":
    main(*sys.argv[1:])

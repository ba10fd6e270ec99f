"""Which package is a function from? Functions of Python's standard library, told apart by their words.

The corpus is on every machine that can run this. Whole files are held out, so names that occur in a single
file do not help. Two models: the sum of weights of the words (`--model words`), or embedded words, each
seen with its neighbours and weighted by learnt attention (`--model attention`).

    python examples/text_classifier.py --model words
"""

import argparse
import ast
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy
from loop import accuracy, most_frequent, train

from thinc.api import (
    Adam,
    CategoricalCrossentropy,
    HashEmbed,
    Maxout,
    Model,
    ParametricAttention,
    Softmax,
    SparseLinear_v2,
    chain,
    expand_window,
    list2ragged,
    reduce_sum,
    residual,
    softmax_activation,
    strings2arrays,
    with_array,
)

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
LONGEST = 200  # words of a function that are read


def functions(folder: Path, packages: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Package, file and words of every function in some packages; the words of a name are told apart."""
    for package in packages:
        for path in sorted((folder / package).rglob("*.py")):
            if {"test", "tests", "idle_test"}.isdisjoint(path.parts):
                text = path.read_text(encoding="utf8", errors="replace")
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        source = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
                        words = [word.lower() for word in WORD.findall(source)][:LONGEST]
                        if len(words) > 5:
                            yield package, path.name, words


def words_model(n_classes: int) -> Model:
    """A linear model of the words in a function, whatever their order."""

    def forward(model: Model, Xs: list, is_train: bool) -> tuple:
        keys = model.ops.flatten([X.reshape((-1,)) for X in Xs])
        lengths = numpy.array([len(X) for X in Xs], dtype="int32")
        values = numpy.repeat((1.0 / lengths).astype("float32"), lengths)
        return (keys, values, lengths), lambda dY: []

    return chain(
        strings2arrays(),
        Model("counts", forward),
        SparseLinear_v2(n_classes, 2**14),
        softmax_with_logits(),
    )


def softmax_with_logits() -> Model:
    """Softmax without weights, whose backprop takes the gradient of the logits, as the loss gives it."""
    normalize = softmax_activation()

    def forward(model: Model, X: numpy.ndarray, is_train: bool) -> tuple:
        return normalize.predict(X), lambda dY: dY

    return Model("softmax", forward)


def attention_model(n_classes: int, width: int, dropout: float) -> Model:
    """Embedded words, mixed with their neighbours, summed with learnt weights."""
    window = chain(expand_window(1), with_array(Maxout(width, normalize=True, dropout=dropout)))
    return chain(
        strings2arrays(),
        list2ragged(),
        with_array(
            chain(HashEmbed(width, 5000, column=0, seed=1), Maxout(width, normalize=True, dropout=dropout))
        ),
        residual(window),
        ParametricAttention(width),
        reduce_sum(),
        Softmax(n_classes),
    )


def main(argv: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    packages = (
        "asyncio ctypes distutils email http importlib json logging multiprocessing tkinter unittest xml"
    )
    parser.add_argument("--packages", nargs="+", default=packages.split())
    parser.add_argument("--model", choices=["words", "attention"], default="attention")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)

    found = list(functions(Path(sysconfig.get_paths()["stdlib"]), args.packages))
    labels = sorted({package for package, _, _ in found})
    # Every third file of a package is held out.
    order = {}
    for package, name, _ in found:
        order.setdefault((package, name), len([1 for key in order if key[0] == package]))
    parts: dict[bool, tuple[list, list]] = {False: ([], []), True: ([], [])}
    for package, name, words in found:
        X, Y = parts[order[package, name] % 3 == 1]
        X.append(words)
        Y.append(labels.index(package))
    (train_X, train_Y), (dev_X, dev_Y) = ((X, numpy.array(Y)) for X, Y in parts.values())
    counts = ", ".join(f"{labels[i]} {n}" for i, n in sorted(Counter(train_Y.tolist()).items()))
    print(f"{len(train_X)} functions to learn from, {len(dev_X)} held out: {counts}")

    if args.model == "words":
        model, optimizer = words_model(len(labels)), Adam(0.1)
    else:
        model, optimizer = attention_model(len(labels), args.width, args.dropout), Adam(0.002)
    loss = CategoricalCrossentropy()
    settings = {"epochs": args.epochs, "batch_size": 32, "seed": args.seed}
    for line in train(model, train_X, train_Y, loss, optimizer, **settings):
        print(line)
    score = accuracy(model, dev_X, dev_Y, optimizer)
    print(
        f"right: {score:.1%} of the held-out functions (always the same package: {most_frequent(dev_Y):.1%})"
    )
    return score


if __name__ == "__main__":
    main()

"""Handwritten digits with two dense layers: 1797 images of 8 x 8 pixels, which scikit-learn brings along.

python examples/digits_mlp.py --epochs 20 --width 128
"""

import argparse
from collections.abc import Sequence

import numpy
from loop import accuracy, most_frequent, train

from thinc.api import Adam, CategoricalCrossentropy, Model, Relu, Softmax, chain


def digits_model(width: int, dropout: float) -> Model:
    return chain(
        Relu(width, dropout=dropout, normalize=True),
        Relu(width, dropout=dropout, normalize=True),
        Softmax(10),
    )


def main(argv: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--learn-rate", type=float, default=0.003)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SystemExit("digits_mlp.py needs scikit-learn for its data: pip install scikit-learn") from None

    data = load_digits()
    order = numpy.random.RandomState(0).permutation(len(data.target))
    X, Y = (data.data[order] / 16).astype("float32"), data.target[order]
    n_train = len(X) * 4 // 5
    print(f"{n_train} digits to learn from, {len(X) - n_train} held out")

    model = digits_model(args.width, args.dropout)
    optimizer = Adam(args.learn_rate)
    loss = CategoricalCrossentropy()
    settings = {"epochs": args.epochs, "batch_size": 64, "seed": args.seed}
    for line in train(model, X[:n_train], Y[:n_train], loss, optimizer, **settings):
        print(line)
    score = accuracy(model, X[n_train:], Y[n_train:], optimizer)
    print(f"right: {score:.1%} of the held-out digits (always the same digit: {most_frequent(Y):.1%})")
    return score


if __name__ == "__main__":
    main()

"""A PyTorch module as one layer of a model: two spirals, told apart.

The module learns with this library's optimizer, next to layers that are not PyTorch's.

    python examples/pytorch_module.py --epochs 60
"""

import argparse
from collections.abc import Sequence

import numpy
from loop import accuracy, most_frequent, train

from thinc.api import Adam, CategoricalCrossentropy, Model, PyTorchWrapper_v3, Relu, Softmax, chain

try:
    import torch
except ImportError:
    torch = None


def spirals(n: int, turns: float = 1.5) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Points (n, 2) on two spirals, with some noise, and which of them each is on."""
    draw = numpy.random.RandomState(0)
    Y = numpy.arange(n) % 2
    radius = numpy.sqrt(draw.uniform(0.05, 1, n))
    angle = radius * turns * 2 * numpy.pi + Y * numpy.pi
    X = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=1)
    return (X + draw.normal(0, 0.02, X.shape)).astype("float32"), Y


def spiral_model(width: int) -> Model:
    module = torch.nn.Sequential(
        torch.nn.Linear(width, width), torch.nn.GELU(), torch.nn.Linear(width, width)
    )
    wrapped = PyTorchWrapper_v3(module)
    return chain(Relu(width, 2), wrapped, Relu(width, width), Softmax(2, width))


def main(argv: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    if torch is None:
        raise SystemExit("pytorch_module.py needs PyTorch: pip install torch")

    X, Y = spirals(args.points)
    n_train = len(X) * 3 // 4
    print(f"{n_train} points to learn from, {len(X) - n_train} held out")
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # for products as small as these, others are in the way
    model = spiral_model(args.width)
    optimizer = Adam(0.003)
    loss = CategoricalCrossentropy()
    settings = {"epochs": args.epochs, "batch_size": 50, "seed": args.seed}
    for line in train(model, X[:n_train], Y[:n_train], loss, optimizer, **settings):
        print(line)
    score = accuracy(model, X[n_train:], Y[n_train:], optimizer)
    print(f"right: {score:.1%} of the held-out points (always the same spiral: {most_frequent(Y):.1%})")
    return score


if __name__ == "__main__":
    main()

"""A tagger that reads each sentence in both directions: a bidirectional LSTM over embedded words.

Same words and tags as in `cnn_tagger.py`. The LSTM works on sequences side by side, padded; `with_padded`
gets them there from a list and back.

    python examples/lstm_tagger.py --words 200000
"""

import argparse
from collections.abc import Sequence

from tagging import add_arguments, learn, read

from thinc.api import (
    LSTM,
    Adam,
    HashEmbed,
    Maxout,
    Model,
    Softmax,
    chain,
    concatenate,
    list2array,
    with_array,
    with_padded,
)


def lstm_tagger(width: int, depth: int, n_tags: int, dropout: float) -> Model:
    """From sentences, uint64 (words, 4) each, to float (all words, n_tags)."""
    rows = (5000, 2500, 2500, 2500)
    features = [HashEmbed(width, n, column=i, seed=i + 1) for i, n in enumerate(rows)]
    return chain(
        with_array(chain(concatenate(*features), Maxout(width, normalize=True, dropout=dropout))),
        with_padded(LSTM(width, width, bi=True, depth=depth, dropout=dropout)),
        list2array(),
        Softmax(n_tags),
    )


def main(argv: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--depth", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.1)
    args = parser.parse_args(argv)
    data = read(args)
    print(data)

    model = lstm_tagger(args.width, args.depth, len(data.tags), args.dropout)
    return learn(model, data, Adam(0.002), args)


if __name__ == "__main__":
    main()

"""A tagger of convolutions over words, as in `python -m thinc demo`, but with the model in plain sight.

The words are the tokens of Python's standard library, their tags what they do there; CoNLL-U files work too.

    python examples/cnn_tagger.py --words 200000
    python examples/cnn_tagger.py --train train.conllu --dev dev.conllu
"""

import argparse
from collections.abc import Sequence

from tagging import add_arguments, learn, read

from thinc.api import (
    Adam,
    HashEmbed,
    Maxout,
    Model,
    Softmax,
    chain,
    clone,
    concatenate,
    expand_window,
    list2array,
    list2ragged,
    ragged2list,
    residual,
    with_array,
)


def cnn_tagger(width: int, depth: int, n_tags: int, dropout: float) -> Model:
    """From sentences, uint64 (words, 4) each, to float (all words, n_tags).

    Every convolution shows a word its neighbours, so with `depth` of them it sees that far.
    """
    rows = (5000, 2500, 2500, 2500)
    features = [HashEmbed(width, n, column=i, seed=i + 1) for i, n in enumerate(rows)]
    window = chain(expand_window(1), with_array(Maxout(width, normalize=True, dropout=dropout)))
    return chain(
        list2ragged(),
        with_array(chain(concatenate(*features), Maxout(width, normalize=True, dropout=dropout))),
        clone(residual(window), depth),
        with_array(Softmax(n_tags)),
        ragged2list(),
        list2array(),
    )


def main(argv: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--dropout", type=float, default=0.1)
    args = parser.parse_args(argv)
    data = read(args)
    print(data)

    model = cnn_tagger(args.width, args.depth, len(data.tags), args.dropout)
    return learn(model, data, Adam(0.001), args)


if __name__ == "__main__":
    main()

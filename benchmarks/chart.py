"""The speed chart of the README, from what `python -m thinc bench --json FILE` has written.

python benchmarks/chart.py benchmarks/speed.json docs/images/speed.svg
"""

import argparse
import json
from pathlib import Path

from thinc._svg import Bar, bars, document, text

# One row for each kind of work; the whole table is in the JSON file.
SHOWN = {
    "gemm 1000x288x384": "product 1000 x 288 x 384",
    "gemm 32x288x96": "product 32 x 288 x 96",
    "gelu": "gelu",
    "softmax": "softmax",
    "layer_norm": "layer norm",
    "maxout, 3 pieces": "maxout",
    "gather_add 8000x4x96": "embedding rows, added",
    "adam, 1M parameters": "Adam step",
    "LSTM 32x30x128": "LSTM",
    "tok2vec, 2000 tokens": "tok2vec, predict",
    "tok2vec, update": "tok2vec, update",
}


def chart(found):
    """Bars of how many times faster the kernels are than each peer, the NumPy reference last."""
    results = {each["name"]: each for each in found["results"]}
    peers = list({peer: None for each in results.values() for peer in each["faster_than"]})
    peers.sort(key=lambda peer: (peer == "reference", peer))
    names = {"reference": "NumPy", "torch": "PyTorch"}
    lines = []
    for name, label in SHOWN.items():
        ratios = [results[name]["faster_than"].get(peer) for peer in peers]
        lines.append(Bar(label, ratios, ["" if ratio is None else f"{ratio:.1f}x" for ratio in ratios]))
    body, height = bars(lines, [names.get(peer, peer) for peer in peers], width=720)
    title = "How many times faster than"
    shifted = f'{text(16, 18, title, kind="title")}<g transform="translate(0 24)">{body}</g>'
    return document(shifted, 720, height + 24, title=title)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    args.output.write_text(chart(json.loads(args.results.read_text(encoding="utf8"))), encoding="utf8")


if __name__ == "__main__":
    main()

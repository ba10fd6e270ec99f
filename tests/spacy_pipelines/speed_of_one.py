"""Words per second of a spaCy pipeline on the thinc that this interpreter has; prints one line of JSON.

    python speed_of_one.py MODEL CORPUS.spacy [--words N] [--seconds S]

`pipe` runs the whole pipeline over texts that are already tokenised, `tok2vec` predicts with the shared
encoder 2,000 words at a time, `update` trains with batches of about 1,000 words. Each is repeated for S
seconds of processor time after a first round that does not count; the best round is reported, since what
disturbs a round only adds.
"""

import argparse
import json
import time
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Example

import thinc
from thinc.api import fix_random_seed


def read(nlp, path, words):
    """Documents of about that many words in all."""
    docs = []
    for doc in DocBin().from_disk(path).get_docs(nlp.vocab):
        docs.append(doc)
        words -= len(doc)
        if words <= 0:
            break
    return docs


def bare(doc):
    """The words of a document without what is known about them."""
    return Doc(
        doc.vocab, words=[token.text for token in doc], spaces=[bool(token.whitespace_) for token in doc]
    )


def batches(docs, size):
    """Lists of documents of at least `size` words, as long as they last."""
    batch, words = [], 0
    for doc in docs:
        batch.append(doc)
        words += len(doc)
        if words >= size:
            yield batch
            batch, words = [], 0
    if batch:
        yield batch


def best_rate(step, docs, seconds, prepare):
    """Words per second of the fastest of the rounds that fit into the time; at least three."""
    total = sum(len(doc) for doc in docs)
    step(prepare(docs))
    rates = []
    end = time.process_time() + seconds
    while len(rates) < 3 or time.process_time() < end:
        inputs = prepare(docs)
        start = time.process_time()
        step(inputs)
        rates.append(total / (time.process_time() - start))
    return max(rates)


def measure(model, corpus, words, seconds):
    nlp = spacy.load(model)
    docs = read(nlp, corpus, words)

    def bare_all(docs):
        return [bare(doc) for doc in docs]

    def pipe(docs):
        for _ in nlp.pipe(docs):
            pass

    encoder = nlp.get_pipe("tok2vec").model

    def tok2vec(docs):
        for batch in batches(docs, 2000):
            encoder.predict(batch)

    rates = {
        "pipe": best_rate(pipe, docs, seconds, bare_all),
        "tok2vec": best_rate(tok2vec, docs, seconds, bare_all),
    }
    fix_random_seed(0)
    optimizer = nlp.resume_training()

    def update(examples):
        for batch in examples:
            nlp.update(batch, sgd=optimizer, drop=0.1)

    def examples_of(docs):
        return [[Example(bare(doc), doc) for doc in batch] for batch in batches(docs, 1000)]

    rates["update"] = best_rate(update, docs[: len(docs) // 2], seconds, examples_of)
    return {"thinc": thinc.__version__, "words": sum(map(len, docs)), **rates}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--words", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5)
    args = parser.parse_args()
    print(json.dumps(measure(args.model, args.corpus, args.words, args.seconds)))

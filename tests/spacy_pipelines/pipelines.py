"""Build, train and apply spaCy pipelines; the same code runs in the tests and, as a script, on another thinc.

python pipelines.py train CORPUS.spacy OUTPUT [--beam]
python pipelines.py predict MODEL CORPUS.spacy OUTPUT.json [--processes N] [--start-method M]
"""

import argparse
import json
import multiprocessing
from pathlib import Path

import spacy
from spacy.kb import InMemoryLookupKB
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example

from thinc.api import Config, fix_random_seed

CONFIG = Path(__file__).with_name("all_components.cfg")
WIDTH = 16  # of the vectors in the knowledge base


def read(vocab, path):
    """The documents of a corpus, with entities, spans and categories made up from their tags."""
    docs = list(DocBin().from_disk(path).get_docs(vocab))
    for doc in docs:
        doc.ents = [Span(doc, start, end, "NAME", kb_id=linked(doc[start].text)) for start, end in names(doc)]
        doc.spans["things"] = [Span(doc, token.i, token.i + 2, "THING") for token in doc if is_thing(token)]
        asks = any(token.text == "?" for token in doc)
        doc.cats = {"QUESTION": float(asks), "STATEMENT": float(not asks)}
    return docs


def names(doc):
    """Runs of proper nouns, as pairs of start and end, at most three words long."""
    start = None
    for token in doc:
        if token.pos_ == "PROPN" and start is None:
            start = token.i
        if start is not None and (token.pos_ != "PROPN" or token.i - start == 3 or token.is_sent_start):
            if token.i > start:
                yield start, token.i
            start = token.i if token.pos_ == "PROPN" else None


def is_thing(token):
    return token.pos_ == "DET" and token.i + 1 < len(token.doc) and token.nbor().pos_ == "NOUN"


def linked(name):
    """The made-up identity of a name."""
    return f"Q{ord(name[0].lower()) % 7}"


def knowledge_of(docs):
    """A function that makes a knowledge base in which each name may be two entities."""
    aliases = sorted({entity.text for doc in docs for entity in doc.ents})

    def make(vocab):
        base = InMemoryLookupKB(vocab, entity_vector_length=WIDTH)
        vectors = [[float(i == j) for j in range(WIDTH)] for i in range(8)]
        base.set_entities([f"Q{i}" for i in range(8)], [1] * 8, vectors)
        for alias in aliases:
            base.add_alias(alias, [linked(alias), "Q7"], [0.5, 0.4])
        return base

    return make


def untrained(docs, config=CONFIG):
    """The pipeline of a config, initialised with these documents."""
    fix_random_seed(0)
    nlp = spacy.util.load_model_from_config(Config().from_disk(config), auto_fill=True, validate=True)
    if "entity_linker" in nlp.pipe_names:
        nlp.get_pipe("entity_linker").set_kb(knowledge_of(docs))
    nlp.initialize(lambda: examples(nlp, docs))
    return nlp


def beam_pipeline(docs):
    """A pipeline whose parser and entity recogniser search with a beam."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    search = {"beam_width": 8, "beam_density": 0.01, "beam_update_prob": 1.0}
    nlp.add_pipe("beam_parser", config={**search, "min_action_freq": 1})
    nlp.add_pipe("beam_ner", config=search)
    nlp.initialize(lambda: examples(nlp, docs))
    return nlp


def bare(vocab, doc):
    """The words of a document without what is known about them."""
    return Doc(vocab, words=[token.text for token in doc], spaces=[bool(token.whitespace_) for token in doc])


def examples(nlp, docs):
    return [Example(bare(nlp.vocab, doc), doc) for doc in docs]


def train(nlp, docs, epochs=16, batch_size=8):
    """Train; returns the losses of each epoch, by component."""
    optimizer = nlp.resume_training()
    history = []
    for _ in range(epochs):
        losses = {}
        for start in range(0, len(docs), batch_size):
            nlp.update(
                examples(nlp, docs[start : start + batch_size]), sgd=optimizer, drop=0.1, losses=losses
            )
        history.append(losses)
    return history


def annotations(doc):
    """All that a pipeline said about a document, as JSON."""
    found = {
        "words": [token.text for token in doc],
        "tags": [token.tag_ for token in doc],
        "morphs": [str(token.morph) for token in doc],
        "poses": [token.pos_ for token in doc],
        "heads": [token.head.i for token in doc],
        "relations": [token.dep_ for token in doc],
        "starts": [token.is_sent_start for token in doc],
        "entities": [(ent.start, ent.end, ent.label_, ent.kb_id_) for ent in doc.ents],
        "categories": dict(doc.cats),
    }
    spans = doc.spans.get("things", [])
    scores = spans.attrs.get("scores", []) if spans else []
    found["things"] = [(span.start, span.end, span.label_) for span in spans]
    found["thing_scores"] = [float(score) for score in scores]
    return json.loads(json.dumps(found))


def predictions(nlp, docs, **options):
    return [annotations(doc) for doc in nlp.pipe([bare(nlp.vocab, doc) for doc in docs], **options)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    trainer = commands.add_parser("train")
    trainer.add_argument("corpus", type=Path)
    trainer.add_argument("output", type=Path)
    trainer.add_argument("--beam", action="store_true")
    predictor = commands.add_parser("predict")
    predictor.add_argument("model", type=Path)
    predictor.add_argument("corpus", type=Path)
    predictor.add_argument("output", type=Path)
    predictor.add_argument("--processes", type=int, default=1)
    predictor.add_argument("--start-method", choices=multiprocessing.get_all_start_methods())
    predictor.add_argument("--without", nargs="*", default=[], help="components to leave out")
    args = parser.parse_args()
    if args.command == "train":
        docs = read(spacy.blank("en").vocab, args.corpus)
        nlp = beam_pipeline(docs) if args.beam else untrained(docs)
        train(nlp, docs)
        nlp.to_disk(args.output)
        return
    if args.start_method:
        multiprocessing.set_start_method(args.start_method)
    nlp = spacy.load(args.model, exclude=args.without)
    found = predictions(nlp, read(nlp.vocab, args.corpus), n_process=args.processes, batch_size=4)
    args.output.write_text(json.dumps(found))


if __name__ == "__main__":
    main()

"""A corpus and two trained pipelines, made once per run. Everything here needs spaCy."""

import pytest


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A folder with train.spacy and dev.spacy."""
    from .text import write

    return write(tmp_path_factory.mktemp("corpus"), count=300)


@pytest.fixture(scope="session")
def docs(corpus):
    """The annotated training documents."""
    import spacy

    from .pipelines import read

    return read(spacy.blank("en").vocab, corpus / "train.spacy")


@pytest.fixture(scope="session")
def trained(docs):
    """A pipeline with all components, and its losses by epoch."""
    from .pipelines import train, untrained

    nlp = untrained(docs)
    return nlp, train(nlp, docs)


@pytest.fixture(scope="session")
def saved(trained, tmp_path_factory):
    """The folder of that pipeline."""
    path = tmp_path_factory.mktemp("models") / "all"
    trained[0].to_disk(path)
    return path

"""spaCy pipelines with all kinds of components, trained, saved, loaded and run in several processes."""

import csv
import hashlib
import importlib.metadata
import json
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from thinc.backends.cblas import CBlas

import thinc

spacy = pytest.importorskip("spacy", reason="needs spaCy: make spacy-quick")
from . import pipelines  # noqa: E402

COMPONENTS = ["tok2vec", "tagger", "morphologizer", "parser", "ner", "entity_linker", "textcat", "spancat"]
SCRIPT = Path(pipelines.__file__)


@pytest.fixture(scope="module")
def unseen(corpus):
    return pipelines.read(spacy.blank("en").vocab, corpus / "dev.spacy")[:8]


def test_spacy_is_the_released_wheel():
    """Every compiled module has the bytes that its wheel came with."""
    files = importlib.metadata.files("spacy")
    record = next(file for file in files if file.name == "RECORD")
    rows = csv.reader(record.read_text().splitlines())
    hashes = {name: digest for name, digest, _ in rows if name.endswith((".so", ".pyd"))}
    assert len(hashes) > 40
    for name, digest in hashes.items():
        found = hashlib.sha256((record.locate().parents[1] / name).read_bytes())
        assert digest == "sha256=" + urlsafe_b64encode(found.digest()).rstrip(b"=").decode(), name


def test_spacy_imports_without_a_warning():
    """Above all none about the sizes of types: that would be another layout than it was built for."""
    code = "import spacy, spacy.cli, spacy.ml.models, spacy.pipeline, spacy.kb, spacy.training"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_spacy_is_given_this_library():
    assert thinc.__version__ == importlib.metadata.version("thinc")
    assert isinstance(spacy.util.get_current_ops().cblas(), CBlas)


def test_every_component_learns(trained):
    nlp, history = trained
    assert nlp.pipe_names == COMPONENTS
    for name in COMPONENTS[1:]:  # the loss of tok2vec is the size of the gradient that it was sent
        assert history[-1][name] < 0.95 * history[0][name], name


def test_a_trained_pipeline_knows_its_training_text(trained, docs):
    nlp, _ = trained
    scores = nlp.evaluate(pipelines.examples(nlp, docs))
    for name in ["tag_acc", "morph_acc", "dep_uas", "ents_f", "nel_micro_f", "spans_things_f"]:
        assert scores[name] > 0.7, (name, scores[name])


def test_a_saved_pipeline_predicts_the_same(trained, saved, unseen):
    nlp, _ = trained
    assert pipelines.predictions(spacy.load(saved), unseen) == pipelines.predictions(nlp, unseen)


def test_bytes_of_a_pipeline_hold_all_of_it(trained, saved, unseen):
    nlp, _ = trained
    copy = spacy.load(saved).from_bytes(nlp.to_bytes())
    assert pipelines.predictions(copy, unseen) == pipelines.predictions(nlp, unseen)


def test_predictions_of_a_text_do_not_depend_on_its_neighbours(trained, unseen):
    nlp, _ = trained
    alone = [pipelines.predictions(nlp, [doc])[0] for doc in unseen]
    assert pipelines.predictions(nlp, unseen, batch_size=3) == alone


def test_training_twice_gives_the_same_bits(docs):
    def weights():
        nlp = pipelines.untrained(docs)
        pipelines.train(nlp, docs, epochs=1)
        return {name: pipe.model.to_bytes() for name, pipe in nlp.pipeline if hasattr(pipe, "model")}

    assert weights() == weights()


def predict(model, corpus, output, *options):
    """Predictions made by a process of its own, which ends in time."""
    command = [
        sys.executable,
        str(SCRIPT),
        "predict",
        str(model),
        str(corpus / "dev.spacy"),
        str(output),
        *options,
    ]
    subprocess.run(command, check=True, timeout=120)
    return json.loads(output.read_text())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_two_forked_processes_agree_with_one(saved, corpus, tmp_path):
    alone = predict(saved, corpus, tmp_path / "one")
    assert predict(saved, corpus, tmp_path / "two", "--processes", "2", "--start-method", "fork") == alone


def test_two_spawned_processes_agree_with_one(saved, corpus, tmp_path):
    without = [
        "--without",
        "entity_linker",
    ]  # holds a local function, which cannot be sent to another process
    alone = predict(saved, corpus, tmp_path / "one", *without)
    options = ["--processes", "2", "--start-method", "spawn", *without]
    assert predict(saved, corpus, tmp_path / "two", *options) == alone


def test_beam_search_learns_and_survives_saving(docs, unseen, tmp_path):
    docs = docs[:40]
    nlp = pipelines.beam_pipeline(docs)
    pipelines.train(nlp, docs, epochs=8)
    scores = nlp.evaluate(pipelines.examples(nlp, docs))
    assert scores["dep_uas"] > 0.3
    assert scores["ents_f"] > 0.7
    nlp.to_disk(tmp_path / "beam")
    found = pipelines.predictions(nlp, unseen)
    assert pipelines.predictions(spacy.load(tmp_path / "beam"), unseen) == found
    assert all(len(set(each["heads"])) > 1 for each in found)


def test_beams_of_entities_have_probabilities(docs):
    nlp = pipelines.beam_pipeline(docs)
    pipelines.train(nlp, docs[:50], epochs=1)
    bare = [pipelines.bare(nlp.vocab, doc) for doc in docs[:5]]
    ner = nlp.get_pipe("beam_ner")
    beams = ner.predict(bare)
    for beam in beams:
        assert sum(beam.probs) == pytest.approx(1)
        assert beam.scores == sorted(beam.scores, reverse=True)
    for scores in ner.scored_ents(beams):
        assert all(0 <= score <= 1 + 1e-6 for score in scores.values())

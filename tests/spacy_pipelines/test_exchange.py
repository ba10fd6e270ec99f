"""Pipelines that one library trained, applied by the other.

THINC_SPACY_PEER names the interpreter of an environment with the same spaCy and another thinc.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

spacy = pytest.importorskip("spacy", reason="needs spaCy: make spacy-quick")
from . import pipelines  # noqa: E402

SCRIPT = Path(pipelines.__file__)
PEER = os.environ.get("THINC_SPACY_PEER", "")
INTERPRETERS = {"ours": sys.executable, "theirs": PEER}
EXACT = ["words", "tags", "morphs", "poses", "heads", "relations", "starts", "entities", "things"]

pytestmark = pytest.mark.skipif(not PEER, reason="THINC_SPACY_PEER names no interpreter: make spacy")


def run(who, *arguments):
    command = [INTERPRETERS[who], str(SCRIPT), *map(str, arguments)]
    subprocess.run(command, check=True, timeout=600, env={**os.environ, "PYTHONPATH": ""})


@pytest.fixture(scope="module", params=["ours", "theirs"])
def models(request, corpus, tmp_path_factory):
    """Two pipelines trained by one of the libraries: with all components, and with beam search."""
    folder = tmp_path_factory.mktemp(request.param)
    for name, options in {"all": [], "beam": ["--beam"]}.items():
        run(request.param, "train", corpus / "train.spacy", folder / name, *options)
    return folder


def test_the_peer_has_another_thinc(tmp_path):
    code = "import thinc; print(thinc.__version__)"
    commands = [[interpreter, "-c", code] for interpreter in INTERPRETERS.values()]
    assert len({subprocess.check_output(command, text=True, cwd=tmp_path) for command in commands}) == 2


@pytest.mark.parametrize("name", ["all", "beam"])
def test_both_predict_the_same(models, corpus, tmp_path, name):
    found = {}
    for who in INTERPRETERS:
        run(who, "predict", models / name, corpus / "dev.spacy", tmp_path / who)
        found[who] = json.loads((tmp_path / who).read_text())
    assert len(found["ours"]) > 20
    for ours, theirs in zip(found["ours"], found["theirs"], strict=True):
        for key in EXACT:
            assert ours[key] == theirs[key], key
        assert ours["categories"] == pytest.approx(theirs["categories"], abs=1e-4)
        assert ours["thing_scores"] == pytest.approx(theirs["thing_scores"], abs=1e-4)


def test_training_goes_on(models, docs):
    nlp = spacy.load(models / "all")
    history = pipelines.train(nlp, docs, epochs=2)
    assert history[-1]["tagger"] < history[0]["tagger"]

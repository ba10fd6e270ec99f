"""Models saved by release 8.3.14 load here and predict the same, and the reverse.

Set THINC_PEER_PYTHON to an interpreter that has that release.
"""

import os
import subprocess

import numpy
import pytest
from support import peer_models

PEER = os.environ.get("THINC_PEER_PYTHON")
pytestmark = pytest.mark.skipif(
    not PEER, reason="THINC_PEER_PYTHON names no interpreter with another release"
)


def run_peer(*arguments):
    subprocess.run([PEER, "-I", peer_models.__file__, *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """What the peer saved and predicted."""
    folder = tmp_path_factory.mktemp("theirs")
    run_peer("save", folder)
    return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """What we saved, loaded and saved again by the peer, with its predictions."""
    folder = tmp_path_factory.mktemp("ours")
    for name in peer_models.MODELS:
        (folder / name).write_bytes(peer_models.build(name).to_bytes())
    run_peer("resave", folder)
    return folder


def test_the_peer_is_another_release():
    command = "import thinc.about; print(thinc.about.__version__)"
    version = subprocess.run([PEER, "-I", "-c", command], check=True, capture_output=True, text=True).stdout
    assert version.strip() == "8.3.14"


@pytest.mark.parametrize("name", peer_models.MODELS)
def test_both_write_the_same_bytes(name, theirs):
    assert peer_models.build(name).to_bytes() == (theirs / name).read_bytes()


@pytest.mark.parametrize("name", peer_models.MODELS)
def test_we_load_theirs(name, theirs):
    data = (theirs / name).read_bytes()
    model = peer_models.MODELS[name][0]().from_bytes(data)
    assert model.to_bytes() == data
    expected = numpy.load(theirs / f"{name}.npy")
    numpy.testing.assert_allclose(peer_models.predict(name, model), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", peer_models.MODELS)
def test_they_load_ours(name, ours):
    model = peer_models.build(name)
    assert (ours / name).read_bytes() == model.to_bytes()
    expected = numpy.load(ours / f"{name}.npy")
    numpy.testing.assert_allclose(peer_models.predict(name, model), expected, rtol=1e-5, atol=1e-5)

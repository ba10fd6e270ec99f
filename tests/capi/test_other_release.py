"""A client built against these declaration files also runs, as it is, on another release of the library.

THINC_SPACY_PEER names the interpreter of an environment with that release and the same version of Python.
"""

import json
import os
import subprocess
import sys

import numpy
import pytest

PEER = os.environ.get("THINC_SPACY_PEER", "")
pytestmark = pytest.mark.skipif(not PEER, reason="THINC_SPACY_PEER names no interpreter: make spacy")

PROGRAM = """
import json, sys, warnings
warnings.simplefilter("error")
sys.path.insert(0, sys.argv[1])
import numpy, thinc, capi_client as client
from thinc.api import NumpyOps
from thinc.extra.search import MaxViolation

rng = numpy.random.default_rng(0)
table = NumpyOps().cblas()
A, B, C = (rng.integers(-5, 5, (6, 6)).astype("f") for _ in range(3))
client.product(table, A, B, C, True, False, 2, 1)
client.add_scaled(table, 0.5, A[0], C[0])
x, y = rng.random((2, 9)).astype("f")
vectors = {**client.of_vector(x, 2), **{"2 " + k: v for k, v in client.of_two_vectors(x, y, 2).items()}}
beams = []
for width in (3, 5):
    search = client.Search(4, width, length=3)
    search.begin()
    for step in range(3):
        scores = rng.random((width, 4)).astype("f")
        costs = rng.integers(0, 2, (width, 4)).astype("f")
        search.advance(scores, numpy.ones((width, 4), "i"), costs)
    beams.append(search)
violation = MaxViolation()
client.check(violation, beams[1].beam, beams[0].beam)
print(json.dumps({
    "version": thinc.__version__, "C": C.tolist(), "columns": [v.tolist() for v in client.of_columns(A, 0.5)],
    "gathered": client.gather(table, A, numpy.array([[0, 5], [1, 1]], "i")).tolist(),
    "vectors": {name: numpy.asarray(value).tolist() for name, value in vectors.items()},
    "beams": [search.fields() for search in beams], "violation": client.violation_fields(violation),
}))
"""


def run(interpreter, client_path, cwd):
    command = [interpreter, "-c", PROGRAM, str(client_path.parent)]
    env = {**os.environ, "PYTHONPATH": "" if interpreter == PEER else os.pathsep.join(sys.path)}
    return json.loads(subprocess.check_output(command, text=True, cwd=cwd, env=env))


def test_one_binary_gives_the_same_on_both_releases(client_path, tmp_path):
    ours, theirs = (run(interpreter, client_path, tmp_path) for interpreter in (sys.executable, PEER))
    assert ours.pop("version") != theirs.pop("version")
    for name in ["C", "gathered", "beams"]:
        assert ours[name] == theirs[name], name
    numpy.testing.assert_allclose(ours["columns"], theirs["columns"], rtol=1e-6)
    for name, value in theirs["violation"].items():
        assert ours["violation"][name] == (value if isinstance(value, list) else pytest.approx(value)), name
    for name, value in theirs["vectors"].items():
        numpy.testing.assert_allclose(ours["vectors"][name], value, rtol=1e-5, err_msg=name)

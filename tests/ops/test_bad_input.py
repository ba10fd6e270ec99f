"""Bad input: the right exception, the arguments as they were, the process alive; also under `python -O`.

Comparisons are made without `assert`, which the last test switches off.
"""

import os
import subprocess
import sys

import pytest
from numpy.testing import assert_array_equal, assert_equal
from ops.bad_input import REFUSED_ROWS
from ops.bad_input_tables import REFUSED_TABLES
from ops.unusual_input import COPED_WITH
from support.oracle import arrays, convert

REFUSED = [*REFUSED_ROWS, *REFUSED_TABLES]


def frozen(value):
    """A copy that keeps what arrays look like from outside: strides aside, also whether they are writable."""

    def copied(X):
        Y = X.copy()
        Y.flags.writeable = X.flags.writeable
        return Y

    return convert(value, copied)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.id)
def test_bad_input_is_refused_and_left_alone(ops, row):
    args, keywords = frozen((row.args, row.keywords))
    with pytest.raises(row.errors, match=row.words) as caught:
        getattr(ops, row.op)(*args, **keywords)
    assert_equal(type(caught.value) is AssertionError, False)
    given = (*row.args, *row.keywords.values())
    for X, Y in zip(arrays(given), arrays((*args, *keywords.values())), strict=True):
        assert_array_equal(X, Y)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.id)
def test_message_names_the_op(ops, row):
    args, keywords = frozen((row.args, row.keywords))
    with pytest.raises(row.errors, match=rf"^{row.op}\b"):
        getattr(ops, row.op)(*args, **keywords)


@pytest.mark.parametrize("row", COPED_WITH, ids=lambda row: row.id)
def test_unusual_input_gives_the_usual_result(ops, row):
    found, expected = row.found(ops), row.expected(ops)
    for X, Y in zip(arrays(found), arrays(expected), strict=True):
        assert_array_equal(X, Y)
        assert_equal(X.shape, Y.shape)


@pytest.mark.skipif(sys.flags.optimize > 0, reason="is running under -O")
def test_bad_input_is_refused_without_assertions():
    command = [sys.executable, "-O", "-m", "pytest", "-q", "-x", "-W", "ignore::pytest.PytestConfigWarning"]
    done = subprocess.run([*command, __file__], env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]

"""The layer table of the benchmark: its rows run, and are told apart by their names."""

import pytest

from thinc import api
from thinc.bench.layer_rows import ROWS
from thinc.layers import __all__ as LAYERS

SMALL = [row for row in ROWS if row.update and "2000x96" not in row.name]


def test_rows_have_names_of_their_own():
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", SMALL, ids=lambda row: row.layer)
def test_row_runs(row):
    row.make(api, api.NumpyOps())()


def test_layers_with_an_array_of_their_own_have_a_row():
    # Without a row: what wraps a framework, a tool of developers, or another spelling of a layer with one.
    without = {
        name for name in LAYERS if "Wrapper" in name or name.startswith(("PyTorch", "pytorch", "keras"))
    }
    without |= {"Logistic", "with_reshape", "with_debug", "with_nvtx_range", "with_signpost_interval"}
    assert {name for name in LAYERS if not any(name in row.name for row in ROWS)} - without == set()

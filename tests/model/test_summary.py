"""Tables of models."""

import io

import numpy
import pytest
from support.toy_models import affine, node, sequence

from thinc.layers import Linear, Relu, chain
from thinc.shims import Shim


def test_print_shows_an_outline_and_repr_stays():
    model = sequence(affine(3, 4), node("odd", affine()))
    assert str(model) == "sequence\n  affine (nO=3, nI=4)\n  odd\n    affine (nO=?, nI=?)"
    assert repr(model).startswith("<thinc.model.Model object")


def test_combinators_are_shown_by_their_kind():
    assert str(chain(Linear(2, 3), Relu(2, 2))).splitlines()[0] == "chain (nO=2, nI=3)"


def test_a_node_that_occurs_again_is_counted_once():
    shared = affine(2, 2).initialize()
    model = node("top", shared, shared)
    assert str(model).splitlines()[1:] == ["  affine (nO=2, nI=2)", "  affine (again) (nO=2, nI=2)"]
    assert model.summary().splitlines()[-1].split() == ["total", "16", "bytes", "4"]


def test_the_summary_lists_dims_shapes_and_counts():
    model = sequence(affine(3, 4), affine(2, 3)).initialize()
    lines = model.summary().splitlines()
    assert lines[0].split() == ["layer", "dims", "parameters", "count"]
    assert [cell.strip() for cell in lines[3].strip().split("  ") if cell] == [
        "affine",
        "nO=3, nI=4",
        "W (3, 4)",
        "12",
    ]
    assert lines[-1].split() == ["total", "72", "bytes", "18"]
    assert repr(model.summary()) == str(model.summary())


def test_unset_parameters_and_shims_are_named():
    text = node("a", params={"W": None}, shims=[Shim(None)]).summary()
    assert "W ?, Shim" in text


def test_a_sample_adds_outputs_and_times():
    model = sequence(affine(3, 4), node("uncalled")).initialize()
    model.layers[1]._func = lambda model, X, is_train: ([X, X], None)
    forwards = [member._func for member in model.walk()]
    text = model.summary(numpy.ones((5, 4), "f"))
    assert "float32 (5, 3)" in text
    assert "list of 2 float32 (5, 3)" in text
    assert float(text.splitlines()[2].split()[-1]) >= 0
    assert [member._func for member in model.walk()] == forwards


def test_a_failing_sample_leaves_the_forward_functions():
    model = affine(3, 4).initialize()
    forward = model._func
    with pytest.raises(ValueError, match="must have 4 columns"):
        model.summary(numpy.ones((5, 9), "f"))
    assert model._func is forward


def test_notebooks_get_escaped_html():
    html = node("<b>", affine(1, 2).initialize())._repr_html_()
    assert html.startswith("<table>")
    assert "&lt;b&gt;" in html
    assert "<td>" not in html.split("<tbody>")[0]
    assert html.count("<tr>") == 4


def test_rich_gets_a_table():
    console = pytest.importorskip("rich.console").Console(width=100, record=True, file=io.StringIO())
    console.print(node("[red]a", affine(1, 2).initialize()).summary())
    text = console.export_text()
    assert "[red]a" in text
    assert "W (1, 2)" in text

"""The benchmark: what it measures, how it compares, and what its page shows."""

import json
from html.parser import HTMLParser

import pytest

from thinc.bench import layer_rows, rows
from thinc.bench.page import page
from thinc.bench.run import GROUPS, Options, run
from thinc.bench.table import comparison, geomean
from thinc.cli import main
from thinc.screens import PlainScreen

numpy_ops = pytest.importorskip("thinc.backends.numpy_ops")
needs_kernels = pytest.mark.skipif(not numpy_ops.COMPILED, reason="there are no kernels to measure")


def machine(**changed):
    about = {
        "version": "1.0", "python": "3.11", "numpy": "2.0", "processor": "P <1>", "level": "v3",
        "fma_f32": 100e9, "fma_f64": 50e9, "handicaps": {},
        "read": {"L1": 200e9, "memory": 20e9}, "sizes": {"L1": 16 << 10, "memory": 256 << 20},
    }  # fmt: skip
    return {**about, **changed}


def result(name, seconds, *, unit="us", group="ops", spread=0.01, moved=None, faster=None):
    return {
        "name": name, "group": group, "unit": unit, "figure": seconds * 1e6, "spread": spread, "goal": None,
        "met": None, "of_roof": 0.5 if unit == "GFLOP/s" else None, "work": 1e6, "moved": moved,
        "times": {"kernels": seconds}, "faster_than": faster or {},
    }  # fmt: skip


def test_every_row_belongs_to_a_group_and_has_a_name_of_its_own():
    names = [row.name for row in (*rows.ROWS, *layer_rows.ROWS)]
    assert len(set(names)) == len(names)
    assert {row.group for row in (*rows.ROWS, *layer_rows.ROWS)} == set(GROUPS)


def test_rows_are_chosen_by_group_and_word():
    assert {row.group for row in Options(["gemm"]).rows()} == {"gemm"}
    assert [row.name for row in Options(only="backprop_relu").rows()] == ["backprop_relu"]
    assert all("LSTM" in row.name for row in Options(["layers"], only="LSTM").rows())
    with pytest.raises(ValueError, match="no row of gemm contains 'LSTM'"):
        Options(["gemm"], only="LSTM").rows()


@needs_kernels
def test_run_writes_table_json_and_page_that_can_be_compared(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("THINC_PEER_PYTHON", raising=False)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    found, shown = tmp_path / "a.json", tmp_path / "a.html"
    options = ["--only", "gemm 8x96x96", "--rounds", "2", "--seconds", "0.0005"]
    assert main(["bench", *options, "--json", str(found), "--html", str(shown)]) == 0
    printed = capsys.readouterr().out
    assert "warning: OPENBLAS_CORETYPE=Haswell is set" in printed
    assert "gemm 8x96x96" in printed
    data = json.loads(found.read_text())
    assert [each["name"] for each in data["results"]] == ["gemm 8x96x96"]
    assert set(data["results"][0]["times"]) >= {"kernels", "reference"}
    assert data["machine"]["fma_f32"] > data["machine"]["fma_f64"] > 1e8
    assert "<svg" in shown.read_text()
    assert main(["bench", "--compare", str(found), str(found)]) == 0
    assert "1.000x as fast in the geometric mean of 1 rows" in capsys.readouterr().out


@needs_kernels
def test_layers_are_measured_when_asked_for():
    class Silent(PlainScreen):
        def line(self, text=""):
            pass

    found = run(Options(["layers"], "noop 32x96 predict", 1, 0.0002, reference=False), Silent(None))
    assert [(each["name"], each["group"]) for each in found["results"]] == [("noop 32x96 predict", "layers")]


def test_comparison_tells_what_changed_beyond_the_spread():
    before = {"machine": machine(), "results": [result("a", 1e-6), result("b", 1e-6), result("c", 1e-6)]}
    after = {
        "machine": machine(level="v4", fma_f32=200e9),
        "results": [result("a", 2e-6), result("b", 0.5e-6), result("c", 1.01e-6), result("d", 1e-6)],
    }
    _, lines, said = comparison(before, after)
    assert [(line[0], line[4], line[5]) for line in lines] == [
        ("a", "0.50x", "SLOWER"),
        ("b", "2.00x", "faster"),
        ("c", "0.99x", ""),
    ]
    assert said[1:] == [
        "warning: level differs: v3 before, v4 after",
        "warning: the machine itself was 2.00x as fast (multiply-adds of float32)",
    ]


def test_files_without_a_common_row_cannot_be_compared():
    first, second = ({"machine": machine(), "results": [result(name, 1e-6)]} for name in "ab")
    with pytest.raises(ValueError, match="must have a row in common"):
        comparison(first, second)


def test_geometric_mean():
    assert geomean([2.0, 0.5]) == pytest.approx(1.0)
    assert geomean([1.0, 4.0]) == pytest.approx(2.0)


class Balanced(HTMLParser):
    """Fails where an element is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_one_file_with_charts_and_figures():
    faster = {"reference": 4.0, "torch": 0.5}
    results = [
        result("gemm 4x4x4", 1e-6, unit="GFLOP/s", group="gemm", moved=1e5, faster=faster),
        result("relu & co", 1e-6, moved=1e6, faster={"reference": 30.0}),
        result("tok2vec", 1e-3, group="models"),
    ]
    text = page({"machine": machine(handicaps={"OPENBLAS_CORETYPE": "x"}), "results": results})
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert parser.seen.count("svg") == 4
    assert parser.seen.count("tr") == 1 + len(results)
    for expected in ("P &lt;1&gt;", "relu &amp; co", "4.0x", "OPENBLAS_CORETYPE=x was set"):
        assert expected in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["all"], "must be of gemm, ops, models, layers; got all"),
        (["--compare", "a", "b", "c"], "takes one or two files; got 3"),
        (["--rounds", "0"], "must be at least 1; got 0"),
        (["--jsn", "x"], "did you mean '--json'?"),
    ],
)
def test_misuse_is_explained(arguments, problem, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["bench", *arguments])
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", '{"machine": {}}'])
def test_file_that_is_no_result_is_an_error(tmp_path, text, capsys):
    path = tmp_path / "a.json"
    path.write_text(text)
    assert main(["bench", "--compare", str(path), str(path)]) == 1
    assert f"{path}: must be what --json writes" in capsys.readouterr().err

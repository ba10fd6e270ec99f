"""What mypy says about compositions of layers, with the plug-in and without."""

import re
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api", reason="mypy is not installed")

TYPING = Path(__file__).parent / "typing"
# Nothing is to be found in these; the last ones are the same with the plug-in.
USAGE = [TYPING / "usage.py", TYPING / "compositions.py", TYPING / "star.py"]
PROGRAM = """
from typing import Any, List, TypeVar, cast
import thinc.api
import thinc.api as t
from thinc.api import Dropout, Embed, LSTM, Model, Relu, Softmax, add, clone, list2ragged, reduce_max
from thinc.api import expand_window, residual, resizable, sigmoid_activation, tuplify, with_array
from thinc.api import chain, concatenate
from thinc.api import chain as compose
from thinc.types import Array2d, Floats1d, Floats2d, Ints1d, Ints2d, Ragged

reveal_type(chain(Relu(10), Relu(10), Softmax()))  # 1
bad_chain = chain(Relu(10), reduce_max(), Softmax())  # 2
reveal_type(compose(reduce_max(), Relu(10)))  # 3
reveal_type(t.chain(reduce_max(), Relu(10)))  # 4
models = [Relu(10), Relu(10)]
reveal_type(chain(*models))  # 5
reveal_type(concatenate(Relu(10), Relu(10)))  # 6
bad_concatenate = concatenate(Relu(10), reduce_max(), Relu(10))  # 7
reveal_type(add(Relu(10), Softmax()))  # 8
outputs: Model[Floats2d, Ragged] = Model("m", lambda model, X, is_train: (X, X))
bad_outputs = concatenate(Relu(10), outputs)  # 9
untyped: Any = Relu(10)
reveal_type(chain(Relu(10), untyped))  # 10
reveal_type(clone(Relu(10), 3))  # 11
reveal_type(residual(Relu(10)))  # 12
reveal_type(tuplify(Relu(10), Relu(10)))  # 13
reveal_type(chain(Relu(10), chain(Relu(10), Softmax())))  # 14
T = TypeVar("T")


def anything() -> Model[T, T]:
    return Model("anything", lambda model, X, is_train: (X, X))


reveal_type(chain(Relu(10), anything(), Relu(10)))  # 15
one: Model[Ints1d, Floats2d] = Embed(10, 10)
two: Model[Ints2d, Floats2d] = Embed(10, 10)
either: Model[Ints2d, Array2d] = Embed(10, 10)
reveal_type(concatenate(Embed(10, 10), two))  # 16
reveal_type(concatenate(either, two))  # 17
bad_ids = concatenate(one, Embed(10, 10), two)  # 18
reveal_type(concatenate(Relu(10), anything()))  # 19
reveal_type(resizable(Relu(10), resize_layer=len))  # 28
annotated_otherwise: Model[Ragged, Floats2d] = resizable(Relu(10), resize_layer=len)
bad_nothing = thinc.api.nothing  # 20
bad_embed = chain(Relu(10), Embed(10, 10))  # 21
bad_input: Model[Floats1d, Floats2d] = Embed(10, 10)  # 22
bad_list: Model[Ragged, Floats2d] = chain(list2ragged(), reduce_max())  # 23
bad_part = with_array(LSTM(10, 10))  # 24
bad_pair: Model[List[Floats2d], Floats2d] = chain(Relu(10), Softmax())  # 25
bad_end = chain(Softmax(), list2ragged())  # 26
bad_last = chain(Relu(10), Dropout(0.1), reduce_max(), reduce_max())  # 27
reveal_type(chain(expand_window(1), Relu(10)))  # 29
bad_window = chain(expand_window(1), Embed(10, 10))  # 30
bad_activation = chain(sigmoid_activation(), reduce_max())  # 31
"""


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """Runs mypy on the program and the example of use; returns what it says by the number of the place."""
    folder = tmp_path_factory.mktemp("mypy")

    def run(config):
        (folder / "mypy.ini").write_text(f"[mypy]\nignore_missing_imports = true\n{config}")
        (folder / "program.py").write_text(PROGRAM)
        options = ["--config-file", str(folder / "mypy.ini"), "--cache-dir", str(folder / "cache")]
        files = [folder / "program.py", *(USAGE[1:] if config else USAGE)]
        output, errors, _ = api.run([*options, "--no-error-summary", *map(str, files)])
        assert not errors, errors
        found = {}
        lines = PROGRAM.splitlines()
        for line in output.splitlines():
            path, number, kind, text = re.fullmatch(r"(.+?):(\d+): (\w+): (.*)", line).groups()
            assert path.endswith("program.py"), line
            place = int(re.search(r"# (\d+)$", lines[int(number) - 1]).group(1))
            found.setdefault(place, []).append(text.replace("thinc.types.", "").replace("thinc.model.", ""))
        return found

    return {"plain": run(""), "plugin": run("plugins = thinc.mypy\n")}


REVEALED = {
    1: "Model[Floats2d, Floats2d]",
    3: "Model[Ragged, Floats2d]",
    4: "Model[Ragged, Any]",
    5: "Model[Floats2d, Any]",
    6: "Model[Floats2d, Floats2d]",
    8: "Model[Floats2d, Floats2d]",
    11: "Model[Floats2d, Floats2d]",
    12: "Model[Floats2d, Floats2d]",
    14: "Model[Floats2d, Floats2d]",
    15: "Model[Floats2d, Floats2d]",
    16: "Model[Ints2d, Floats2d]",
    17: "Model[Ints2d, Floats2d | Ints2d]",
    19: "Model[Floats2d, Any]",
    28: "Model[Floats2d, Floats2d]",
    29: "Model[Floats2d, Floats2d]",
}


@pytest.mark.parametrize("place", REVEALED)
def test_type_of_a_composition(messages, place):
    assert messages["plugin"][place] == [f'Revealed type is "{REVEALED[place]}"']


def test_argument_without_a_type_leaves_the_result_alone(messages):
    assert messages["plugin"][10] == messages["plain"][10]


def test_tuplify_gives_a_tuple(messages):
    assert "tuple[Any, ...]" in messages["plugin"][13][0]


def test_chain_whose_layers_do_not_fit_is_reported_at_both(messages):
    found = messages["plugin"][2]
    assert [text for text in found if "Layer" in text] == [
        "Layer outputs type (Floats2d) but the next layer expects (Ragged) as an input  "
        "[layer-mismatch-output]",
        "Layer input type (Ragged) is not compatible with output (Floats2d) from previous layer  "
        "[layer-mismatch-input]",
    ]
    assert any('Cannot infer value of type parameter "MidT" of "chain"' in text for text in found)


def test_parallel_layers_with_different_inputs_are_reported_in_pairs(messages):
    texts = [
        "Layer input (Floats2d) not compatible with next layer input (Ragged)",
        "Layer input (Ragged) not compatible with previous layer input (Floats2d)",
        "Layer input (Ragged) not compatible with next layer input (Floats2d)",
        "Layer input (Floats2d) not compatible with previous layer input (Ragged)",
    ]
    assert sorted(messages["plugin"][7]) == sorted(f"{text}  [layer-mismatch-input]" for text in texts)


def test_parallel_layers_with_different_outputs_are_reported_in_pairs(messages):
    texts = [
        "Layer output (Floats2d) not compatible with next layer output (Ragged)",
        "Layer output (Ragged) not compatible with previous layer output (Floats2d)",
    ]
    assert sorted(messages["plugin"][9]) == sorted(f"{text}  [layer-mismatch-output]" for text in texts)


def test_without_the_plugin_the_results_are_open_and_no_errors(messages):
    plain = messages["plain"]
    assert plain[1] == ['Revealed type is "Model[Floats2d, Any]"']
    assert 7 not in plain and 9 not in plain
    assert all("Layer" not in text for text in plain[2])


def test_parallel_layers_take_what_the_narrowest_takes(messages):
    texts = [
        "Layer input (Ints1d) not compatible with next layer input (Ints2d)",
        "Layer input (Ints2d) not compatible with previous layer input (Ints1d)",
    ]
    assert messages["plugin"][18] == [f"{text}  [layer-mismatch-input]" for text in texts]


@pytest.mark.parametrize("place", [*range(20, 28), 30, 31])
def test_mistake_is_found(messages, place):
    assert messages["plugin"][place]
    if place != 27:  # Beyond the second layer only the plug-in looks.
        assert messages["plain"][place]

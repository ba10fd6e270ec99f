"""What the built-in readers make of files, and how they refuse damaged ones."""

import numpy
import pytest

from thinc.api import registry
from thinc.training.data import Data, Examples, as_data, split
from thinc.training.readers import read_conllu_tags, read_digits, read_table, read_texts


def written(path, text):
    path.write_text(text)
    return str(path)


def test_readers_are_registered():
    assert {"conllu_tags.v1", "table.v1", "texts.v1", "digits.v1"} <= set(registry.readers.get_all())


def test_table_of_numbers(tmp_path):
    train = written(tmp_path / "a.csv", 'x,label,y\n1,b,2\n"3",a,4.5\n')
    dev = written(tmp_path / "b.tsv", "x\tlabel\ty\n5\tc\t6\n\n7\ta\t8\n")
    data = read_table(train, dev)
    assert data.labels == ("a", "b")
    numpy.testing.assert_array_equal(data.train.X, [[1, 2], [3, 4.5]])
    assert data.train.X.dtype == numpy.float32
    assert data.train.Y.tolist() == [1, 0]
    assert data.dev.Y.tolist() == [-1, 0]


def test_share_is_held_out_by_seed(table):
    first, same, other = (read_table(str(table), dev_share=0.25, seed=seed) for seed in (1, 1, 2))
    assert (len(first.train), len(first.dev)) == (300, 100)
    assert (first.dev.X == same.dev.X).all()
    assert not (first.dev.X == other.dev.X).all()


def test_texts_become_features_of_their_words(tmp_path):
    path = written(tmp_path / "a.csv", 'label,text\nx,"One two, one"\ny,\nx,three\n')
    data = read_texts(path, path)
    assert [each.shape for each in data.train.X] == [(3, 4), (1, 4), (1, 4)]
    assert data.train.X[0].dtype == numpy.uint64
    assert data.train.X[0][0, 0] == data.train.X[0][2, 0]
    assert data.train.Y.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a.csv:1: there must be a column 'label'; got none"),
        ("x,y\n1,2\n", "a.csv:1: there must be a column 'label'; got x, y"),
        ("x,label\n1,a\n2\n", "a.csv:3: a row must have 2 columns; got 1"),
        ("x,label\n1,a\nten,b\n", "a.csv:3: x must be a number; got 'ten'"),
        ("x,label\n", "the training part must hold an example"),
    ],
)
def test_damaged_table_is_an_error_with_its_line(tmp_path, text, problem):
    path = written(tmp_path / "a.csv", text)
    with pytest.raises(ValueError) as caught:
        read_table(path, path)
    assert problem in str(caught.value)


def test_texts_need_their_column(tmp_path):
    path = written(tmp_path / "a.csv", "label,words\na,b\n")
    with pytest.raises(ValueError, match="there must be a column 'text'; got label, words"):
        read_texts(path, path)


def test_unknown_tag_column_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="column must be one of upos, xpos; got 'lemma'"):
        read_conllu_tags("a", "b", column="lemma")


def test_digits_come_with_scikit_learn(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="not installed"):
        read_digits()


def test_digits_are_pictures_between_0_and_1():
    pytest.importorskip("sklearn")
    data = read_digits(dev_share=0.5)
    assert data.train.X.shape[1] == 64
    assert (data.train.X.min(), data.train.X.max()) == (0, 1)
    assert len(data.labels) == 10


def test_split_divides_all_numbers():
    train, dev = split(10, 0.3, seed=1)
    assert sorted(train + dev) == list(range(10))
    assert len(dev) == 3
    with pytest.raises(ValueError, match="between 0 and 1; got 1"):
        split(10, 1, seed=0)


def test_pairs_of_arrays_are_data_and_other_things_are_not():
    X = numpy.zeros((2, 3))
    data = as_data(((X, X), (X, X)), "here")
    assert isinstance(data, Data)
    with pytest.raises(TypeError, match="here: a reader must return .*; got int"):
        as_data(3, "here")
    with pytest.raises(ValueError, match="X and Y must go together; got 2 and 1"):
        Examples(X, X[:1])

"""Roles of tokens in Python source, one construct at a time, and the corpus made of it."""

import ast
import sys
import warnings

import pytest

from thinc.demo.python_roles import ROLES
from thinc.demo.python_source import is_held_out, python_corpus, read_python


def roles(tmp_path, source):
    """All tokens of `source` as (word, role), without operators."""
    path = tmp_path / "source.py"
    path.write_text(source, encoding="utf8")
    lines = read_python(path)
    return [
        pair for line in lines for pair in zip(line.words, line.tags, strict=True) if pair[1] != "operator"
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os.path as p", "import/keyword os/module path/module as/keyword p/module"),
        ("from os.path import join", "from/keyword os/module path/module import/keyword join/imported"),
        ("from . import a as b", "from/keyword import/keyword a/imported as/keyword b/imported"),
        ("import re\nre.compile('')", "import/keyword re/module re/module compile/method ''/string"),
        ("x = len(y)", "x/global len/builtin y/global"),
        ("len = 3\nlen(x)", "len/global 3/number len/call x/global"),
        ("f(key=None)", "f/call key/argument None/constant"),
        ("a.b.c(d.e)", "a/global b/attribute c/method d/global e/attribute"),
        ("raise a.Error(b)", "raise/keyword a/global Error/exception b/global"),
        ("raise Error from b", "raise/keyword Error/exception from/keyword b/global"),
        ("x: List[int] = []", "x/global List/annotation int/annotation"),
        ("global_ = ...", "global_/global .../constant"),
        ("[i for i in x]", "i/local for/keyword i/local in/keyword x/global"),
        ("lambda a, b=c: a", "lambda/keyword a/parameter b/parameter c/global a/local"),
        ("é = 'é'; é.b", "é/global 'é'/string é/global b/attribute"),
        (
            "try: pass\nexcept (A, b.C) as e: e",
            "try/keyword pass/keyword except/keyword A/exception b/global C/exception as/keyword "
            "e/local e/global",
        ),
        (
            "def f(a: int, *b, c=d) -> str: a = g",
            "def/keyword f/function a/parameter int/annotation b/parameter c/parameter d/global "
            "str/annotation a/local g/global",
        ),
        (
            "def f():\n global n\n n = m = 1",
            "def/keyword f/function global/keyword n/global n/global m/local 1/number",
        ),
        (
            "def f():\n x = 1\n def g(): return x",
            "def/keyword f/function x/local 1/number def/keyword g/function return/keyword x/local",
        ),
        (
            "@a.b(c)\nclass D(E, f.G, k=h): x = y = x",
            "a/decorator b/decorator c/global class/keyword D/class E/base f/global G/base k/argument "
            "h/global x/attribute y/attribute x/attribute",
        ),
        (
            "class A:\n x = 1\n def f(self): return x",
            "class/keyword A/class x/attribute 1/number def/keyword f/function self/parameter "
            "return/keyword x/global",
        ),
        (
            "match a:\n case B(c=1): pass",
            "match/keyword a/global case/keyword B/global c/local 1/number pass/keyword",
        ),
        ("match = 1", "match/global 1/number"),
    ],
)
def test_role_depends_on_what_the_name_is_doing(tmp_path, source, expected):
    assert " ".join(map("/".join, roles(tmp_path, source))) == expected


@pytest.mark.skipif(sys.version_info < (3, 12), reason="formatted strings are single tokens before 3.12")
def test_names_in_formatted_strings_have_roles(tmp_path):
    words = roles(tmp_path, "f'x{a.b} {c}'")
    assert {("a", "global"), ("b", "attribute"), ("c", "global"), ("x", "string")} <= set(words)
    assert all(word.strip() for word, _ in words)


def test_long_strings_are_shortened_to_one_line(tmp_path):
    ((word, role),) = roles(tmp_path, '"""First line.\n\nAnd many more."""')
    assert (word, role) == ('"""First l…y more."""', "string")


def test_spaces_are_those_of_the_source(tmp_path):
    path = tmp_path / "source.py"
    path.write_text("x = f( a,b)\n", encoding="utf8")
    (line,) = read_python(path)
    assert (
        "".join(word + " " * space for word, space in zip(line.words, line.spaces, strict=True))
        == "x = f( a,b)"
    )


def test_invalid_source_is_a_syntax_error(tmp_path):
    path = tmp_path / "source.py"
    path.write_text("def f(:\n", encoding="utf8")
    with pytest.raises(SyntaxError):
        read_python(path)


def test_every_role_but_annotation_of_the_table_occurs_in_the_library():
    corpus = python_corpus(max_words=200_000, held_out=0.1)
    assert set(corpus.tags) <= set(ROLES)
    assert set(ROLES) - set(corpus.tags) <= {"annotation"}
    assert len(corpus.tags) >= 15


def test_words_are_the_tokens_of_the_parser(tmp_path):
    path = tmp_path / "source.py"
    path.write_text("if a:\n    b = c  # comment\n", encoding="utf8")
    words = [word for line in read_python(path) for word in line.words]
    names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
    assert words == ["if", "a", ":", "b", "=", "c"]
    assert names <= set(words)


def test_corpus_leaves_out_what_it_cannot_read_and_what_is_no_source(tmp_path):
    for index in range(40):
        (tmp_path / f"m{index}.py").write_text(f"x{index} = {index}\n")
    (tmp_path / "bad.py").write_text("def (\n")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "escape.py").write_text("x = '\\d'\n")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "t.py").write_text("in_a_test = 1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = python_corpus(tmp_path, max_words=1000, held_out=0.3)
    words = {word for part in (corpus.train, corpus.dev) for each in part for word in each.words}
    assert {f"x{index}" for index in range(40)} <= words
    assert "in_a_test" not in words
    assert corpus.name == f"41 files of {tmp_path}"


def test_division_follows_the_name_alone(tmp_path):
    for index in range(40):
        (tmp_path / f"m{index}.py").write_text("x = 1\n")
    corpus = python_corpus(tmp_path, max_words=1000, held_out=0.3)
    held_out = {each.origin.split(":")[0] for each in corpus.dev}
    assert held_out == {f"m{index}.py" for index in range(40) if is_held_out(f"m{index}.py", 0.3)}
    assert held_out.isdisjoint(each.origin.split(":")[0] for each in corpus.train)


def test_corpus_without_source_is_a_value_error(tmp_path):
    with pytest.raises(ValueError, match="train part must hold a tagged word"):
        python_corpus(tmp_path, max_words=1000, held_out=0.3)

"""Scores by tag, the choice of sentences, and how screens lay things out."""

import io

import pytest

from thinc.demo.corpus import Corpus, MostFrequentTag
from thinc.demo.report import sentences_to_show, tag_scores, tag_table
from thinc.screens.plain import PlainScreen, wrapped
from thinc.training.conllu import Sentence


def sentence(*pairs):
    words, tags = zip(*(pair.split("/") for pair in pairs), strict=True)
    return Sentence(words, tags, (True,) * len(words))


def test_scores_count_gold_predicted_and_right():
    scores = tag_scores(["A", "A", "A", "B"], ["A", "A", "B", "C"])
    assert list(scores) == ["A", "B", "C"]
    assert (scores["A"].precision, scores["A"].recall) == (1.0, 2 / 3)
    assert scores["A"].f1 == pytest.approx(0.8)
    assert (scores["B"].precision, scores["B"].recall, scores["B"].f1) == (0.0, 0.0, 0.0)
    assert (scores["C"].gold, scores["C"].recall, scores["C"].precision) == (0, 0.0, 0.0)


def test_baseline_gives_each_word_its_commonest_tag_and_others_the_commonest_of_all():
    baseline = MostFrequentTag([sentence("a/X", "a/Y", "a/Y", "b/X", "c/Z", "c/X")])
    assert baseline.predict(["a", "b", "c", "new"]) == ["Y", "X", "X", "X"]
    assert baseline.accuracy([sentence("a/Y", "new/Z")]) == 0.5


def test_table_has_a_row_for_each_tag_with_its_example():
    corpus = Corpus("test", [sentence("a/X")], [sentence("a/X", "b/Y")], examples={"X": "like this"})
    header, rows = tag_table(corpus, ["X", "X"], ["X", "Y"])
    assert header == ["tag", "words", "baseline F1", "precision", "recall", "F1", "example"]
    assert rows == [
        ["X", "1", "100.0", "50.0", "100.0", "66.7", "like this"],
        ["Y", "1", "100.0", "0.0", "0.0", "0.0", ""],
    ]


def test_corpus_must_have_words_in_both_parts():
    with pytest.raises(ValueError, match="test: the held-out part must hold a tagged word"):
        Corpus("test", [sentence("a/X")], [])


def test_shown_sentences_are_varied_and_fit_on_a_line():
    short = sentence("a/X", "b/Y")
    dull = sentence(*["a/X"] * 8)
    wide = sentence(*[f"{'w' * 20}/{tag}" for tag in "VWXYZZ"])
    good = sentence("a/V", "b/W", "c/X", "d/Y", "e/Z", "f/Z")
    assert sentences_to_show([short, dull, good, wide, good], count=5, seed=0) == [2, 4]
    assert len(sentences_to_show([good] * 9, count=5, seed=0)) == 5


def test_plain_screen_puts_tags_under_words_and_the_right_tag_under_a_wrong_one():
    screen = PlainScreen(io.StringIO())
    screen.tagged([sentence("a/LONG", "b/Y", "+/OP", "+/X")], [["LONG", "Z", "OP", "OP"]])
    assert screen.file.getvalue() == "(no tag: OP)\n\na     b    +  +\nLONG  Z       OP\n      (Y)     (X)\n"


def test_plain_table_aligns_numbers_to_the_right():
    screen = PlainScreen(io.StringIO())
    screen.table(["tag", "words", "example"], [["A", "1,000", "x"], ["LONG", "7", ""]])
    assert screen.file.getvalue().splitlines() == [
        "tag   words  example",
        "----  -----  -------",
        "A     1,000  x",
        "LONG      7",
    ]


def test_long_sentences_are_wrapped():
    rows = list(wrapped([("word", "TAG", "")] * 30))
    assert sum(map(len, rows)) == 30
    assert [len(row) for row in rows] == [13, 13, 4]


def test_rich_screen_says_the_same_as_the_plain_one():
    pytest.importorskip("rich")
    from thinc.screens.live import RichScreen

    screen = RichScreen(io.StringIO())
    screen.heading("Heading [not markup]")
    screen.fact("data", "[brackets]")
    screen.table(["tag", "words"], [["[A]", "1"]])
    screen.tagged([sentence("a/X", "b/Y", "c/X")], [["X", "Z", "X"]])
    text = screen.file.getvalue()
    for expected in ("Heading [not markup]", "[brackets]", "[A]", "a b(Y) c", "X  Z"):
        assert expected in text

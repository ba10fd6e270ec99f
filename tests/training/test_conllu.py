"""Reading CoNLL-U: what becomes of each kind of line, and where errors point."""

import gzip

import pytest

from thinc.training.conllu import ConlluError, read_conllu

TEXT = """\
# sent_id = 1
1\tI\tI\tPRON\tPRP\t_\t2\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\tVBP\t_\t4\taux\t_\tSpaceAfter=No
3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_
4\tgo\tgo\tVERB\tVB\t_\t0\troot\t_\tGloss=x|SpaceAfter=No
4.1\tgone\tgo\tVERB\tVB\t_\t_\t_\t_\t_

# the last sentence has no empty line after it
1\tStop\tstop\tVERB\tVB\t_\t0\troot\t_\t_
"""


def word(number="1", form="a", upos="X", columns=10):
    return "\t".join([number, form, "_", upos, *"_" * (columns - 4)]) + "\n"


def written(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf8"))
    return path


def test_words_tags_and_spaces_are_read_from_their_columns(tmp_path):
    first, second = read_conllu(written(tmp_path / "a.conllu", TEXT))
    assert first.words == ("I", "do", "n't", "go")
    assert first.tags == ("PRON", "AUX", "PART", "VERB")
    assert first.spaces == (True, False, True, False)
    assert (first.origin, second.origin) == ("a.conllu:2", "a.conllu:10")
    assert second.words == ("Stop",)


def test_column_chooses_the_tags(tmp_path):
    first, _ = read_conllu(written(tmp_path / "a.conllu", TEXT), "xpos")
    assert first.tags == ("PRP", "VBP", "RB", "VB")


def test_gzip_is_told_by_content_not_by_name(tmp_path):
    plain = read_conllu(written(tmp_path / "a.conllu", TEXT))
    zipped = read_conllu(written(tmp_path / "b.conllu", gzip.compress(TEXT.encode("utf8"))))
    assert [each.words for each in zipped] == [each.words for each in plain]


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    text = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode("utf8")
    assert read_conllu(written(tmp_path / "a.conllu", text))[0].words == ("I", "do", "n't", "go")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (word() + word("2", columns=9), 2, "10 columns between tabs; got 9"),
        (word() + "\n" + "1 a _ X _ _ _ _ _ _\n", 3, "10 columns between tabs; got 1"),
        (word("one"), 1, "got 'one'"),
        (word("1-"), 1, "got '1-'"),
        (word("1") + word("3"), 2, "got 3 for 2"),
        (word("2"), 1, "got 2 for 1"),
        (word(form=""), 1, "column 2 must not be empty"),
        ("# comment\n" + word(upos=""), 2, "column 4 must not be empty"),
        (word().encode() + b"2\t\xff\n", 2, "must be UTF-8"),
        (gzip.compress(TEXT.encode("utf8"))[:14], 1, "the gzip file is damaged"),
        (gzip.compress(TEXT.encode("utf8"))[:12] + b"nonsense", 1, "the gzip file is damaged"),
    ],
)
def test_malformed_file_is_an_error_with_file_and_line(tmp_path, text, line, problem):
    path = written(tmp_path / "bad.conllu", text)
    with pytest.raises(ConlluError) as caught:
        read_conllu(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert problem in str(caught.value)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_conllu(tmp_path / "none.conllu")

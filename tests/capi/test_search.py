"""Beam search: against the same in plain Python, and at its edges."""

import gc
import pickle
import subprocess
import sys

import numpy
import pytest

from . import walks

search = pytest.importorskip("thinc.extra.search", reason="this thinc has no compiled modules")


def tables(seed, width, classes, ties=False):
    rng = numpy.random.default_rng(seed)
    scores = rng.integers(-2, 3, (width, classes)) if ties else rng.normal(size=(width, classes))
    is_valid = rng.random((width, classes)) < 0.7
    is_valid[:, 0] = True
    costs = rng.integers(0, 3, (width, classes))
    return scores.astype("f"), is_valid.astype("i"), costs.astype("f")


def run(pair, seed, steps=6, by="row", ties=False, gold=False):
    """Advance a compiled and a plain beam by the same tables, comparing what they hold after each step."""
    compiled, plain = pair
    for step in range(steps):
        scores, is_valid, costs = tables((seed, step), plain.width, plain.classes, ties)
        if gold:
            costs[:] = 0
        compiled.advance(scores, is_valid, costs, by)
        plain.advance(scores, is_valid, costs)
        found = compiled.fields()
        assert found["histories"] == [state[3] for state in plain.states]
        assert found["states"] == [tuple(state[:3]) for state in plain.states]
        assert found["walks"] == [state[4] for state in plain.states]
        assert (found["is_done"], found["t"], found["zeroed"]) == (plain.is_done, step + 1, True)
        yield compiled.beam, plain


def beams(client, *args, **rules):
    compiled = client.Search(*args, **rules)
    compiled.begin()
    return compiled, walks.Beam(*args, **rules)


@pytest.mark.parametrize("width", [1, 2, 5, 16])
@pytest.mark.parametrize("by", ["row", "cell", "table"])
def test_search_agrees_with_plain_python(client, width, by):
    for seed in range(5):
        steps = list(run(beams(client, 3, width), seed, by=by))
        assert len(steps) == 6


@pytest.mark.parametrize("seed", range(10))
def test_of_equal_scores_the_larger_move_wins(client, seed):
    assert len(list(run(beams(client, 4, 6, length=9), seed, ties=True))) == 6


@pytest.mark.parametrize("modulus", [2, 3, 7])
def test_successors_with_equal_hashes_are_dropped_but_for_hash_one(client, modulus):
    for seed in range(5):
        assert len(list(run(beams(client, 4, 6, modulus=modulus, length=9), seed))) == 6


@pytest.mark.parametrize("min_density", [0.01, 0.5, 1.0])
def test_candidates_below_the_density_are_dropped(client, min_density):
    for seed in range(5):
        assert len(list(run(beams(client, 4, 8, min_density, length=9), seed))) == 6


@pytest.mark.parametrize("crf", [False, True])
def test_violations_agree_with_plain_python(client, crf):
    for seed in range(20):
        found, plain = search.MaxViolation(), walks.MaxViolation()
        predicted = run(beams(client, 3, 4), seed)
        truths = run(beams(client, 3, 3), seed + 100, gold=seed % 2 == 0)
        for (pred, plain_pred), (gold, plain_gold) in zip(predicted, truths, strict=True):
            assert client.check(found, pred, gold, crf) == 0
            (plain.check_crf if crf else plain.check)(plain_pred, plain_gold)
            fields = client.violation_fields(found)
            for name in ["cost", "delta", "p_hist", "g_hist"]:
                assert fields[name] == getattr(plain, name), name
            for name in ["Z", "gZ", "p_probs", "g_probs"]:
                assert fields[name] == pytest.approx(getattr(plain, name), rel=1e-6), name


def test_properties_of_a_beam(client):
    for beam, plain in run(beams(client, 3, 4), 3, steps=2):
        scores = [float(state[0]) for state in plain.states]
        assert len(beam) == len(scores)
        assert (beam.scores, beam.score, beam.min_score) == (scores, scores[0], scores[-1])
        assert beam.loss == plain.best[1]
        assert beam.probs == pytest.approx(walks.softmax(scores))
        assert len(beam.histories) == 4


def test_a_new_beam_holds_one_state():
    beam = search.Beam(3, 4, 0.5)
    assert (len(beam), beam.score, beam.loss, beam.scores, beam.probs) == (1, 0.0, 0.0, [0.0], [1.0])
    assert (beam.histories, beam.is_done, beam.min_density) == ([[], [], [], []], False, 0.5)
    beam.min_density = 0.25
    assert beam.min_density == 0.25
    with pytest.raises(AttributeError):
        beam.is_done = True


@pytest.mark.parametrize("size", [(0, 2), (2, 0)])
def test_a_beam_without_classes_or_states_is_refused(size):
    with pytest.raises(AssertionError, match="at least 1; got"):
        search.Beam(*size)


@pytest.mark.parametrize("size", [(-1, 2), (2, -1)])
def test_negative_sizes_overflow(size):
    with pytest.raises(OverflowError):
        search.Beam(*size)


HUGE = [(2**40, 2**40), (2**62, 1), (1, 2**62), (2**31 - 1, 2**31 - 1), (2**63, 2**63)]


@pytest.mark.parametrize("size", HUGE)
def test_a_beam_beyond_memory_is_a_memory_error(size):
    with pytest.raises(MemoryError):
        search.Beam(*size)


def test_a_beam_that_was_never_initialised_can_be_dropped():
    """In a process of its own: this once was a crash."""
    code = "from thinc.extra.search import Beam; Beam(2, 2); Beam(2, 2)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["score", "min_score", "loss", "probs", "scores"])
def test_properties_of_a_beam_without_states_are_value_errors(name):
    beam = search.Beam.__new__(search.Beam)
    assert len(beam) == 0
    with pytest.raises(ValueError, match="Beam: must be initialised"):
        getattr(beam, name)


def test_violation_of_nothing_is_a_type_error():
    violation, beam = search.MaxViolation(), search.Beam(2, 2)
    for call in [violation.check, violation.check_crf]:
        for pair in [(None, None), (beam, None), (None, beam)]:
            with pytest.raises(TypeError):
                call(*pair)
        with pytest.raises(ValueError, match="Beam: must be initialised"):
            call(beam, search.Beam.__new__(search.Beam))


def test_violations_can_be_pickled_and_beams_cannot():
    violation = pickle.loads(pickle.dumps(search.MaxViolation()))
    assert (violation.p_hist, violation.g_score, violation.Z) == ([], 0.0, 0.0)
    with pytest.raises(TypeError):
        pickle.dumps(search.Beam(2, 2))


def test_null_pointers_and_rows_out_of_range_are_errors(client):
    search_ = client.Search(2, 3)
    search_.begin()
    with pytest.raises(ValueError, match="null pointer"):
        search_.set_null_row()
    with pytest.raises(ValueError, match="null pointer"):
        search_.set_null_table()
    row = numpy.zeros(2, "f"), numpy.zeros(2, "i"), numpy.zeros(2, "f")
    for index in [-1, 3]:
        with pytest.raises(IndexError, match=f"got {index}"):
            search_.set_row_at(index, *row)


def test_advancing_without_a_valid_move_is_an_error_that_changes_nothing(client):
    compiled, _ = beams(client, 2, 3)
    before = compiled.fields()
    zeros = numpy.zeros((3, 2), "f")
    with pytest.raises(AssertionError, match="valid move"):
        compiled.advance(zeros, zeros.astype("i"), zeros)
    assert compiled.fields() == before


def test_an_error_in_a_callback_reaches_the_caller(client):
    compiled = client.Search(3, 4, fail_at=2)
    compiled.begin()
    step = tables(0, 4, 3)
    compiled.advance(*step)
    with pytest.raises(ArithmeticError, match="this step fails"):
        compiled.advance(*step)


def test_advancing_a_beam_without_states_is_an_error(client):
    compiled = client.Search(3, 4)
    compiled.beam = search.Beam.__new__(search.Beam)
    with pytest.raises(ValueError, match="Beam: must be initialised"):
        compiled.begin()


def test_every_state_is_deleted_once(client):
    del client.deleted[:]
    compiled, _ = beams(client, 3, 4)
    compiled.advance(*tables(0, 4, 3))
    del compiled
    gc.collect()
    assert len(client.deleted) == 8
    assert set(client.deleted) == {0, 1}


def test_initialising_again_deletes_the_earlier_states(client):
    del client.deleted[:]
    compiled, _ = beams(client, 3, 4)
    compiled.begin()
    assert len(client.deleted) == 8
    compiled.beam.__init__(2, 2)
    assert len(client.deleted) == 16
    assert len(compiled.beam.histories) == 2


def test_states_outlive_a_garbage_collection_of_the_beam(client):
    """The pool is not cleared before the states in it are deleted."""
    del client.deleted[:]

    class Owner(search.Beam):
        pass

    compiled = client.Search(3, 4)
    compiled.beam = Owner(3, 4)
    compiled.begin()
    compiled.beam.itself = compiled.beam
    del compiled
    gc.collect()
    assert client.deleted == [0] * 8


@pytest.mark.parametrize(
    "numbers, expected",
    [([], []), ([None], [None]), ([2.0], [1.0]), ([None, 1.0], [None, 1.0]), ([-1000.0, 1000.0], [0.0, 1.0])],
)
def test_softmax_of_lists(numbers, expected):
    assert search._softmax(numbers) == expected

"""Charts: scales, ticks, and what is drawn where."""

import math
import re
from itertools import pairwise

import pytest

from thinc._svg import Bar, Plot, Scale, bars, document


@pytest.mark.parametrize("log", [False, True])
def test_scale_maps_its_ends_to_pixels(log):
    scale = Scale(1.0, 100.0, 10.0, 210.0, log)
    assert scale(1.0) == pytest.approx(10.0)
    assert scale(100.0) == pytest.approx(210.0)
    assert scale(10.0) == pytest.approx(110.0) if log else scale(50.5) == pytest.approx(110.0)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 7.0), (0.91, 0.93), (5.0, 5e4)])
def test_ticks_are_few_round_and_inside(low, high):
    ticks = Scale(low, high, 0, 1).ticks()
    assert 2 <= len(ticks) <= 8
    assert all(low <= tick <= high for tick in ticks)
    steps = {round((b - a) / 10 ** math.floor(math.log10(b - a) + 1e-9), 6) for a, b in pairwise(ticks)}
    assert steps <= {1, 2, 5, 10}


def test_ticks_of_a_log_scale():
    assert Scale(0.9, 30.0, 0, 1, log=True).ticks() == [1, 2, 5, 10, 20]
    assert Scale(1e-3, 1e6, 0, 1, log=True).ticks() == [10.0**power for power in range(-3, 7)]


def test_scale_around_one_value_or_none_has_room():
    for values in ([], [3.0], [math.nan], [0.0]):
        scale = Scale.around(values, 0, 100)
        assert scale.low < scale.high


def test_curve_leaves_out_what_is_not_finite():
    plot = Plot(Scale(0, 2, 0, 100), Scale(0, 1, 100, 0))
    plot.curve([(0, 0), (1, math.nan), (2, 1)])
    assert 'd="M0.0 100.0L100.0 0.0"' in plot.body()


def test_bars_of_a_log_scale_grow_from_1_to_both_sides():
    body, height = bars(
        [Bar("a", [4.0, 0.25], ["4x", "0.25x"]), Bar("b", [None, 2.0], ["", "2x"])], ["s", "t"]
    )
    drawn = [
        tuple(map(float, each)) for each in re.findall(r'x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', body)
    ][2:]
    (four, quarter, two) = drawn
    assert four[0] == pytest.approx(quarter[0] + quarter[1], abs=0.2)
    assert four[1] == pytest.approx(quarter[1], abs=0.2)
    assert two[1] == pytest.approx(four[1] / 2, abs=0.2)
    assert height > 60


def test_words_are_escaped():
    plot = Plot(Scale(0, 1, 0, 1), Scale(0, 1, 0, 1), title="a < b")
    plot.dot(0, 0, label="c & d")
    drawn = document(plot.body(), 10, 10, title='"e"')
    assert "a &lt; b" in drawn and "c &amp; d" in drawn and "&quot;e&quot;" in drawn

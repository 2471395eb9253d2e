"""Sliding windows: sums at every place, and which place is called the best."""

from __future__ import annotations

import numpy as np
import pytest

from workers.focus.sliding import best_centre, window_starts, window_sums


def test_sums_are_those_of_the_lines_in_the_window() -> None:
    """From the first place to the last; lines that lie in the window in part count in part."""
    lines = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0], [8.0, 80.0]])
    sums = window_sums(lines, 0.375)
    assert sums[0] == pytest.approx([1 + 2 / 2, 10 + 20 / 2])
    assert sums[-1] == pytest.approx([4 / 2 + 8, 40 / 2 + 80])
    assert sums[len(sums) // 2] == pytest.approx([0.75 * 2 + 0.75 * 4, 0.75 * 20 + 0.75 * 40])


def test_a_window_as_large_as_the_picture_holds_all_of_it() -> None:
    """Wherever it is said to be: it cannot move."""
    assert window_sums(np.ones((7, 1)), 1.0) == pytest.approx(7.0)
    assert best_centre(np.ones_like(window_starts(1.0)), 1.0, noise=0.01) == 0.5


def test_where_all_places_are_equal_it_is_the_middle_one() -> None:
    """Also where none of them scores anything."""
    for scores in (np.zeros(201), np.full(201, 3.0)):
        assert best_centre(scores, 0.25, noise=0.01) == pytest.approx(0.5)


def test_the_middle_of_the_best_stretch_is_chosen() -> None:
    """And what lies within noise of the best belongs to it."""
    scores = np.zeros(201)
    scores[20:41] = np.linspace(99.5, 100, 21)
    assert best_centre(scores, 0.5, noise=0.01) == pytest.approx(30 / 200 * 0.5 + 0.25)


def test_of_equal_stretches_the_one_nearer_to_the_centre_is_chosen() -> None:
    """A picture with two subjects keeps the one in its middle."""
    scores = np.zeros(201)
    scores[0:11] = scores[150:161] = 1
    assert best_centre(scores, 0.5, noise=0.01) == pytest.approx(155 / 200 * 0.5 + 0.25)

"""An axis of accuracies spaced by the logarithm of the error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from disentangle.figures.log_errors import from_place, scale_log_errors, ticks_between, to_place


def test_an_axis_of_errors_holds_a_network_without_any():
    accuracies = np.array([0, 90, 99, 99.8, 99.9, 100, 100.01])  # an axis ends a little above the best
    places = to_place(accuracies)
    assert np.diff(places[[1, 2]]) == pytest.approx(np.log(10))  # a tenth of the errors
    assert np.all(np.diff(places) > 0) and from_place(places) == pytest.approx(accuracies)


@pytest.mark.parametrize("along", ["x", "y"])
def test_an_axis_ends_a_little_beyond_what_it_holds(along):
    axes = Figure().subplots()
    axis = {"x": axes.xaxis, "y": axes.yaxis}[along]
    scale_log_errors(axis, np.array([97.5, 100]))
    low, high = axis.get_view_interval()
    assert 96.8 < low < 97.5 and 100 < high < 100.1
    assert [text.get_text() for text in axis.get_ticklabels()][-1] == "100"


def test_an_axis_does_not_go_below_none():
    axes = Figure().subplots()
    scale_log_errors(axes.yaxis, np.array([3.0, 99]))
    assert axes.get_ylim()[0] == 0


@given(st.floats(0, 99.9), st.floats(0.01, 60), st.sampled_from([0.2, 0.3]))
def test_ticks_are_round_apart_and_within(bottom, width, gap):
    top = min(bottom + width, 100)
    ticks = ticks_between(bottom, top, gap)
    assert ticks and all(bottom <= tick <= top for tick in ticks)
    places, (low, high) = to_place(np.array(ticks)), to_place(np.array([bottom, top]))
    assert np.all(np.diff(places) >= gap * (high - low))
    assert all(round(tick, 2) == tick for tick in ticks)


@given(st.floats(10, 100))
def test_equal_accuracies_have_a_tick(accuracy):
    axes = Figure().subplots()
    scale_log_errors(axes.yaxis, np.array([accuracy]))
    assert len(axes.get_yticks())

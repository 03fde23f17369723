"""Studies of LaPerm: which families are compared, and how that is drawn."""

import numpy as np
import pandas as pd
import pytest

from disentangle.cells import list_cells
from disentangle.config import Statistics, load_experiment
from disentangle.figures import laperm_period, laperm_regimes
from tests.drawn import assert_readable, assert_spread_told
from tests.made_up_results import KEY
from tests.made_up_studies import studies

SETTINGS = Statistics(resamples=199)
PERIODS = {"laperm": 250, "every_step": 1, "once": 10000}
CONFIG = {
    "name": "laperm",
    "datasets": {"mnist": {"network": "mlp"}, "fashion_mnist": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}},
    "families": {
        "dense": {},
        "random": {},
        "laperm": {"densities": [0.3, 1.0]},
        "laperm_shared": {"family": "laperm", "values": "shared"},
        **{label: {"family": "laperm", "period": PERIODS[label], "densities": [1.0]} for label in ("every_step", "once")},
        "growing": {"family": "laperm", "period": [1, 9], "densities": [1.0]},
    },
    "densities": [0.1, 0.5],
    "training": {"epochs": 4},
}


def cells_of(**changes):
    return list_cells(load_experiment(CONFIG | changes))


def made_up(replicates=3, **changes):
    """Metrics, accuracies and histories of every cell, from a fixed generator, and the studies."""
    random, cells = np.random.default_rng(0), cells_of(**changes)
    metrics, accuracy, history = [], [], []
    for cell in cells:
        at = dict(zip(KEY, cell.path.split("/"), strict=True))
        scores = (0.1 if cell.family == "random" else 0.9 + 0.05 * float(cell.density)) + 0.01 * random.random(replicates)
        low, high = (scores.min(), scores.max()) if replicates > 1 else (np.nan, np.nan)
        accuracy.append(at | {"replicates": replicates, "mean": scores.mean(), "low": low, "high": high})
        for r, score in enumerate(scores):
            shares = {"test_accuracy": score, "realised_density": float(cell.density)}
            metrics.append(at | {"replicate": r, "seconds": 2.0 + r, "epochs": 4} | shares)
            history += [at | {"epoch": e, "replicate": r, "validation_accuracy": score - 0.3 / (e + 1)} for e in range(5)]
    return *map(pd.DataFrame, (metrics, accuracy, history)), studies(cells)


def test_constant_periods_are_compared_where_nothing_else_differs():
    assert studies(cells_of())["laperm_period"] == [{"periods": PERIODS, "dense": "dense"}]
    assert "laperm_period" not in studies(
        cells_of(families={"dense": {}, "laperm": {}, "growing": CONFIG["families"]["growing"]})
    )


def test_regimes_are_the_first_family_of_each_kind_of_starting_values_and_way_to_learn():
    fast = {"family": "laperm", "values": "shared", "learning": {"learning_rate": 0.01}}
    found = studies(cells_of(families=CONFIG["families"] | {"fast": fast, "fast_again": fast | {"period": 3}}))[
        "laperm_regimes"
    ]
    assert found == {"families": ["laperm", "laperm_shared", "fast"], "dense": "dense", "random": "random"}
    assert "laperm_regimes" not in studies(cells_of(families={"dense": {}}))


@pytest.mark.parametrize("changes", [{}, {"replicates": 1}, {"datasets": {"mnist": {"network": "mlp"}}}])
def test_both_figures_are_readable(changes, monkeypatch):
    metrics, accuracy, history, found = made_up(**changes)
    assert_readable(laperm_period.draw(history, metrics, found["laperm_period"], SETTINGS), monkeypatch)
    chance = {"mnist": 0.1135, "fashion_mnist": 0.1}
    assert_readable(laperm_regimes.draw(metrics, accuracy, chance, found["laperm_regimes"]), monkeypatch)


def test_bars_and_bands_are_told_of_several_replicates():
    several, one = (made_up(replicates=count) for count in (3, 1))
    assert_spread_told(*(laperm_period.draw(m, h, s["laperm_period"], SETTINGS) for h, _, m, s in (several, one)))


def test_a_period_is_drawn_at_its_steps_and_an_epoch_at_its_seconds():
    metrics, _, history, found = made_up(replicates=1, datasets={"mnist": {"network": "mlp"}})
    by_epoch, by_time, ends = laperm_period.draw(history, metrics, found["laperm_period"], SETTINGS).axes
    points = [line.get_xdata()[0] for line in ends.lines if line.get_marker() == "o"]
    assert points == sorted(PERIODS.values())
    assert {tuple(line.get_xdata()) for line in by_epoch.lines} == {(1, 2, 3, 4)}
    assert {tuple(line.get_xdata()) for line in by_time.lines} == {(0.5, 1.0, 1.5, 2.0)}

"""Figures of weight profiles: what is drawn is what was given, and it can be read."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from disentangle.figures import value_transplant, weight_profiles
from disentangle.figures.style import LOOKS
from disentangle.profiles.treatments import NOISE, PLACES, VALUES
from tests.drawn import assert_readable, assert_spread_told, axes_of, saved
from tests.made_up_results import CHANCE, KEY, SETTINGS

REAL = ("dense", "random", "pruned", "pruned_iterative")
DENSITIES = {"dense": ["1.0"]}
TREATMENTS = (*VALUES, *PLACES, *NOISE)
EXPERIMENTS = {
    "default": {},
    "one replicate": {"count": 1},
    "one dataset": {"datasets": ["digits"]},
    "one family": {"datasets": ["digits"], "families": ["dense"], "count": 1},
    "deep": {"datasets": ["digits"], "layers": [f"stage1.block{i}.conv1" for i in range(1, 9)]},
    "many": {"families": [*REAL, "synflow", "laperm", *(f"own_family_{i}" for i in range(3))], "datasets": [*CHANCE, "own"]},
}


class Results:
    """Profiles and transplants of an experiment, from a fixed generator."""

    def __init__(self, families=REAL, datasets=tuple(CHANCE), count=3, layers=("hidden1", "hidden2", "output")):
        random = np.random.default_rng(0)
        profiles, transplants, self.curves = [], [], {}
        for dataset, family in product(datasets, families):
            for density in DENSITIES.get(family, ["0.1", "0.5"]):
                at = dict(zip(KEY, (dataset, "mlp", family, density), strict=True))
                for moment, r, (i, layer) in product(("start", "end"), range(count), enumerate(layers)):
                    sizes = {"units": 30 - i, "edges": 60.0, "r2": 0.99 - 0.02 * random.random()}
                    null = {"gaussian_low": 0.95, "gaussian_high": 0.998, "uniform_low": 0.93, "uniform_high": 0.97}
                    found = {"distance": 0.05 + 0.02 * random.random(), "redealt": 0.05, "redealt_sd": 0.002}
                    profiles.append(at | {"moment": moment, "replicate": r, "layer": layer} | sizes | null | found)
                for r, treatment in product(range(count), TREATMENTS):
                    score = random.random()
                    transplants.append(at | {"replicate": r, "treatment": treatment, "r2": score, "test_accuracy": score})
                units = np.sort(random.normal(size=(30, 101)))
                self.curves[tuple(at.values())] = {
                    f"{layer}.{name}": array for layer in layers for name, array in (("end", units), ("band", units[:2]))
                }
        self.profiles, self.transplants = pd.DataFrame(profiles), pd.DataFrame(transplants)


DRAW = {
    "weight_profiles": lambda r: weight_profiles.draw(r.profiles, r.curves),
    "value_transplant": lambda r: value_transplant.draw(r.transplants, CHANCE | {"own": 0.1}, SETTINGS),
}
figures = pytest.mark.parametrize("name", DRAW)


@figures
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_texts_are_on_the_page_apart_and_large_enough(name, experiment, monkeypatch):
    assert_readable(DRAW[name](Results(**EXPERIMENTS[experiment])), monkeypatch)


def test_bars_are_told_of_several_replicates():
    assert_spread_told(*(DRAW["value_transplant"](Results(count=count)) for count in (3, 1)))


@figures
def test_n_and_density_are_stated_and_the_order_of_the_cells_does_not_matter(name, tmp_path):
    results, turned = Results(), Results()
    for table in ("profiles", "transplants"):
        cells = [cell for _, cell in getattr(turned, table).groupby(KEY, sort=False)]
        setattr(turned, table, pd.concat(cells[::-1]))
    turned.curves = dict(reversed(turned.curves.items()))
    said = DRAW[name](results).get_supxlabel().replace("\n", " ")
    assert "n = 3 replicates" in said and "Families that are given a density: 0.5." in said
    (one,), (other,) = (saved(DRAW[name](r), tmp_path / str(i), ["png"], 60) for i, r in enumerate((results, turned)))
    assert one.read_bytes() == other.read_bytes()


@figures
def test_nothing_to_show_is_said(name):
    nothing = Results()
    nothing.profiles, nothing.transplants, nothing.curves = pd.DataFrame(), pd.DataFrame(), {}
    figure = DRAW[name](nothing)
    assert not figure.axes and figure.texts[0].get_text().endswith(".")


def test_profiles_draw_the_layer_of_most_edges_and_both_nulls():
    results = Results(datasets=["digits"])
    figure = weight_profiles.draw(results.profiles, results.curves)
    dense = axes_of(figure, "Digits: hidden1")
    curves = results.curves["digits", "mlp", "dense", "1.0"]
    drawn = np.array([line.get_ydata() for line in dense.lines])
    assert np.allclose(drawn, np.concatenate([curves["hidden1.end"], curves["hidden1.band"]]))
    straight, alike = figure.axes[-2:]
    for axes, value in ((straight, lambda c: 1 - c["r2"].mean()), (alike, lambda c: (c["distance"] / c["redealt"]).mean())):
        marks = {line.get_ydata()[0] for line in axes.lines if line.get_color() == LOOKS["pruned"].colour}
        cells = results.profiles.query("family == 'pruned' and density == '0.5'").groupby(["moment", "layer"])
        assert sorted(marks) == pytest.approx(sorted(value(cell) for _, cell in cells))


def test_layers_without_enough_edges_are_left_out():
    results = Results(datasets=["digits"])
    few = results.profiles["layer"] == "output"
    results.profiles.loc[few, ["r2", "distance", "redealt", "redealt_sd"]] = np.nan
    ticks = weight_profiles.draw(results.profiles, results.curves).axes[-1].get_xticklabels()
    assert [tick.get_text() for tick in ticks] == ["hidden1", "hidden2"]


def test_transplants_draw_each_treatment_and_its_control():
    results = Results(datasets=["digits"])
    axes = axes_of(value_transplant.draw(results.transplants, CHANCE, SETTINGS), "Digits")
    shown = results.transplants.query("family == 'dense'").groupby("treatment")["test_accuracy"].mean() * 100
    marks = [line for line in axes.lines if line.get_color() == LOOKS["dense"].colour and line.get_markersize() > 3]
    filled = {round(m.get_xdata()[0], 9) for m in marks if to_hex(m.get_markerfacecolor()) != "#ffffff"}
    open_ones = {round(m.get_xdata()[0], 9) for m in marks} - filled
    assert filled == set(shown[[*VALUES, *PLACES]].round(9)) and open_ones == set(shown[list(NOISE)].round(9))
    assert [tick.get_text() for tick in axes.get_yticklabels()][:3] == ["Own values", "Gaussian", "Uniform"]

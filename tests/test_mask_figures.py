"""Figures of networks found among frozen weights, of their weights and of their masks."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from disentangle import artefacts
from disentangle.config import load_experiment
from disentangle.figures import drift, hump, mask_overlap, weight_values
from disentangle.figures.style import LOOKS
from disentangle.masks.histograms import edges
from disentangle.pipeline.job import Places
from disentangle.pipeline.plan import Plan
from disentangle.stages.masks import Masks
from disentangle.stages.prepare import Prepare
from tests.drawn import assert_readable, assert_same_bytes, assert_spread_told, axes_of, saved
from tests.made_up_masks import CHANCE, CONFIG, Selection

NOTHING = {"families": [], "dense": None, "random": None}
DRAW = {
    "hump": lambda s: hump.draw(s.metrics, s.accuracy, CHANCE, s.studies.get("hump", NOTHING)),
    "drift": lambda s: drift.draw(s.history, [family for family in s.families if family.startswith("edge_popup")]),
    "weight_values": lambda s: weight_values.draw(s.histograms),
    "mask_overlap": lambda s: mask_overlap.draw(s.overlaps),
}
ONE = {"mnist": {"network": "mlp"}}
EXPERIMENTS = {
    "whole": {},
    "one replicate": {"replicates": 1},
    "one data set": {"datasets": ONE},
    "two networks": {"datasets": {"mnist": {"network": ["mlp", "mlp_wide"]}, "fashion_mnist": {"network": "mlp"}}},
    "one family": {"datasets": ONE, "families": {"edge_popup": {}}, "densities": [0.5, 0.9]},
    "many": {
        "families": CONFIG["families"]
        | {f"edge_popup_{i}": {"family": "edge_popup"} for i in range(4)}
        | {"synflow": {"family": "pruned_at_start", "score": "synflow"}},
        "densities": [0.02, 0.1, 0.5, 0.9],
    },
}
figures = pytest.mark.parametrize("name", DRAW)


@cache
def made_up(changes):
    """The experiment of that name; no test may change it."""
    return Selection(**EXPERIMENTS[changes])


@pytest.fixture
def whole():
    return made_up("whole")


def planned(**changes):
    return figures_of(Plan(load_experiment(CONFIG | changes)))


def figures_of(plan):
    return {job.figure for job in plan.jobs["figure"]} & set(DRAW)


# Where they are drawn


def test_figures_are_drawn_where_there_is_something_to_show():
    assert planned() == set(DRAW)
    assert planned(replicates=1) == set(DRAW) - {"mask_overlap"}
    assert planned(densities=[0.5]) == set(DRAW) - {"hump"}
    assert planned(families={"dense": {}}) == {"weight_values"}
    assert planned(families={"dense": {}, "random": {}}) == {"weight_values", "mask_overlap"}


def test_overlap_is_read_of_the_cells_that_leave_edges_out(whole):
    (cells,) = (job.reads["overlaps"] for job in Plan(whole.experiment).jobs["figure"] if job.figure == "mask_overlap")
    assert not [path for path in cells if path.endswith("/1.0")] and any(path.endswith("/free") for path in cells)


def test_an_archive_without_what_a_figure_shows_leaves_it_out(whole, tmp_path):
    places = Places(told=tmp_path, made=tmp_path / "unpacked", drawn=tmp_path / "figures")

    def told():
        return figures_of(Plan(whole.experiment, places))

    def file(product):
        return Path(places.find(Masks.file(product, cell="mnist/mlp/edge_popup/0.5")))

    assert told() == {"drift"}  # from a table
    artefacts.write_json(Path(places.find(Prepare.file("description", dataset="mnist"))), {"largest_class": 0.1})
    assert told() == {"hump", "drift"}
    artefacts.write_rows(file("overlap"), [], ["first", "second"])
    assert told() == {"hump", "drift", "mask_overlap"}
    artefacts.save_arrays(file("histograms"), {"output.zeros": np.zeros(3)})
    assert told() == set(DRAW)


def test_histories_older_than_the_drift_are_said_to_be(whole):
    older = whole.history.drop(columns=["mask_moved", "score_moved"])
    figure = drift.draw(older, ["edge_popup"])
    assert not figure.axes and figure.texts[0].get_text() == "No history tells how far masks moved."


# How they are drawn


@pytest.mark.parametrize("changes", EXPERIMENTS)
@figures
def test_texts_are_on_the_page_apart_and_large_enough(name, changes, monkeypatch):
    assert_readable(DRAW[name](made_up(changes)), monkeypatch)


@pytest.mark.parametrize("name", ["hump", "drift"])
def test_bars_and_bands_are_told_of_several_replicates(name, whole):
    assert_spread_told(DRAW[name](whole), DRAW[name](made_up("one replicate")))


def test_a_full_mask_that_never_moves_is_drawn_without_logarithmic_scales(tmp_path, whole):
    still = whole.history.assign(mask_moved=0.0, score_moved=0.0, flipped=0.0)
    figure = drift.draw(still, ["edge_popup"])
    saved(figure, tmp_path / "drift", ["png"], 60)
    assert figure.axes and {axes.get_yscale() for axes in figure.axes} == {"linear"}


@figures
def test_n_is_stated_and_the_same_input_gives_the_same_bytes(name, tmp_path):
    made = made_up("one data set")
    assert "n = 3 replicates" in DRAW[name](made).get_supxlabel()
    assert_same_bytes(lambda: DRAW[name](made), tmp_path)


@figures
def test_nothing_to_show_is_said(name):
    nothing = Selection(families={"dense": {}}, datasets=ONE)
    nothing.histograms = {}
    figure = DRAW[name](nothing)
    assert not figure.axes and figure.texts[0].get_text().endswith(".")


def test_histories_that_do_not_tell_how_far_masks_moved_are_said_to(whole):
    assert not drift.draw(whole.history.drop(columns="mask_moved"), ["edge_popup"]).axes


@pytest.mark.parametrize(("families", "width"), [({"edge_popup": {}}, 3.4), (CONFIG["families"], 7)])
def test_one_panel_is_as_wide_as_a_column(families, width):
    few = Selection(families=families, datasets=ONE)
    assert DRAW["drift"](few).get_figwidth() == width
    assert DRAW["hump"](few).get_figwidth() == 3.4


# What is drawn


def lines_of(axes, family, **properties):
    """Lines in the colour of a family with these properties."""
    own = [line for line in axes.lines if line.get_color() == LOOKS[family].colour]
    return [line for line in own if all(getattr(line, f"get_{name}")() == value for name, value in properties.items())]


def band_of(axes, family):
    """Corners of the only band in the colour of a family."""
    bands = [c for c in axes.collections if isinstance(c, PolyCollection)]
    (own,) = (c for c in bands if to_hex(c.get_facecolor()[0]) == LOOKS[family].colour)
    return own.get_paths()[0].vertices


def test_hump_draws_a_network_in_its_own_panel():
    both = made_up("two networks")
    figure = DRAW["hump"](both)
    for network in ("mlp", "mlp_wide"):
        (mean,) = lines_of(axes_of(figure, f"MNIST, {network}"), "edge_popup", linestyle="-")
        own = both.accuracy.query("dataset == 'mnist' and network == @network and family == 'edge_popup'")
        assert mean.get_ydata() == pytest.approx(100 * own["mean"])


def test_hump_draws_means_replicates_and_references(whole):
    axes = axes_of(DRAW["hump"](whole), "Fashion-MNIST")
    table = whole.accuracy.query("dataset == 'fashion_mnist'").set_index("family")
    for family in ("edge_popup", "edge_popup_normal"):
        (mean,) = lines_of(axes, family, linestyle="-")
        assert mean.get_xdata() == pytest.approx([0.1, 0.3, 0.5, 0.9])
        assert mean.get_ydata() == pytest.approx(100 * table.loc[family, "mean"])
        (points,) = lines_of(axes, family, linestyle="None")
        own = whole.metrics.query("dataset == 'fashion_mnist' and family == @family")
        assert points.get_ydata() == pytest.approx(100 * own["test_accuracy"])
    (dense,), (random,) = (lines_of(axes, family) for family in ("dense", "random"))
    assert (dense.get_xdata() == [0, 1]).all() and dense.get_ydata() == pytest.approx(100 * table.loc["dense", "mean"])
    assert random.get_ydata() == pytest.approx(100 * table.loc["random", "mean"])
    for family, means in (("dense", table.loc[["dense"]]), ("random", table.loc["random"])):
        band = band_of(axes, family)
        for density, mean in zip(means["density"].astype(float), means.itertuples(), strict=True):
            at = band if family == "dense" else band[np.isclose(band[:, 0], density)]
            assert (at[:, 1].min(), at[:, 1].max()) == pytest.approx((100 * mean.low, 100 * mean.high))
    assert not lines_of(axes, "pruned") and axes.get_xlim() == pytest.approx((-0.05, 1.05))
    assert 10 in [pytest.approx(line.get_ydata()[0]) for line in axes.lines if line.get_linestyle() == ":"]


def test_hump_places_a_family_at_the_share_it_keeps(whole):
    full = whole.metrics.assign(realised_density=lambda t: t["realised_density"] + 0.04 * (t["family"] == "edge_popup_normal"))
    axes = axes_of(hump.draw(full, whole.accuracy, CHANCE, whole.studies["hump"]), "Fashion-MNIST")
    for family, more in (("edge_popup", 0), ("edge_popup_normal", 0.04)):
        (mean,) = lines_of(axes, family, linestyle="-")
        assert mean.get_xdata() == pytest.approx([x + more for x in (0.1, 0.3, 0.5, 0.9)])


def test_drift_draws_the_means_of_each_density_and_leaves_out_what_is_not_told(whole):
    figure = DRAW["drift"](whole)
    axes = axes_of(figure, "MNIST\nEdge-popup (± constant)")
    own = whole.history.query("dataset == 'mnist' and family == 'edge_popup'")
    solid, dotted = ([line for line in axes.lines if line.get_linestyle() == style] for style in ("-", ":"))
    assert [line.get_ydata()[0] for line in dotted] == pytest.approx([90, 70, 50, 10])
    for line, density in zip(solid, ("0.1", "0.3", "0.5", "0.9"), strict=True):
        means = own[own["density"] == density].groupby("epoch")["mask_moved"].mean()
        assert line.get_xdata() == pytest.approx(range(7)) and line.get_ydata() == pytest.approx(100 * means)
    assert len(figure.axes) == 3 * 4 and all(line.get_ydata().min() > 0 for line in figure.axes[2].lines)
    farther = whole.history.assign(score_moved=lambda t: t["score_moved"] * np.where(t["family"] == "edge_popup", 1, 5))
    for axes in drift.draw(farther, ["edge_popup", "edge_popup_normal"]).axes:
        drawn = np.concatenate([line.get_ydata() for line in axes.lines])
        assert axes.get_ylim()[0] <= drawn.min() and drawn.max() <= axes.get_ylim()[1]
    fewer = drift.draw(whole.history.drop(columns="flipped"), ["edge_popup", "edge_popup_normal"])
    assert len(fewer.axes) == 2 * 4


def test_weight_values_draw_the_shares_of_bins_and_zeros(whole):
    figure = DRAW["weight_values"](whole)
    axes = axes_of(figure, "MNIST\nhidden1")
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == [LOOKS[f].name for f in ("dense", "random", "pruned", "weight_free", "edge_popup", "edge_popup_normal")]
    stairs = {names[y]: axes.patches[y].get_data() for y in range(6)}
    heights = {name: stair.baseline - stair.values for name, stair in stairs.items()}
    middles = (edges()[1:] + edges()[:-1]) / 2
    assert middles[heights["Weight-free"] > 0] == pytest.approx([1], abs=0.06)
    assert middles[heights["Edge-popup (± constant)"] > 0] == pytest.approx([-1, 1], abs=0.06)
    counts = whole.histograms["mnist", "mlp", "dense", "1.0"]["hidden1.counts"].sum(axis=0)
    assert heights["Dense"] == pytest.approx(0.85 * counts / counts.max())
    zeros = whole.histograms["mnist", "mlp", "edge_popup", "0.5"]["hidden1.zeros"].sum() / (3 * 12 * 20)
    assert [text.get_text() for text in axes.texts if text.get_text() != "zeros"][4] == f"{zeros:.0%}"
    assert "Families that are given a density: 0.5." in figure.get_supxlabel().replace("\n", " ")


def test_mask_overlap_draws_correlations_and_chance(whole):
    figure = DRAW["mask_overlap"](whole)
    first, last = (axes_of(figure, title) for title in ("MNIST\nhidden1", "output"))
    (real,) = lines_of(first, "random", linestyle="-")
    (chance,) = lines_of(first, "random", linestyle="--")
    # Dead inputs are all that two masks have in common: of three quarters of the places the share p is kept, so that the
    # covariance is 3/4 p^2 - (3/4 p)^2 and the variance 3/4 p (1 - 3/4 p).
    expected = [p / 4 / (1 - 0.75 * p) for p in (0.1, 0.3, 0.5, 0.9)]
    assert chance.get_ydata() == pytest.approx(expected, abs=0.06)
    assert real.get_ydata() == pytest.approx(expected, abs=0.15)
    (nothing,) = lines_of(last, "random", linestyle="--")
    assert np.abs(nothing.get_ydata()).max() < 0.08


def test_equal_masks_correlate_fully_and_opposite_ones_not_at_all(whole):
    rows = whole.overlaps.query("dataset == 'mnist' and family == 'edge_popup' and layer == 'output'")
    half = rows.assign(kept_first=60, kept_second=60, possible=120, chance=30.0, chance_by_degrees=30.0)
    for shared, correlation in ((60, 1), (30, 0), (0, -1)):
        (line,) = lines_of(mask_overlap.draw(half.assign(shared=shared)).axes[0], "edge_popup", linestyle="-")
        assert line.get_ydata() == pytest.approx(correlation)
    full = rows.assign(kept_first=120, kept_second=120, shared=120, chance=120.0, chance_by_degrees=120.0, possible=120)
    mask_overlap.draw(full).draw_without_rendering()

"""Studies of weight-free networks: which families are compared, and how that is drawn."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import yaml
from snakemake.utils import update_config

from disentangle.cells import list_cells
from disentangle.config import Statistics, load_experiment
from disentangle.families import registry
from disentangle.families.weight_free_top_share import WeightFreeTopShare
from disentangle.figures import ablation, density_steering, estimators
from disentangle.figures.style import ESTIMATORS as KINDS
from disentangle.figures.style import LOOKS
from disentangle.networks import Network
from disentangle.pipeline.needs import Study as Needed
from disentangle.pipeline.plan import Plan
from tests.conftest import ROOT, SMALL
from tests.drawn import assert_readable, assert_same_bytes, assert_spread_told, axes_of, said_below, saved
from tests.made_up_studies import CONFIG, ESTIMATORS, EXACT, ON_OFF, PENALTIES, Study, experiment, studies
from tests.project import SMOKE

SETTINGS = Statistics(resamples=199)
DRAW = {
    "estimators": lambda s: estimators.draw(s.history, s.studies.get("estimators", []), SETTINGS),
    "ablation": lambda s: ablation.draw(s.metrics, s.accuracy, s.studies.get("ablation", [])),
    "density_steering": lambda s: density_steering.draw(s.metrics, s.accuracy, s.studies.get("density_steering", NOTHING)),
}
NOTHING = {"penalties": [], "exact": [], "rivals": [], "dense": "dense"}
EXPERIMENTS = {
    "whole": {},
    "one replicate": {"replicates": 1},
    "one data set": {"datasets": {"mnist": {"network": "mlp"}}},
    "two networks": {"datasets": {"mnist": {"network": ["mlp", "mlp_tanh"]}, "fashion_mnist": {"network": "mlp"}}},
    "two estimators, no penalty": {
        "families": {"dense": {}, **dict(list(ESTIMATORS.items())[:2]), **EXACT},
        "datasets": {"mnist": {"network": ["mlp", "mlp_tanh"]}},
    },
    "penalties alone": {"families": {**PENALTIES, **dict(list(ON_OFF.items())[:2])}},
}
figures = pytest.mark.parametrize("name", DRAW)


@pytest.fixture(scope="module")
def whole():
    return Study()


# What is compared


def test_families_that_differ_only_in_their_estimator_are_grouped():
    found = studies(list_cells(experiment()))
    names = ["hard_forward", "soft", "identity", "stochastic"]
    assert found["estimators"] == [dict(zip(names, group, strict=True)) for group in (ESTIMATORS, ON_OFF)]
    assert [group["dense"] for group in found["ablation"]] == ["dense", "dense_on_off"]
    assert found["ablation"][0]["estimators"] == found["estimators"][0]


def test_families_that_differ_only_in_their_penalty_are_grouped():
    found = studies(list_cells(experiment()))["density_steering"]
    assert found["penalties"] == [{"weight_free_on_off": 0.0} | {k: e["edge_penalty"] for k, e in PENALTIES.items()}]
    assert (found["exact"], found["rivals"], found["dense"]) == (list(EXACT), ["pruned", "edge_popup"], "dense")


def test_other_settings_make_another_group():
    families = CONFIG["families"] | {"weight_free_soft": ESTIMATORS["weight_free_soft"] | {"spread": 0.2}}
    (first, _) = studies(list_cells(experiment(families=families)))["estimators"]
    assert "soft" not in first


def planned(of):
    """What each planned figure is given to compare, and of the others nothing."""
    jobs = Plan(of).jobs["figure"]
    return {job.figure: [v for n, v in job.given.items() if isinstance(job.teller.needs[n], Needed)] for job in jobs}


def test_an_experiment_has_only_the_figures_that_show_something():
    one = {"datasets": {"mnist": {"network": "mlp"}}, "families": ESTIMATORS}
    for of, shown in (
        (load_experiment(SMALL), ["drift"]),
        (experiment(), [*DRAW, "hump", "drift"]),
        (experiment(**one), ["estimators"]),
        (experiment(families=EXACT, densities=[0.5]), []),
        (experiment(families=EXACT), ["density_steering"]),
        (experiment(families=PENALTIES), ["density_steering"]),
    ):
        assert {name for name, compared in planned(of).items() if compared} == set(shown)


def test_a_figure_of_a_study_is_given_its_own_study_and_no_other_figure_any():
    drawn, found = planned(experiment()), studies(list_cells(experiment()))
    assert {name: compared for name, compared in drawn.items() if compared} == {name: [of] for name, of in found.items()}
    assert set(found) == {*DRAW, "hump", "drift"} and {"spectra", "wiring"} <= set(drawn)


# How it is drawn


@pytest.mark.parametrize("changes", EXPERIMENTS)
@figures
def test_texts_are_on_the_page_apart_and_large_enough(name, changes, monkeypatch):
    assert_readable(DRAW[name](Study(**EXPERIMENTS[changes])), monkeypatch)


@figures
def test_bars_and_bands_are_told_of_several_replicates(name, whole):
    assert_spread_told(DRAW[name](whole), DRAW[name](Study(replicates=1)))


def test_the_budget_is_that_of_the_families_drawn(whole):
    whole = deepcopy(whole)
    whole.metrics.loc[whole.metrics["family"] == "pruned", "epochs"] = 12  # a rival, and no part of the ablation
    assert "of 6 epochs" in said_below(DRAW["ablation"](whole))
    assert "of 6 to 12 epochs" in said_below(DRAW["density_steering"](whole))


def test_gates_that_are_all_decided_are_drawn_without_a_logarithmic_scale(whole, tmp_path):
    decided = deepcopy(whole)
    decided.history = whole.history.assign(undecided=0.0)
    figure = DRAW["estimators"](decided)
    saved(figure, tmp_path / "estimators", ["png"], 60)
    _, undecided, flips, *_ = figure.axes
    assert (undecided.get_yscale(), flips.get_yscale()) == ("linear", "log")


@figures
def test_n_is_stated_and_the_same_input_gives_the_same_bytes(name, tmp_path):
    made = Study(**EXPERIMENTS["one data set"])
    assert "n = 3 replicates" in DRAW[name](made).get_supxlabel()
    assert_same_bytes(lambda: DRAW[name](made), tmp_path)


@figures
def test_nothing_to_show_is_said(name):
    figure = DRAW[name](Study(families={"dense": {}}))
    assert not figure.axes and figure.texts[0].get_text().endswith(".")


def line_of(axes, colour):
    """The line of a colour that has the most points."""
    return max((line for line in axes.lines if line.get_color() == colour), key=lambda line: len(line.get_xdata()))


def test_estimators_draw_means_by_epoch(whole):
    figure = DRAW["estimators"](whole)
    axes = axes_of(figure, "MNIST\nWeight-free ON/OFF")
    own = whole.history.query("dataset == 'mnist' and family == 'weight_free_soft_on_off' and epoch > 0")
    line = line_of(axes, KINDS["soft"].colour)
    assert line.get_xdata() == pytest.approx(range(1, 7))
    assert line.get_ydata() == pytest.approx(100 * own.groupby("epoch")["validation_accuracy"].mean())
    assert {axes.get_yscale() for axes in figure.axes} == {"function", "log"}


def test_ablation_draws_replicates_means_and_dense(whole):
    axes = axes_of(DRAW["ablation"](whole), "Fashion-MNIST: Weight-free ON/OFF")
    table = whole.accuracy.query("dataset == 'fashion_mnist'").set_index("family")["mean"]
    assert line_of(axes, LOOKS["dense"].colour) is not None
    dense = [line for line in axes.lines if line.get_color() == LOOKS["dense"].colour and line.get_marker() == "None"]
    assert 100 * table["dense_on_off"] in [pytest.approx(line.get_xdata()[0]) for line in dense]
    points = line_of(axes, KINDS["soft"].colour)
    own = whole.metrics.query("dataset == 'fashion_mnist' and family == 'weight_free_soft_on_off'")
    assert points.get_xdata() == pytest.approx(100 * own["test_accuracy"])


def test_density_steering_draws_penalties_and_costs(whole):
    figure = DRAW["density_steering"](whole)
    by_penalty, by_density, by_edges, by_bits = figure.axes[:4]
    table = whole.accuracy.query("dataset == 'mnist'").set_index(["family", "density"])
    steered = line_of(by_penalty, LOOKS["weight_free_on_off"].colour)
    assert steered.get_xdata() == pytest.approx([0, 0.1, 0.3, 0.9, 2.7])
    assert np.all(np.diff(steered.get_ydata()) < 0)
    exact = LOOKS["weight_free_top_share_on_off"].colour
    own = table.loc["weight_free_top_share_on_off"]
    assert line_of(by_density, exact).get_xdata() == pytest.approx([0.01, 0.05, 0.5])
    assert line_of(by_edges, exact).get_xdata() == pytest.approx(own["edges"])
    assert line_of(by_bits, exact).get_xdata() == pytest.approx(own["bits"] / 8000)
    assert line_of(by_bits, exact).get_ydata() == pytest.approx(100 * own["mean"])
    penalised = table.loc[["weight_free_on_off", *PENALTIES]].sort_values("edges")
    assert line_of(by_edges, LOOKS["weight_free_on_off"].colour).get_xdata() == pytest.approx(penalised["edges"])
    dense = 100 * table.loc[("dense", "1.0"), "mean"]
    assert (by_edges.patches[0].get_y(), by_edges.patches[0].get_height()) == pytest.approx((dense - 1, 1))


def test_edges_that_cancel_are_told_beside_the_edges(whole):
    """A line from each marker of an ON/OFF network down to its effective edges, and a sentence; neither without them."""
    figure = DRAW["density_steering"](whole)
    acting = whole.accuracy.query("dataset == 'mnist' and effective_edges < edges and family != 'dense_on_off'")
    drawn = acting[acting["family"].isin([*EXACT, *PENALTIES, "weight_free_on_off"])]
    lines = next(lines for lines in figure.axes[2].collections if len(lines.get_segments()) == len(drawn) > 5)
    ends = sorted((segment[0][0], segment[1][0]) for segment in lines.get_segments())
    assert ends == sorted(zip(drawn["effective_edges"], drawn["edges"], strict=True))
    assert "effective edges" in said_below(figure)
    for older in (
        whole.accuracy.assign(effective_edges=np.nan),
        whole.accuracy.assign(effective_edges=whole.accuracy["edges"]),
    ):
        figure = density_steering.draw(whole.metrics, older, whole.studies["density_steering"])
        assert "effective edges" not in said_below(figure)


def test_density_steering_leaves_out_a_network_with_one_density(whole):
    study = whole.studies["density_steering"] | {"exact": [], "penalties": [{"weight_free_on_off": 0.0}]}
    assert not density_steering.draw(whole.metrics, whole.accuracy, study).axes


class Mine(WeightFreeTopShare):
    pass


def test_a_family_of_your_own_joins_a_study_by_its_traits(monkeypatch):
    monkeypatch.setitem(registry.FAMILIES, "mine", f"{__name__}:Mine")
    families = CONFIG["families"] | {"mine": {}}
    alone = experiment(families={"dense": {}, "mine": {}})
    assert studies(list_cells(experiment(families=families)))["density_steering"]["exact"] == [*EXACT, "mine"]
    assert studies(list_cells(alone)) == {
        "density_steering": {"penalties": [], "exact": ["mine"], "rivals": [], "dense": "dense"}
    }
    monkeypatch.setattr(Mine, "traits", frozenset({"rival"}))
    assert "mine" in studies(list_cells(experiment(families=families)))["density_steering"]["rivals"]
    assert studies(list_cells(alone)) == {}


# In the workflow


@pytest.mark.slow
def test_figures_of_studies_appear_with_the_families_they_compare(twin):
    twin.edit(
        "workflow/presets/smoke.yaml",
        "pruned_iterative: null",
        "pruned_iterative: null\n  weight_free_soft: {family: weight_free, initial_density: 0.2, estimator: soft}"
        "\n  weight_free_top_share: {densities: [0.1, 0.5]}",
    )
    drawn = {message for message in twin.planned() if message.startswith("Draw ")}
    assert {"Draw estimators", "Draw density_steering"} <= drawn and "Draw ablation" not in drawn
    figures = {f"figures/smoke/{name}.svg" for name in ("estimators", "density_steering")}
    twin.snakemake(*figures, *SMOKE)
    assert figures <= set(twin.products())
    table = pd.read_csv(twin.folder / "results/smoke/tables/accuracy.csv").set_index("family")
    assert table.loc["dense", "bits"] == 0 and table.loc["weight_free_soft", "bits"] > 0


def test_the_weight_free_preset_has_every_study_and_pairs_numbers_of_edges():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(config, yaml.safe_load((ROOT / "workflow/presets/weight_free.yaml").read_text()))
    cells = list_cells(load_experiment(config))
    found = studies(cells)
    assert set(found) == {*DRAW, "hump", "drift"}
    assert [set(group) for group in found["estimators"]] == [set(KINDS)] * 2
    densities = {label: {float(cell.density) for cell in cells if cell.family == label} for label in ("pruned", "edge_popup")}
    exact = {float(cell.density) for cell in cells if cell.family == "weight_free_top_share_on_off"}
    for own in densities.values():
        assert exact | {2 * density for density in exact if density < 0.5} == own


def test_the_preset_inhibition_compares_at_equal_edges_and_places():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(config, yaml.safe_load((ROOT / "workflow/presets/inhibition.yaml").read_text()))
    cells = list_cells(load_experiment(config))
    networks = {cell.path: Network(cell.kind, cell.make_layout(), (1, 28, 28), 10, cell.make_family().on_off) for cell in cells}
    places = {path: sum(layer.edges for layer in network.layers) for path, network in networks.items()}
    kept = {cell.path: sum(cell.frame(networks[cell.path].layers).kept.values()) for cell in cells}
    for dataset in ("mnist_unit", "fashion_mnist_unit"):
        at = f"{dataset}/mlp"
        for both, hidden in (("0.01", "0.0179"), ("0.05", "0.0896")):
            own, other = f"{at}/weight_free_top_share_on_off/{both}", f"{at}/weight_free_top_share_on_off_hidden/{hidden}"
            assert kept[other] == pytest.approx(kept[own], rel=1e-3)
        assert places[f"{at}/weight_free/free"] == places[f"{at}_alternating/weight_free/free"]
        wide, doubled = places[f"{at}_alternating_wide/weight_free/free"], places[f"{at}/weight_free_on_off/free"]
        assert wide == pytest.approx(doubled, rel=1e-3)
    trained = [cell for cell in cells if not cell.parent]
    assert len(trained) == 20 and len(cells) - len(trained) == 6

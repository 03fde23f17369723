"""Figures draw what they were given."""

from itertools import product

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from disentangle.figures import (
    accuracy_by_density,
    accuracy_by_family,
    convergence,
    gradient_error,
    learning_curves,
    shared_weight,
    spectra,
    spectral_distance,
    wiring,
)
from disentangle.figures.densities import best_on_validation
from disentangle.figures.style import DATASETS, LOOKS, family_looks
from tests.drawn import axes_of
from tests.made_up_results import CHANCE, EPOCHS, KEY, SETTINGS, SHAPES, Results, masks_of


@pytest.fixture(scope="module")
def results():
    return Results()


def test_accuracy_by_family_draws_the_accuracies(results):
    whole, closer, *_ = accuracy_by_family.draw(results.metrics, results.accuracy, CHANCE).axes
    best = best_on_validation(results.metrics).query("dataset == 'digits'")
    table = results.accuracy.merge(best[KEY].drop_duplicates(), on=KEY)
    for axes in (whole, closer):
        points = np.concatenate([line.get_xdata() for line in axes.lines if line.get_markersize() == 2])
        means = np.concatenate([line.get_xdata() for line in axes.lines if line.get_markersize() == 3.5])
        bars = [path.vertices[:, 0] for c in axes.collections if isinstance(c, LineCollection) for path in c.get_paths()]
        assert sorted(points) == pytest.approx(sorted(100 * best["test_accuracy"]))
        assert sorted(means[means != 10]) == pytest.approx(sorted(100 * table["mean"]))
        assert np.sort(bars, axis=0) == pytest.approx(np.sort(100 * table[["low", "high"]].to_numpy(), axis=0))
    trained = 100 * best.loc[best["family"] != "random", "test_accuracy"]
    assert closer.get_xlim()[0] < trained.min() and trained.max() < closer.get_xlim()[1]
    assert closer.get_xlim()[0] > 50


def test_accuracy_by_family_has_a_row_for_each_family_of_a_panel_and_no_other(results):
    there = results.accuracy.query("dataset == 'digits' or family in ['dense', 'pruned']")
    metrics = results.metrics.merge(there[KEY], on=KEY)
    figure = accuracy_by_family.draw(metrics, there, CHANCE)
    for dataset in there["dataset"].unique():
        names = [label.get_text() for label in axes_of(figure, DATASETS[dataset]).get_yticklabels()]
        families = set(there.query("dataset == @dataset")["family"])
        assert names == [look.name for family, look in family_looks(there["family"]).items() if family in families]


def test_accuracy_by_density_draws_the_means(results):
    closer = axes_of(accuracy_by_density.draw(results.metrics, results.accuracy, CHANCE), "Digits")
    for family in ("pruned", "weight_free"):
        cells = results.accuracy.query("dataset == 'digits' and family == @family")
        (line,) = (line for line in closer.lines if line.get_color() == LOOKS[family].colour)
        assert line.get_xdata() == pytest.approx([0.1, 0.5] if family == "pruned" else [0.2])
        assert line.get_ydata() == pytest.approx(100 * cells["mean"].to_numpy())
    (dense,) = (line for line in closer.lines if line.get_color() == LOOKS["dense"].colour)
    assert set(dense.get_ydata()) == {100 * results.accuracy.query("dataset == 'digits' and family == 'dense'")["mean"].item()}


def test_learning_curves_draw_the_last_round(results):
    figure = learning_curves.draw(results.history, EPOCHS)
    loss = axes_of(figure, "Digits")
    for family, start in (("dense", 0), ("pruned", EPOCHS), ("pruned_iterative", 2 * EPOCHS)):
        (line,) = (line for line in loss.lines if line.get_color() == LOOKS[family].colour)
        assert line.get_xdata() == pytest.approx(np.arange(1, EPOCHS + 1))
        assert line.get_ydata() == pytest.approx(2 / (start + np.arange(1, EPOCHS + 1) + 1) + 0.01)
    assert "Not trained: Random." in figure.get_supxlabel()
    assert "Random" not in [text.get_text() for text in figure.legends[0].get_texts()]


def test_spectra_draw_all_eigenvalues_but_one(results):
    axes = axes_of(spectra.draw(results.densities), "Digits")
    about = results.densities["digits", "mlp", "dense", "1.0"]
    stairs = axes.patches[0].get_data()
    assert (stairs.values * np.diff(stairs.edges)).sum() == pytest.approx(1 - about["magnitude.ones"])
    assert axes.texts[0].get_text() == f"{about['magnitude.ones']:.0%} at 1\n(null {about['null.ones']:.0%})"


def test_spectral_distance_draws_the_matrix_by_family_and_the_map(results):
    networks, distances = results.comparisons["digits", "mlp"]
    turned = networks[::-1].reset_index(drop=True), {k: np.flip(v) for k, v in distances.items()}
    figure = spectral_distance.draw({("digits", "mlp"): turned})
    matrices = [axes for axes in figure.axes if axes.images]
    assert np.allclose(matrices[0].images[0].get_array(), distances["raw"])
    assert np.allclose(matrices[1].images[0].get_array(), distances["matched"])
    chart = axes_of(figure, "Null taken off")
    points = np.concatenate([line.get_xydata() for line in chart.lines])
    assert np.sort(points, axis=0) == pytest.approx(np.sort(networks[["matched_x", "matched_y"]].to_numpy(), axis=0))


def test_learning_curves_leave_out_a_panel_of_networks_that_are_not_trained(results):
    also = results.history[results.history["family"] == "random"].assign(network="wide")
    figure = learning_curves.draw(pd.concat([results.history, also]), EPOCHS)
    assert not [axes for axes in figure.axes if "wide" in axes.get_title(loc="left")]


def test_shared_weight_draws_means_on_both_sides_of_0(results):
    axes = axes_of(shared_weight.draw(results.sweeps, CHANCE, SETTINGS), "Digits")
    own = results.sweeps.query("dataset == 'digits' and family == 'weight_free'")
    lines = [line for line in axes.lines if line.get_color() == LOOKS["weight_free"].colour]
    assert [len(line.get_xdata()) for line in lines] == [3, 7, 3, 7]  # frozen, then remeasured: no line crosses 0
    for line, (statistics, positive) in zip(lines, product(["frozen", "remeasured"], [False, True]), strict=True):
        cells = own[(own["statistics"] == statistics) & ((own["factor"] > 0) == positive)]
        assert line.get_ydata() == pytest.approx(100 * cells.groupby("factor")["test_accuracy"].mean().to_numpy())
        assert ((line.get_xdata() > 0) == positive).all() and (np.diff(line.get_xdata()) > 0).all()
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert labels == ["\N{MINUS SIGN}2", "\N{MINUS SIGN}1", "\N{MINUS SIGN}0.5", "0.1", "0.25", "0.5", "1", "2", "4"]


@pytest.mark.parametrize("factors", [[3.0], [-3.0, -2.5], [1.0]])
def test_shared_weight_takes_any_factors(results, factors):
    few = pd.concat([results.sweeps[results.sweeps["factor"] == 1].assign(factor=factor) for factor in factors])
    figure = shared_weight.draw(few, CHANCE, SETTINGS)
    figure.draw_without_rendering()
    assert axes_of(figure, "Digits").get_xticklabels()


def test_convergence_draws_bias_descent_and_ranks(results):
    figure = convergence.draw(results.bias, results.convergence, results.enumeration)
    above, middle, below = figure.axes
    (measured,) = (line for line in above.lines if line.get_label() == "measured")
    assert measured.get_ydata() == pytest.approx(results.bias["relative_bias"].to_numpy())
    solid = [line for line in middle.lines if line.get_linestyle() == "-"]
    for line, (_, run) in zip(solid, results.convergence.groupby("hardness"), strict=True):
        assert line.get_ydata() == pytest.approx(run["smallest"].to_numpy())
    counts = [text.get_text() for text in below.texts if "/" in text.get_text()]
    assert counts == ["4/6"] * 8  # of the ranks 1, 1, 1 and 1, 31, 61 of 1024 the first four are among the best 1%
    points = np.concatenate([line.get_xdata() for line in below.lines if line.get_marker() == "o"])
    assert sorted(points) == pytest.approx(sorted(100 * results.enumeration["rank"] / 1024))


def test_wiring_sums_on_and_off_and_counts_the_possible():
    on, off = np.arange(64), np.arange(64)[::-1] * 3
    key = ("digits", "mlp", "weight_free_on_off", "free")
    degrees = {
        "hidden1.out_degree": np.concatenate([on, off])[None],
        "hidden1.in_degree": np.array([[32, 64, 64, 96]]),
    }
    figure = wiring.draw({key: degrees}, masks_of({key: {"hidden1": 4 * 128}}), SHAPES)
    (image,) = (axes.images[0] for axes in figure.findobj(mpl.axes.Axes) if axes.images)
    assert np.allclose(image.get_array(), ((on + off) / (on + off).mean()).reshape(8, 8))
    box = axes_of(figure, "hidden1").patches[0].get_path().vertices[:, 0]
    assert (box.min(), box.max()) == pytest.approx((0.4375, 0.5625))


def test_wiring_takes_convolutions_and_colours():
    random = np.random.default_rng(0)
    conv, mlp = ("cifar10", "conv", "dense", "1.0"), ("cifar10", "mlp", "dense", "1.0")
    names = [f"conv{i + 1}" for i in range(6)]
    degrees = {
        conv: {f"{n}.out_degree": random.integers(1, 9, (2, 3)) for n in names}
        | {f"{n}.in_degree": np.full((2, 8), 27) for n in names},
        mlp: {"output.out_degree": random.integers(0, 5, (2, 3072)), "output.in_degree": np.full((2, 10), 9)},
    }
    masks = masks_of({conv: dict.fromkeys(names, 8 * 27), mlp: {"output": 30720}})
    figure = wiring.draw(degrees, masks, {"cifar10": (3, 32, 32)})
    figure.draw_without_rendering()
    shapes = {axes.images[0].get_array().shape for axes in figure.findobj(mpl.axes.Axes) if axes.images}
    assert shapes == {(1, 3), (32, 32)}
    layers = [axes.get_title(loc="left") for axes in figure.findobj(mpl.axes.Axes) if axes.get_title(loc="left")]
    assert layers == ["CIFAR-10, conv", "conv1", "conv3", "conv4", "conv6", "CIFAR-10, mlp", "output"]


def test_gradient_error_draws_means_before_and_after_the_training(results):
    figure = gradient_error.draw(results.gradients)
    cosine, bias = figure.axes[0], figure.axes[2]
    own = results.gradients.query("dataset == 'digits' and family == 'weight_free'")
    for moment, style in (("start", "--"), ("end", "-")):
        means = own[own["moment"] == moment].groupby("hardness")
        for axes, quantity in ((cosine, "cosine"), (bias, "bias_norm")):
            lines = [line for line in axes.lines if line.get_color() == LOOKS["weight_free"].colour]
            (line,) = (line for line in lines if line.get_marker() != "None" and line.get_linestyle() == style)
            assert line.get_ydata() == pytest.approx(means[quantity].mean().to_numpy())
    assert "exceeds its bound in 0 of 72 measurements" in figure.get_supxlabel().replace("\n", " ")
    beyond = results.gradients.assign(bias_norm=lambda rows: 2 * rows["bound"])
    assert "in 72 of 72" in gradient_error.draw(beyond).get_supxlabel().replace("\n", " ")

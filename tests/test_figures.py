"""Figures: what is drawn is what was given, it can be read, and the same input gives the same bytes."""

import hashlib
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from disentangle.figures import (
    accuracy_by_density,
    accuracy_by_family,
    convergence,
    learning_curves,
    shared_weight,
    spectra,
    spectral_distance,
    wiring,
)
from disentangle.figures.densities import best_on_validation, nearest_half, nearest_half_note
from disentangle.figures.panels import replicates, titles
from disentangle.figures.saving import save
from disentangle.figures.style import FAMILIES, SPARE_COLOURS, SPARE_MARKERS, family_looks
from tests.drawn import assert_readable, axes_of
from tests.made_up_results import CHANCE, DRAW, EPOCHS, EXPERIMENTS, FORMATS, KEY, SHAPES, Results

figures = pytest.mark.parametrize("name", DRAW)
experiments = pytest.mark.parametrize("experiment", EXPERIMENTS)


@pytest.fixture(scope="module")
def results():
    return Results()


def digests(folder):
    """Write every figure of an experiment in every format; name and SHA-256 of each file."""
    small = Results(families=["dense", "pruned", "weight_free_on_off"], count=2)
    paths = [path for name, draw in DRAW.items() for path in save(draw(small), Path(folder) / name, FORMATS, 100)]
    return [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, digests(folder)


def test_bytes_are_those_of_another_process(tmp_path, written):
    code = "import sys; from tests.test_figures import digests; print('\\n'.join(digests(sys.argv[1])))"
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    there = subprocess.run(command, env=environment, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert there.returncode == 0, there.stderr
    assert there.stdout.split() == " ".join(written[1]).split()


def test_bytes_do_not_depend_on_other_formats_or_the_users_settings(tmp_path, results):
    draw = DRAW["learning_curves"]
    *_, together = save(draw(results), tmp_path / "together", FORMATS, 100)
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "savefig.dpi": 30}):
        (alone,) = save(draw(results), tmp_path / "alone", ["png"], 100)
    assert alone.read_bytes() == together.read_bytes()


@figures
def test_fonts_are_embedded_and_nothing_is_dated(name, written):
    pdf, svg = ((written[0] / f"{name}.{form}").read_bytes() for form in ("pdf", "svg"))
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"/CreationDate" not in pdf
    assert b"<dc:date>" not in svg


@experiments
@figures
def test_texts_are_on_the_page_apart_and_large_enough(name, experiment, monkeypatch):
    figure = DRAW[name](Results(**EXPERIMENTS[experiment]))
    assert_readable(figure, monkeypatch)


@figures
def test_nothing_to_show_is_said(name):
    nothing = Results(families=["dense"], datasets=["digits"])
    nothing.metrics, nothing.accuracy, nothing.history = (
        frame.head(0) for frame in (nothing.metrics, nothing.accuracy, nothing.history)
    )
    nothing.bias, nothing.convergence, nothing.enumeration = (pd.DataFrame() for _ in range(3))
    nothing.densities, nothing.degrees, nothing.comparisons = {}, {}, {}
    assert nothing.sweeps.empty
    figure = DRAW[name](nothing)
    assert not figure.axes
    assert figure.texts[0].get_text().endswith(".")


@figures
def test_n_is_stated(name, results):
    assert ("n = 3 starts" if name == "convergence" else "n = 3 replicates") in DRAW[name](results).get_supxlabel()


@figures
def test_rows_in_another_order_give_the_same_order(name, results):
    turned = Results()
    for table in ("metrics", "accuracy", "history", "sweeps", "bias", "convergence", "enumeration"):
        setattr(turned, table, getattr(turned, table).iloc[::-1])
    for mapping in ("densities", "degrees", "comparisons"):
        setattr(turned, mapping, dict(reversed(getattr(turned, mapping).items())))
    labels = [
        [t.get_text() for axes in f.findobj(mpl.axes.Axes) for t in [axes.title, axes.yaxis.label, *axes.get_yticklabels()]]
        + [t.get_text() for legend in f.legends for t in legend.get_texts()]
        for f in (DRAW[name](results), DRAW[name](turned))
    ]
    assert labels[0] == labels[1]


def test_families_keep_order_and_look_whatever_else_is_there():
    looks = family_looks(["zebra", "edge_popup", "dense", "adder"])
    assert list(looks) == ["dense", "edge_popup", "adder", "zebra"]
    assert looks["edge_popup"] == FAMILIES["edge_popup"]
    assert looks["zebra"].name == "zebra"


def test_families_differ_in_colour_and_marker():
    many = family_looks([*FAMILIES, *map(str, range(30))])
    assert len({(look.colour, look.marker) for look in many.values()}) == len(many)
    known = [look.colour for look in FAMILIES.values()]
    assert len({*known, *SPARE_COLOURS}) == len(known) + len(SPARE_COLOURS)
    assert len({look.marker for look in FAMILIES.values()}) == len(FAMILIES)
    assert len(set(SPARE_MARKERS)) == len(SPARE_MARKERS)


def test_known_families_differ_for_the_colour_blind():
    # Machado et al. 2009, severity 1, on linear RGB; then CIELAB.
    deutan = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    protan = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    rgb = np.array([to_rgb(look.colour) for look in FAMILIES.values()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for seen in (np.eye(3), deutan, protan):
        xyz = (linear @ np.array(seen).T).clip(0, 1) @ to_xyz.T / to_xyz.sum(1)
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
        distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
        assert distances[np.triu_indices(len(lab), 1)].min() > 20


def test_panels_name_the_network_where_there_are_several():
    assert titles([("own", "mlp"), ("digits", "mlp")]) == {("digits", "mlp"): "Digits", ("own", "mlp"): "own"}
    assert list(titles([("digits", "wide"), ("digits", "mlp")]).values()) == ["Digits, mlp", "Digits, wide"]


def test_replicates_are_counted_in_words():
    assert [replicates([5, 5]), replicates([1]), replicates([3, 5])] == [
        "n = 5 replicates",
        "n = 1 replicate",
        "n = 3 to 5 replicates",
    ]


def test_the_density_shown_is_the_one_nearest_one_half():
    cells = [("digits", "mlp", f, d) for f, d in [("a", "0.1"), ("a", "0.4"), ("a", "0.6"), ("b", "free"), ("c", "1.0")]]
    shown = nearest_half(cells)
    assert [key[2:] for key in shown] == [("a", "0.4"), ("b", "free"), ("c", "1.0")]
    assert nearest_half_note(shown, family_looks("abc")) == "Families that are given a density: 0.4."
    assert nearest_half_note(shown[1:], family_looks("bc")) == ""
    both = [*shown, ("digits", "mlp", "d", "0.9")]
    assert nearest_half_note(both, family_looks("abcd")) == "a: density 0.4. d: density 0.9."


def test_validation_not_test_accuracy_chooses_the_density():
    rows = [("0.1", 0.9, 0.7), ("0.5", 0.8, 0.8), ("0.9", 0.7, 0.8)]
    metrics = pd.DataFrame(
        [dict(zip([*KEY, "test_accuracy", "validation_accuracy"], ("digits", "mlp", "a", *row), strict=True)) for row in rows]
    )
    assert best_on_validation(metrics)["density"].tolist() == ["0.5"]


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


def test_accuracy_by_density_draws_the_means(results):
    closer = axes_of(accuracy_by_density.draw(results.metrics, results.accuracy, CHANCE), "Digits")
    for family in ("pruned", "weight_free"):
        cells = results.accuracy.query("dataset == 'digits' and family == @family")
        (line,) = (line for line in closer.lines if line.get_color() == FAMILIES[family].colour)
        assert line.get_xdata() == pytest.approx([0.1, 0.5] if family == "pruned" else [0.2])
        assert line.get_ydata() == pytest.approx(100 * cells["mean"].to_numpy())
    (dense,) = (line for line in closer.lines if line.get_color() == FAMILIES["dense"].colour)
    assert set(dense.get_ydata()) == {100 * results.accuracy.query("dataset == 'digits' and family == 'dense'")["mean"].item()}


def test_learning_curves_draw_the_last_round(results):
    figure = learning_curves.draw(results.history, EPOCHS)
    loss = axes_of(figure, "Digits")
    for family, start in (("dense", 0), ("pruned", EPOCHS), ("pruned_iterative", 2 * EPOCHS)):
        (line,) = (line for line in loss.lines if line.get_color() == FAMILIES[family].colour)
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


def test_shared_weight_draws_means_on_both_sides_of_0(results):
    axes = axes_of(shared_weight.draw(results.sweeps, CHANCE), "Digits")
    own = results.sweeps.query("dataset == 'digits' and family == 'weight_free'")
    lines = [line for line in axes.lines if line.get_color() == FAMILIES["weight_free"].colour]
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
    figure = shared_weight.draw(few, CHANCE)
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
    figure = wiring.draw({key: degrees}, {key: {"hidden1": 4 * 128}}, SHAPES)
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
    figure = wiring.draw(degrees, {conv: dict.fromkeys(names, 8 * 27), mlp: {"output": 30720}}, {"cifar10": (3, 32, 32)})
    figure.draw_without_rendering()
    shapes = {axes.images[0].get_array().shape for axes in figure.findobj(mpl.axes.Axes) if axes.images}
    assert shapes == {(1, 3), (32, 32)}
    layers = [axes.get_title(loc="left") for axes in figure.findobj(mpl.axes.Axes) if axes.get_title(loc="left")]
    assert layers == ["CIFAR-10, conv", "conv1", "conv3", "conv4", "conv6", "CIFAR-10, mlp", "output"]

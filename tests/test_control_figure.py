"""The figure of controls: what it groups, and how that is drawn."""

import hashlib

import numpy as np
import pytest

from disentangle.figures import controls
from disentangle.figures.style import LOOKS
from tests.drawn import assert_readable, assert_spread_told, axes_of, saved
from tests.made_up_controls import CONFIG, Controls, controls_of

ONE = {"mnist": {"network": "mlp"}}
AGAIN = {"family": "control", "of": "edge_popup", "trained": True, "learning": {"learning_rate": 0.1}}
EXPERIMENTS = {
    "whole": {},
    "one panel": {"datasets": ONE, "densities": [0.5], "families": {"edge_popup": {}, **controls_of("edge_popup")}},
    "one replicate": {"replicates": 1},
    "only trained": {"families": {"dense": {}, "pruned": {}, "mine": {"family": "control", "of": "pruned", "trained": True}}},
    "many rows": {"densities": [0.5], "families": CONFIG["families"] | {"again": AGAIN}},
}


@pytest.fixture(scope="module")
def whole():
    return Controls()


def draw(made):
    return controls.draw(made.metrics, made.accuracy, made.studies.get("controls", []), made.chance)


def place_of(axes, name):
    """Where the row of that name stands."""
    return [label.get_text() for label in axes.get_yticklabels()].index(name)


def means_of(axes, colour):
    """Mean accuracy by row, of the large markers."""
    lines = [line for line in axes.lines if line.get_color() == colour and line.get_marker() not in ("None", "o")]
    return {round(y + 0.12): x for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}


def test_controls_are_grouped_by_the_family_whose_masks_they_take(whole):
    first, second = whole.studies["controls"]
    assert (first["of"], first["dense"], second["of"], second["dense"]) == ("edge_popup", "dense", "weight_free_on_off", None)
    assert {*first["controls"]} == {*controls_of("edge_popup"), "transfer", "transfer_trained"}
    assert first["controls"]["transfer"] == {"found_on": "mnist", "mask": "found", "values": "kept", "trained": False}


@pytest.mark.parametrize("changes", EXPERIMENTS)
def test_texts_are_on_the_page_apart_and_large_enough(changes, monkeypatch):
    assert_readable(draw(Controls(**EXPERIMENTS[changes])), monkeypatch)


def test_bars_and_bands_are_told_of_several_replicates(whole):
    assert_spread_told(draw(whole), draw(Controls(**EXPERIMENTS["one replicate"])))


def test_n_is_stated_and_the_same_input_gives_the_same_bytes(tmp_path):
    drawn = [draw(Controls(**EXPERIMENTS["one panel"])) for _ in range(2)]
    assert "n = 3 replicates" in drawn[0].get_supxlabel()
    files = [saved(figure, tmp_path / f"{i}") for i, figure in enumerate(drawn)]
    first, second = ([hashlib.sha256(file.read_bytes()).hexdigest() for file in of] for of in files)
    assert first == second


def test_nothing_to_show_is_said():
    figure = draw(Controls(families={"dense": {}}))
    assert not figure.axes and figure.texts[0].get_text().endswith(".")


def test_rows_show_source_and_controls_untrained_beside_trained(whole):
    figure, look = draw(whole), LOOKS["edge_popup"]
    untrained = axes_of(figure, f"Fashion-MNIST\n{look.name}, density 0.5")
    trained = figure.axes[figure.axes.index(untrained) + 1]
    table = whole.accuracy.query("dataset == 'fashion_mnist' and density == '0.5'").set_index("family")["mean"]
    rows = {
        "Mask found,\nvalues kept": "edge_popup_found_kept",
        "Mask found,\nvalues redrawn": "edge_popup_found_redrawn",
        "Mask shuffled,\nvalues kept": "edge_popup_shuffled_kept",
        "Mask shuffled,\nvalues redrawn": "edge_popup_shuffled_redrawn",
        "Mask from MNIST,\nvalues kept": "transfer",
    }
    for axes, ending, transfer in ((untrained, "_untrained", ""), (trained, "_trained", "_trained")):
        means = means_of(axes, look.colour)
        assert means[0] == pytest.approx(100 * table["edge_popup"])
        for name, label in rows.items():
            of = label + (transfer if label == "transfer" else ending)
            assert means[place_of(untrained, name)] == pytest.approx(100 * table[of])
        assert len(means) == 1 + len(rows)
        low, high = axes.get_xlim()
        assert all(low < mean < high for mean in means.values())


def test_lines_are_dense_the_source_and_chance(whole):
    axes = axes_of(draw(whole), "MNIST\nEdge-popup (± constant), density 0.1")
    table = whole.accuracy.query("dataset == 'mnist' and density in ('0.1', '1.0')").set_index("family")["mean"]
    lines = [line for line in axes.lines if line.get_marker() == "None" and len(set(line.get_xdata())) == 1]
    upright = {line.get_color(): line.get_xdata()[0] for line in lines}
    assert upright[LOOKS["dense"].colour] == pytest.approx(100 * table["dense"])
    assert upright[LOOKS["edge_popup"].colour] == pytest.approx(100 * table["edge_popup"])
    assert upright[controls.GREY] == pytest.approx(10)


def test_a_mask_from_elsewhere_has_no_row_where_it_was_found(whole):
    axes = axes_of(draw(whole), "MNIST\nEdge-popup (± constant), density 0.5")
    assert not any("from" in label.get_text() for label in axes.get_yticklabels())


def test_controls_that_differ_in_their_learning_have_a_row_each():
    made = Controls(**EXPERIMENTS["many rows"])
    axes = axes_of(draw(made), "MNIST\nEdge-popup")
    assert place_of(axes, "Mask found,\nvalues kept (again)") == place_of(axes, "Mask found,\nvalues kept") + 1
    assert np.isfinite(axes.get_xlim()).all()

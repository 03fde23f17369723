"""Looks of families, titles of panels, and which density of a family is shown."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from disentangle.figures.densities import best_on_validation, nearest_half, nearest_half_note
from disentangle.figures.footnotes import budget, replicates
from disentangle.figures.panels import spaced, titles
from disentangle.figures.style import LOOKS, SPARE_COLOURS, SPARE_MARKERS, family_looks
from tests.made_up_results import KEY


def test_families_keep_order_and_look_whatever_else_is_there():
    looks = family_looks(["zebra", "edge_popup", "dense", "adder"])
    assert list(looks) == ["dense", "edge_popup", "adder", "zebra"]
    assert looks["edge_popup"] == LOOKS["edge_popup"]
    assert looks["zebra"].name == "zebra"


def test_families_differ_in_colour_and_marker():
    many = family_looks([*LOOKS, *map(str, range(66))])
    assert len({(look.colour, look.marker) for look in many.values()}) == len(many)
    known = [look.colour for look in LOOKS.values()]
    assert len({*known, *SPARE_COLOURS}) == len(known) + len(SPARE_COLOURS)
    assert len({look.marker for look in LOOKS.values()}) == len(LOOKS)
    assert len(set(SPARE_MARKERS)) == len(SPARE_MARKERS)


def test_colours_differ_for_the_colour_blind():
    # Machado et al. 2009, severity 1, on linear RGB; then CIELAB.
    deutan = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    protan = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    rgb = np.array([to_rgb(colour) for colour in (*(look.colour for look in LOOKS.values()), *SPARE_COLOURS)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for seen in (np.eye(3), deutan, protan):
        xyz = (linear @ np.array(seen).T).clip(0, 1) @ to_xyz.T / to_xyz.sum(1)
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
        distances = np.linalg.norm(lab[:, None] - lab[None], axis=2) + 100 * np.eye(len(lab))
        assert distances[: len(LOOKS), : len(LOOKS)].min() > 20 and distances.min() > 14


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
    assert nearest_half([("digits", "mlp", "a", density) for density in ("0.7", "0.3")])[0][3] == "0.3"  # the lower of two
    both = [*shown, ("digits", "mlp", "d", "0.9")]
    assert nearest_half_note(both, family_looks("abcd")) == "a: density 0.4. d: density 0.9."


def test_validation_not_test_accuracy_chooses_the_density():
    rows = [("0.1", 0.9, 0.7), ("0.5", 0.8, 0.8), ("0.9", 0.7, 0.8)]
    metrics = pd.DataFrame(
        [dict(zip([*KEY, "test_accuracy", "validation_accuracy"], ("digits", "mlp", "a", *row), strict=True)) for row in rows]
    )
    assert best_on_validation(metrics)["density"].tolist() == ["0.5"]


@pytest.mark.parametrize(
    ("epochs", "said"),
    [([15, 15], "15 epochs"), ([0, 15, 180, 30], "15 to 180 epochs"), ([0, 1], "1 epoch"), ([0], "0 epochs")],
)
def test_a_budget_is_the_range_of_what_is_trained(epochs, said):
    assert budget(pd.DataFrame({"epochs": epochs})) == said


def test_of_many_layers_the_first_and_the_last_are_shown_and_some_evenly_between():
    assert spaced("abcdefg", 4) == ["a", "c", "e", "g"]
    assert spaced("abc", 4) == ["a", "b", "c"]
    assert (spaced("abc", 1), spaced("", 4)) == (["a"], [])

"""Test accuracy of networks with other values at the same ranks, or with their values at other places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from disentangle.config import Statistics
from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import footnote, intervals, replicates
from disentangle.figures.panels import GREY, KEY, SMALL, arrange, keys_of, new_figure, notice, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Described, Rows, Setting
from disentangle.pipeline.teller import Drawing
from disentangle.stages.profiles import Profiles
from disentangle.statistics.intervals import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Rows from top to bottom, in groups: what changes.
GROUPS = {
    "": {"own": "Own values"},
    "Values, at the same ranks": {
        "gaussian": "Gaussian",
        "uniform": "Uniform",
        "two_level": "Two levels",
        "sign": "Signs only",
        "centred": "Less unit's mean",
        "start": "Starting values",
    },
    "Places, of the same values": {
        "permuted_in_sign": "Within a sign",
        "permuted_in_unit": "Within a unit",
        "permuted_in_layer": "Within a layer",
    },
}
CONTROL = "noise_as_"


@paper_style()
def draw(transplants: pd.DataFrame, chance: Mapping[str, float], settings: Statistics) -> Figure:
    """Test accuracy (percent) under each treatment, a panel each dataset and network: replicates, mean and interval.

    Open markers are the controls: independent noise that takes the weights as far from their own as the treatment does. A
    family with densities shows the one nearest one half.

    ``transplants``: the stacked transplant.csv of the cells. ``chance``: share of the images that a guess gets right, by
    dataset. ``settings``: of the intervals.
    """
    if transplants.empty:
        return notice("No network of this experiment has real-valued weights to replace.")
    shown = nearest_half(keys_of(transplants))
    table = transplants.merge(pd.DataFrame(shown, columns=KEY), on=KEY)
    looks, panels = family_looks(table["family"]), titles(keys_of(table))
    rows, columns = arrange(len(panels), 2)
    places = _places(len(looks))
    figure = new_figure(columns, rows * (0.6 + 0.06 * (max(places.values()) + 2)) + 0.9)
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for i, (pair, title) in enumerate(panels.items()):
        axes = grid.flat[i]
        _draw_treatments(axes, rows_of(table, pair), looks, places, settings)
        axes.axvline(100 * chance[pair[0]], color=GREY, linestyle=":", linewidth=0.8)
        axes.set(xlim=(0, 104), xlabel="Test accuracy (%)", title=title)
    _name_treatments(grid[:, 0], places, len(looks))
    _legend(figure, looks)
    counts = table.groupby(KEY)["replicate"].nunique()
    footnote(
        figure,
        "Filled: the treatment; open: as much independent noise as makes the same squared correlation R² with the own weights. "
        "It is written at the right, from the lowest to the highest family. "
        f"{replicates(counts)} (small points); markers: mean{intervals(counts, settings.confidence, 'bars')}; dotted line: "
        f"always the largest class. {nearest_half_note(shown, looks)}",
    )
    return figure


def _places(families: int) -> dict[str, float]:
    """Vertical place of each treatment, a unit a family, with a gap between treatments and a heading above each group."""
    places, y = {}, 0.0
    for treatments in GROUPS.values():
        y += 1.8 if y else 0.6
        for treatment in treatments:
            places[treatment] = y + (families - 1) / 2
            y += families + 0.8
    return places


def _draw_treatments(
    axes: Axes, rows: pd.DataFrame, looks: Mapping[str, Look], places: Mapping[str, float], settings: Statistics
) -> None:
    for treatment, middle in places.items():
        for i, (family, look) in enumerate(looks.items()):
            mine, y = rows[rows["family"] == family], middle + i - (len(looks) - 1) / 2
            _draw_mean(axes, mine[mine["treatment"] == CONTROL + treatment], y, look, "white", settings)
            _draw_mean(axes, mine[mine["treatment"] == treatment], y, look, look.colour, settings)
        r2 = rows[rows["treatment"] == treatment].groupby("family")["r2"].mean()
        low, high = f"{r2.min():.2f}", f"{r2.max():.2f}"
        text = low if low == high else f"{low}\N{EN DASH}{high}"
        axes.text(1.01, middle, text, transform=axes.get_yaxis_transform(), fontsize=SMALL, color=GREY, va="center")
    axes.text(1.01, -0.6, "R²", transform=axes.get_yaxis_transform(), fontsize=SMALL, color=GREY)


def _draw_mean(axes: Axes, rows: pd.DataFrame, y: float, look: Look, inside: str, settings: Statistics) -> None:
    if rows.empty:
        return
    points = 100 * rows.sort_values("replicate")["test_accuracy"].to_numpy()
    mean = mean_interval(points, settings)
    axes.hlines(y, mean.low, mean.high, color=look.colour, linewidth=0.8)
    axes.plot(points, np.full(len(points), y), "o", color=look.colour, markersize=1.2, alpha=0.5, markeredgewidth=0)
    axes.plot(
        mean.value, y, marker=look.marker, linestyle="", color=look.colour, markersize=3.2,
        markerfacecolor=inside, markeredgewidth=0.6,
    )  # fmt: skip


def _name_treatments(column: NDArray[Any], places: Mapping[str, float], families: int) -> None:
    names = {treatment: name for treatments in GROUPS.values() for treatment, name in treatments.items()}
    last = list(places.values())[-1] + families / 2 + 0.5
    for axes in column:
        axes.set(ylim=(last, -0.2))
        axes.set_yticks(list(places.values()), [names[treatment] for treatment in places])
        axes.tick_params(axis="y", length=0)
        for group, treatments in GROUPS.items():
            top = places[next(iter(treatments))] - (families - 1) / 2 - 1.1
            axes.text(
                0.01, top, group, transform=axes.get_yaxis_transform(), fontsize=SMALL, color=GREY, va="center",
                bbox={"facecolor": "white", "linewidth": 0, "pad": 0.5},
            )  # fmt: skip


def _legend(figure: Figure, looks: Mapping[str, Look]) -> None:
    handles = [mpl.lines.Line2D([], [], color=x.colour, marker=x.marker, linestyle="", label=x.name) for x in looks.values()]
    control = mpl.lines.Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle="", label="Noise as far")
    figure.legend(handles=[*handles, control], loc="outside upper center", ncols=3 if figure.get_figwidth() < 5 else 5)


DRAWING = Drawing(
    draw,
    "Test accuracy when the weights of a trained network get other values at the ranks they have in their unit, or "
    "the same values at other places of the unit, or of the layer; the statistics of the normalisation are taken "
    "anew. Qiu & Suda 2020 hold that the location of the weights has most of what was learned: then new values should "
    "cost little, and new places all. Both are seen, but they are no evidence by themselves. A Gaussian profile at "
    "the old ranks is nearly the old weights, and a permutation is far from them. So each treatment that moves the "
    "weights much stands beside its control (open): independent noise, without ranks and without values, that has the "
    "same squared correlation with the trained weights. Where both have the same accuracy, nearness to the trained "
    "weights explains the loss, and neither rank nor value as such. Treatments and controls are ours.",
    transplants=Rows(Profiles, "transplant"),
    chance=Described("largest_class"),
    settings=Setting("statistics"),
)

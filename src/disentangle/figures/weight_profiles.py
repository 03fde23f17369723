"""Sorted weights of each unit against what chance makes of them: how Gaussian they are, and how alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import footnote, replicates
from disentangle.figures.panels import (
    GREY,
    KEY,
    PAGE,
    SMALL,
    Key,
    arrange,
    keys_of,
    legend,
    notice,
    plain_log,
    rows_of,
    spaced,
    titles,
)
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Arrays, Rows
from disentangle.pipeline.teller import Drawing
from disentangle.stages.profiles import Profiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec
    from numpy.typing import NDArray

    Curves = Mapping[str, NDArray[Any]]

ABREAST = 5  # families side by side
LAYERS = 4  # side by side; of more layers, as many evenly chosen from the first to the last
REACH = 4  # deviations from the mean that the profiles show
CHANCE, BAND = "#d00000", "#cccccc"


@paper_style()
def draw(profiles: pd.DataFrame, curves: Mapping[Key, Curves]) -> Figure:
    """Profiles of one layer after the training; R² and distance of all layers before and after it, with their nulls.

    A block each dataset and network, with the layer of most edges. A family with densities shows the one nearest one half.

    ``profiles``: the stacked profiles.csv of the cells; ``curves``: the arrays of their profiles.safetensors, by cell.
    """
    shown = nearest_half(keys_of(profiles)) if len(profiles) else []
    table = profiles.merge(pd.DataFrame(shown, columns=KEY), on=KEY).dropna(subset="distance") if shown else profiles
    if table.empty:
        return notice("No network of this experiment has units of real-valued weights to sort.")
    looks, panels = family_looks(table["family"]), titles(keys_of(table))
    cells = {pair: [key for key in shown if key[:2] == pair and key[2] in looks] for pair in panels}
    strips = {pair: arrange(len(keys), ABREAST) for pair, keys in cells.items()}
    heights = [height for rows, _ in strips.values() for height in (0.35 + 1.05 * rows, 1.55)]
    figure = mpl.figure.Figure(figsize=(PAGE, sum(heights) + 0.75))
    grid = figure.add_gridspec(2 * len(panels), 1, height_ratios=heights)
    for i, (pair, title) in enumerate(panels.items()):
        here, mine = rows_of(table, pair), {look: key for f, look in looks.items() for key in cells[pair] if key[2] == f}
        largest = (here["units"] * here["edges"]).groupby(here["layer"], sort=False).max().idxmax()
        _draw_profiles(figure, grid[2 * i], {look: curves[key] for look, key in mine.items()}, str(largest), title)
        _draw_numbers(figure, grid[2 * i + 1], here, looks)
    legend(figure, looks)
    footnote(
        figure,
        "Top: weights of each unit (30 of the first replicate, standardised), ascending; between the red lines lie 95% of "
        "Gaussian samples of as many edges. Below: filled after, open before the training; grey bar: 95% of Gaussian samples "
        "(left) or of layers whose weights were dealt anew over the units (right); thin line: 95% of uniform samples. "
        f"{replicates(table.groupby(KEY)['replicate'].nunique())}, mean. {nearest_half_note(shown, looks)}",
    )
    return figure


def _draw_profiles(figure: Figure, place: SubplotSpec, curves: Mapping[Look, Curves], layer: str, title: str) -> None:
    rows, columns = arrange(len(curves), ABREAST)
    grid = place.subgridspec(rows, columns).subplots(sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(curves) :]:
        axes.remove()
    for i, (axes, (look, arrays)) in enumerate(zip(grid.flat, curves.items(), strict=False)):
        shares = np.linspace(0, 1, arrays[f"{layer}.end"].shape[1])
        axes.plot(shares, arrays[f"{layer}.end"].T, color=look.colour, linewidth=0.4, alpha=0.3)
        axes.plot(shares, arrays[f"{layer}.band"].T, color=CHANCE, linewidth=0.5)
        axes.set(xlim=(0, 1), ylim=(-REACH, REACH), xticks=[0, 0.5, 1], yticks=[-REACH, 0, REACH])
        axes.text(0.05, 0.93, look.name, transform=axes.transAxes, fontsize=SMALL, va="top")
        if i % columns == 0:
            axes.set_ylabel("Weight (SD)")
        if i + columns >= len(curves):
            axes.set_xlabel("Share of the unit's edges")
            axes.tick_params(labelbottom=True)
    grid[0, 0].set_title(f"{title}: {layer}")


def _draw_numbers(figure: Figure, place: SubplotSpec, rows: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    layers = list(dict.fromkeys(rows["layer"]))
    drawn = spaced(layers, LAYERS)
    straight, alike = place.subgridspec(1, 2).subplots(squeeze=False)[0]
    families = [family for family in looks if family in set(rows["family"])]
    for offset, family in zip(np.linspace(-0.3, 0.3, len(families)) if len(families) > 1 else [0.0], families, strict=True):
        for x, layer in enumerate(drawn):
            cell = rows[(rows["family"] == family) & (rows["layer"] == layer)]
            for moment, mine in cell.groupby("moment"):
                _draw_straightness(straight, x + offset, mine, looks[family], moment == "end")
                _draw_likeness(alike, x + offset, mine, looks[family], moment == "end")
    straight.set(yscale="log", ylabel="1 \N{MINUS SIGN} R² to Gaussian")
    plain_log(straight.yaxis)
    straight.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    alike.axhline(1, color=GREY, linewidth=0.5, zorder=0)
    alike.set_ylabel("Distance of units / re-dealt")
    for axes in (straight, alike):
        axes.set_xticks(range(len(drawn)), [layer.replace(".", "\n") for layer in drawn])
        axes.set_xlim(-0.5, len(drawn) - 0.5)


def _draw_straightness(axes: Axes, x: float, rows: pd.DataFrame, look: Look, trained: bool) -> None:
    mean = 1 - rows.mean(numeric_only=True)
    axes.vlines(x, mean["gaussian_high"], mean["gaussian_low"], color=BAND, linewidth=4, zorder=0)
    axes.vlines(x, mean["uniform_high"], mean["uniform_low"], color=GREY, linewidth=0.8, zorder=1)
    _draw_marker(axes, x, mean["r2"], look, trained)


def _draw_likeness(axes: Axes, x: float, rows: pd.DataFrame, look: Look, trained: bool) -> None:
    spread = 1.96 * (rows["redealt_sd"] / rows["redealt"]).mean()
    axes.vlines(x, 1 - spread, 1 + spread, color=BAND, linewidth=4, zorder=0)
    _draw_marker(axes, x, (rows["distance"] / rows["redealt"]).mean(), look, trained)


def _draw_marker(axes: Axes, x: float, y: float, look: Look, trained: bool) -> None:
    inside, size = (look.colour, 3) if trained else ("white", 5)  # the filled one stands inside the open one
    axes.plot(
        x, y, marker=look.marker, linestyle="", color=look.colour, markersize=size, markerfacecolor=inside,
        zorder=3 if trained else 2,
    )  # fmt: skip


DRAWING = Drawing(
    draw,
    "Above: the weights of each unit of one layer after the training, sorted and standardised, as Qiu & Suda 2020 "
    "draw them; between the red lines lie Gaussian samples of as many edges. Profiles of independent draws look alike "
    "whatever was learned, so that likeness by itself says nothing about the training. Below, therefore, two numbers "
    "with their nulls, before and after it: how far profiles are from Gaussian (1 minus the squared correlation with "
    "Gaussian order statistics; He-normal starts lie in the grey bar, He-uniform ones on the thin line), and how far "
    "the profiles of two units are from each other, over the same for weights dealt anew over the units: 1 means as "
    "alike as independent draws of one distribution, more means that units really differ. Pruning cuts the small "
    "weights out, which is the step in the middle. What a profile cannot show is whether a network needs its values "
    "or their places: see value_transplant. The nulls are ours.",
    profiles=Rows(Profiles, "profiles"),
    curves=Arrays(Profiles, "curves"),
)

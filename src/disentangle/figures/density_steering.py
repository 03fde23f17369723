"""How few edges do: densities that a penalty reaches, exact ones, and accuracy by density, edges and bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from disentangle.figures.comparing import alike, dense_of, densities_of, with_trait
from disentangle.figures.densities import with_realised
from disentangle.figures.footnotes import budget, footnote, intervals, replicates
from disentangle.figures.log_errors import scale_log_errors
from disentangle.figures.panels import GREY, PAGE, keys_of, notice, plain_log, rows_of, titles
from disentangle.figures.style import LOOKS, Look, family_looks, paper_style
from disentangle.late import mpl, pd
from disentangle.pipeline.needs import Setting, Study, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from disentangle.cells import Cell

PENALISED: dict[str, Any] = {"linestyle": ":", "markerfacecolor": "white"}
POINT = 1.0  # percentage points below dense that count as close


@paper_style()
def draw(metrics: pd.DataFrame, accuracy: pd.DataFrame, study: Mapping[str, Any], confidence: float = 0.95) -> Figure:
    """A row each dataset and network: density (share of edges) by penalty, then accuracy (percent) by density, edges, kB.

    A dataset and network with fewer than two steered cells has none. Accuracies are spaced by the logarithm of the error,
    so that a point near dense and a collapse are both seen.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``study``:
    ``penalties``, groups of label -> edge penalty; labels ``exact`` of weight-free families with an exact share of
    edges and ``rivals``; ``dense``, a label or None. ``confidence``: coverage of the intervals.
    """
    table = with_realised(accuracy, metrics).assign(kilobytes=lambda t: t["bits"] / 8000)
    penalties: list[dict[str, float]] = study["penalties"]
    steered = [*study["exact"], *(label for group in penalties for label in group)]
    pairs = {
        pair: title for pair, title in titles(keys_of(table)).items() if rows_of(table, pair)["family"].isin(steered).sum() > 1
    }
    if not pairs:
        return notice("No weight-free families whose density is steered.")
    looks = family_looks(table["family"])
    named = {label: looks[label] for label in (*study["exact"], *study["rivals"]) if label in looks}
    figure = mpl.figure.Figure(figsize=(PAGE, 2.1 * len(pairs) + 0.9))
    grid = figure.subplots(len(pairs), 4, squeeze=False)
    for (by_penalty, by_density, by_edges, by_bits), (pair, title) in zip(grid, pairs.items(), strict=True):
        cells = rows_of(table, pair)
        by_penalty.set_title(title)
        by_density.set_ylabel("Test accuracy (%)")
        _draw_penalties(by_penalty, cells, penalties)
        exact = {label: look for label, look in named.items() if label in study["exact"]}
        for axes, quantity, drawn in (
            (by_density, "realised_density", exact),
            (by_edges, "edges", named),
            (by_bits, "kilobytes", named),
        ):
            for group in penalties:
                _draw_cells(axes, cells[cells["family"].isin(group)], quantity, _first_look(group), PENALISED)
            for label, look in drawn.items():
                _draw_cells(axes, cells[cells["family"] == label], quantity, look, {})
            _draw_dense(axes, cells[cells["family"] == study["dense"]])
            counted = cells[cells["family"].isin([*steered, *named, study["dense"]])]
            if quantity == "edges":
                _draw_effective(axes, counted[counted["family"].isin([*steered, *drawn])])
            scale_log_errors(axes.yaxis, 100 * counted[["mean", "low", "high"]].to_numpy())
            _scale_costs(axes, counted.loc[counted["family"].isin([*steered, *drawn]), quantity])
    for axes, said in zip(grid[-1], ("Edge penalty", "Density reached", "Edges kept", "Bits of the wiring (kB)"), strict=True):
        axes.set_xlabel(said)
    _legend(figure, named, penalties, study["dense"])
    labels = {*steered, *named, study["dense"]}
    counts, trained = table.loc[table["family"].isin(labels), "replicates"], metrics[metrics["family"].isin(labels)]
    footnote(
        figure,
        f"{replicates(counts)} of {budget(trained)}; markers: mean{intervals(counts, confidence, 'bars')}. Line and "
        f"grey band: dense, and what is at most {POINT:g} point below it. Accuracy axes are spaced by the logarithm of the "
        f"error. ON/OFF doubles the places: the same density is twice the edges.{_effective_note(table)} 1 kB: 8000 bits, "
        "without the real weights that pruned networks also need, or the signs of edge-popup.",
    )
    return figure


def _first_look(group: Mapping[str, float]) -> Look:
    """The look of the family with the least penalty stands for its group."""
    first = min(group, key=lambda label: group[label])
    return family_looks([first])[first]


def _draw_penalties(axes: Axes, cells: pd.DataFrame, penalties: list[dict[str, float]]) -> None:
    axes.set_ylabel("Density reached")
    values = sorted({value for group in penalties for value in group.values()})
    if not values:
        axes.text(0.5, 0.5, "no penalties", transform=axes.transAxes, ha="center", color=GREY)
        axes.set(xticks=[], yticks=[])
        return
    for group in penalties:
        own = cells[cells["family"].isin(group)]
        own = own.assign(penalty=own["family"].map(group)).sort_values("penalty")
        look = _first_look(group)
        axes.plot(own["penalty"], own["realised_density"], marker=look.marker, color=look.colour, **PENALISED)
    axes.set_xscale("symlog", linthresh=min(value for value in values if value), linscale=0.5)
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.set_xticks([], minor=True)
    axes.set_ylim(bottom=0)


def _draw_cells(axes: Axes, cells: pd.DataFrame, quantity: str, look: Look, marks: Mapping[str, Any]) -> None:
    cells = cells.sort_values(quantity)
    mean, low, high = (100 * cells[name] for name in ("mean", "low", "high"))
    axes.vlines(cells[quantity], low, high, color=look.colour, linewidth=0.8)
    axes.plot(cells[quantity], mean, marker=look.marker, color=look.colour, **marks)


def _draw_effective(axes: Axes, cells: pd.DataFrame) -> None:
    """Lines from the edges of each cell down to those that act, where they are fewer."""
    fewer = cells[cells["effective_edges"] < cells["edges"]]
    axes.hlines(100 * fewer["mean"], fewer["effective_edges"], fewer["edges"], color=GREY, linewidth=0.6, zorder=0)


def _effective_note(table: pd.DataFrame) -> str:
    """The sentence on these lines, where there are any."""
    if not (table["effective_edges"] < table["edges"]).any():
        return ""
    return " Thin lines: down to the effective edges, without pairs of an ON and an OFF edge of one input, which cancel."


def _draw_dense(axes: Axes, dense: pd.DataFrame) -> None:
    for mean in 100 * dense["mean"]:
        axes.axhspan(mean - POINT, mean, color="#e6e6e6", linewidth=0, zorder=0)
        axes.axhline(mean, color=LOOKS["dense"].colour)


def _scale_costs(axes: Axes, costs: pd.Series[float]) -> None:
    if costs.max() > 10 * costs.min():
        axes.set_xscale("log")
        plain_log(axes.xaxis)


def _legend(figure: Figure, named: Mapping[str, Look], penalties: list[dict[str, float]], dense: str | None) -> None:
    handles = [mpl.lines.Line2D([], [], color=look.colour, marker=look.marker, label=look.name) for look in named.values()]
    for group in penalties:
        look = _first_look(group)
        handles.append(
            mpl.lines.Line2D([], [], color=look.colour, marker=look.marker, label=f"{look.name}, penalty", **PENALISED)
        )
    if dense:
        handles.append(mpl.lines.Line2D([], [], color=LOOKS["dense"].colour, label=LOOKS["dense"].name))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)


def compared(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """``penalties``: groups that differ in nothing but their edge penalty, each label -> penalty.

    Labels of the families with an ``exact`` share of edges, of their ``rivals``, and ``dense``, or None.
    """
    penalties = [
        {cell.family: cell.settings["edge_penalty"] for cell in sorted(group, key=lambda c: c.settings["edge_penalty"])}
        for group in alike(with_trait(cells, "gated").values(), "edge_penalty")
    ]
    exact = [*with_trait(cells, "exact_share")]
    if not penalties and all(densities_of(cells, label) < 2 for label in exact):
        return None
    return {
        "penalties": penalties,
        "exact": exact,
        "rivals": [*with_trait(cells, "rival")],
        "dense": dense_of(cells).get(False),
    }


DRAWING = Drawing(
    draw,
    "How few edges do: the density that a penalty on edges reaches, and accuracy against density, number of edges and "
    "bits of the wiring, with the dense network and the band of one point below it.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    study=Study(compared),
    confidence=Setting("statistics.confidence"),
)

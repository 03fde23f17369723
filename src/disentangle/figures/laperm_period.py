"""How often LaPerm has to synchronise: accuracy by epoch, by time, and at the end, for each period, beside Adam."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from disentangle.config import Statistics
from disentangle.figures.comparing import alike, dense_beside, with_trait
from disentangle.figures.footnotes import footnote, intervals, replicates
from disentangle.figures.log_errors import scale_log_errors
from disentangle.figures.panels import COLUMN, KEY, arrange, keys_of, new_figure, notice, plain_log, rows_of, titles
from disentangle.figures.style import LOOKS, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Rows, Setting, Study, Table
from disentangle.pipeline.teller import Drawing
from disentangle.stages.train import Train
from disentangle.statistics.intervals import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from disentangle.cells import Cell

ADAM = LOOKS["dense"].colour


@paper_style()
def draw(history: pd.DataFrame, metrics: pd.DataFrame, groups: Sequence[Mapping[str, Any]], settings: Statistics) -> Figure:
    """A column each dataset, network, group and density; accuracies in percent, means over the replicates with their intervals.

    Above, validation accuracy by epoch and by seconds of a replicate (an epoch takes as long as any other of its cell);
    below, test accuracy of the last epoch by period, in steps. Accuracies are spaced by the logarithm of the error.

    ``history`` and ``metrics`` are stacked, of the replicates; the latter with ``seconds``. ``groups``: ``periods``, label of
    a family -> its period, of families that differ in nothing else, and ``dense``, the label of the family trained by Adam,
    or None.
    """
    seconds = metrics.assign(epoch_seconds=metrics["seconds"] / metrics["epochs"])[[*KEY, "replicate", "epoch_seconds"]]
    curves = history.merge(seconds, on=[*KEY, "replicate"]).assign(time=lambda t: t["epoch"] * t["epoch_seconds"])
    panels = [
        (title, group, density, rows_of(curves, pair), rows_of(metrics, pair))
        for pair, title in titles(keys_of(metrics)).items()
        for group in groups
        for density in _densities(rows_of(metrics, pair), group["periods"])
    ]
    if not panels:
        return notice("No LaPerm families that differ only in their period.")
    blocks, columns = arrange(len(panels), 4)
    colours = _colours(period for group in groups for period in group["periods"].values())
    figure = new_figure(columns, 5.0 * blocks + 0.8)
    grid = figure.add_gridspec(3 * blocks, columns)
    for i, (title, group, density, by_epoch, ends) in enumerate(panels):
        block, column = divmod(i, columns)
        axes = [figure.add_subplot(grid[3 * block + j, column]) for j in range(3)]
        axes[0].set_title(title if density == "1.0" else f"{title}\ndensity {density}")
        shown = {label: (by_epoch["density"] == density, colours[period]) for label, period in group["periods"].items()}
        if group["dense"]:
            shown[group["dense"]] = (by_epoch["density"] == "1.0", ADAM)
        for place, quantity in zip(axes, ("epoch", "time"), strict=False):
            for label, (own, colour) in shown.items():
                _draw_curve(place, by_epoch[own & (by_epoch["family"] == label)], quantity, colour, settings)
            _scale(place)
        axes[0].xaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
        axes[1].set_xscale("log")
        plain_log(axes[1].xaxis)
        _draw_ends(axes[2], ends, group, density, colours, settings)
        _scale(axes[2])
        for place, said in zip(axes, ("Epoch", "Seconds of a replicate", "Period (steps)"), strict=True):
            place.set_xlabel(said)
            if column == 0:
                place.set_ylabel("Test accuracy (%)" if place is axes[2] else "Validation accuracy (%)")
    figure.align_ylabels()
    _legend(figure, colours, any(group["dense"] for group in groups))
    counts = [n for *_, ends in panels for n in ends.groupby(KEY)["replicate"].nunique()]
    footnote(
        figure,
        f"{replicates(counts)}; lines and markers: mean{intervals(counts, settings.confidence)}. Every network is evaluated "
        "synchronised, with the values it started with. Black: Adam on all weights, same network, batches and epochs. "
        "Seconds are those of the machine that trained. Accuracies are spaced by the logarithm of the error.",
    )
    return figure


def _densities(rows: pd.DataFrame, periods: Mapping[str, int]) -> list[str]:
    """Densities at which several periods are there."""
    several = rows[rows["family"].isin(periods)].groupby("density", sort=False)["family"].nunique() > 1
    return [str(density) for density in several.index[several]]


def _colours(periods: Iterable[int]) -> dict[int, Any]:
    ordered = sorted(set(periods))
    return dict(zip(ordered, mpl.colormaps["viridis"](np.linspace(0.0, 0.85, len(ordered))), strict=True))


def _draw_curve(axes: Axes, rows: pd.DataFrame, quantity: str, colour: Any, settings: Statistics) -> None:
    rows = rows[rows["epoch"] > 0]
    if rows.empty:
        return
    by_epoch = rows.groupby("epoch")
    x = by_epoch[quantity].mean().to_numpy()
    shares = np.array([mean_interval(100 * own["validation_accuracy"].to_numpy(), settings) for _, own in by_epoch])
    axes.fill_between(x, shares[:, 1], shares[:, 2], color=colour, alpha=0.15, linewidth=0)
    axes.plot(x, shares[:, 0], color=colour)


def _draw_ends(
    axes: Axes, ends: pd.DataFrame, group: Mapping[str, Any], density: str, colours: Mapping[int, Any], settings: Statistics
) -> None:
    for label, period in sorted(group["periods"].items(), key=lambda item: item[1]):
        cell = ends[(ends["family"] == label) & (ends["density"] == density)]
        value, low, high = mean_interval(100 * cell["test_accuracy"].to_numpy(), settings)
        axes.vlines(period, low, high, color=colours[period], linewidth=0.8)
        axes.plot(period, value, "o", color=colours[period])
    dense = ends[ends["family"] == group["dense"]]
    if not dense.empty:
        value, low, high = mean_interval(100 * dense["test_accuracy"].to_numpy(), settings)
        axes.axhline(value, color=ADAM)
        if not np.isnan(low):
            axes.axhspan(low, high, color=ADAM, alpha=0.15, linewidth=0)
    axes.set_xscale("log")
    plain_log(axes.xaxis)


def _scale(axes: Axes) -> None:
    scale_log_errors(axes.yaxis, axes.dataLim.intervaly)


def _legend(figure: Figure, colours: Mapping[int, Any], adam: bool) -> None:
    handles = [
        mpl.lines.Line2D([], [], color=colour, label="every step" if period == 1 else f"every {period:,} steps")
        for period, colour in colours.items()
    ]
    if adam:
        handles.append(mpl.lines.Line2D([], [], color=ADAM, label="Adam"))
    figure.legend(handles=handles, loc="outside upper center", ncols=3 if figure.get_figwidth() == COLUMN else 6)


def compared(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Groups that differ in nothing but a constant period: ``periods``, label -> period, and label ``dense``, or None."""
    constant = [c for c in with_trait(cells, "reconnects").values() if isinstance(c.settings.get("period"), int)]
    groups = [{cell.family: cell for cell in group} for group in alike(constant, "period")]
    return [
        {"periods": {k: c.settings["period"] for k, c in group.items()}, "dense": dense_beside(cells, group)}
        for group in groups
    ]


DRAWING = Drawing(
    draw,
    "How often LaPerm (Qiu & Suda 2020) has to synchronise. Between two synchronisations Adam moves all weights; then "
    "each unit's starting values go back in the order it has reached. A period longer than the training synchronises "
    "once, at its end: what is left of Adam's own training when only the order of its weights is kept.",
    history=Table("history"),
    metrics=Rows(Train, "metrics"),
    groups=Study(compared),
    settings=Setting("statistics"),
)

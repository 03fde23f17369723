"""What masks are worth by themselves: networks on a family's masks or shuffled ones, with its starting values or new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from disentangle.figures.comparing import dense_of, families_of
from disentangle.figures.footnotes import budget, footnote, intervals, replicates
from disentangle.figures.panels import GREY, arrange, keys_of, new_figure, notice, rows_of, titles
from disentangle.figures.rows import draw_row
from disentangle.figures.style import DATASETS, LOOKS, Look, family_looks, paper_style
from disentangle.late import np, pd
from disentangle.pipeline.needs import Described, Setting, Study, Table
from disentangle.pipeline.teller import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from disentangle.cells import Cell

FOUND = "As found"
KINDS = {False: "Untrained (%)", True: "Trained (%)"}
Rows = dict[str, dict[bool, str]]  # name of a row -> whether trained -> label of the control


@paper_style()
def draw(
    metrics: pd.DataFrame,
    accuracy: pd.DataFrame,
    groups: Sequence[Mapping[str, Any]],
    chance: Mapping[str, float],
    confidence: float = 0.95,
) -> Figure:
    """Test accuracy of controls: a panel each dataset, network, family and density, a row each kind of mask and values.

    Untrained controls stand on the full scale, trained ones beside them on a scale of their own, and the network whose masks
    they take in the first row of both.

    ``metrics``: the stacked metrics of the replicates. ``accuracy``: the table of means and intervals. ``groups``: label
    ``of`` the family, of the ``dense`` family with the same channels or None, and ``controls``, each label -> found_on, mask,
    values, trained. ``chance``: share of the images that a guess gets right, by dataset. ``confidence``: of the intervals.
    """
    panels = [
        (pair, title, group, density, rows)
        for group in groups
        for pair, title in titles(keys_of(accuracy)).items()
        for density in rows_of(accuracy, pair).query("family == @group['of']")["density"]
        if (rows := rows_in(rows_of(accuracy, pair), group["controls"], density))
    ]
    if not panels:
        return notice("No controls that take the masks of a family.")
    looks = family_looks(accuracy["family"])
    blocks, columns = arrange(len(panels), 2)
    most = [1 + max(len(rows) for *_, rows in panels[columns * block :][:columns]) for block in range(blocks)]
    heights = [0.6 + 0.27 * rows for rows in most]
    figure = new_figure(columns, sum(heights) + 0.8)
    grid = figure.add_gridspec(blocks, columns, height_ratios=heights)
    for i, (pair, title, group, density, rows) in enumerate(panels):
        of, dense = group["of"], group["dense"]
        points, means = (
            frame[frame["density"].eq(density) | frame["family"].eq(dense)]
            for frame in (rows_of(metrics, pair), rows_of(accuracy, pair))
        )
        kinds = [kind for kind in KINDS if any(kind in row for row in rows.values())]
        inner = grid[divmod(i, columns)].subgridspec(1, len(kinds))
        for j, kind in enumerate(kinds):
            axes = figure.add_subplot(inner[j])
            labels = [of, *(row.get(kind) for row in rows.values())]
            for y, label in enumerate(labels):
                draw_row(axes, y, means[means["family"] == label], points[points["family"] == label], looks[of])
            _draw_references(axes, means, {of: looks[of], dense: LOOKS["dense"]}, chance[pair[0]])
            if kind:
                axes.set_xlim(*_limits(points, means, [*labels, dense]))
            else:
                axes.set(xlim=(0, 104), xticks=[0, 50, 100])
            axes.set(xlabel=KINDS[kind], ylim=(most[i // columns] - 0.4, -0.6), yticks=range(len(labels)))
            axes.set_yticklabels([FOUND, *rows] if j == 0 else [])
            if j == 0:
                axes.set_title(f"{title}\n{looks[of].name}" + ("" if density == "free" else f", density {density}"))
    drawn = {label for group in groups for label in (group["of"], group["dense"], *group["controls"])}
    means, trained = (frame[frame["family"].isin(drawn)] for frame in (accuracy, metrics))
    counts = means["replicates"]
    footnote(
        figure,
        f"Test accuracy of the last epoch, {replicates(counts)} of {budget(trained)} (small points); large markers: mean"
        f"{intervals(counts, confidence)}. Coloured line: the network as found, with the weights it ended with, which the "
        "first row shows. Black line: dense. Dotted: always the largest class. Shuffled: at random places, with as many edges "
        "in each layer (in units: into each unit; by degrees: out of each input too). Redrawn: another draw of the starting "
        "values.",
    )
    return figure


def rows_in(accuracy: pd.DataFrame, controls: Mapping[str, Mapping[str, Any]], density: str) -> Rows:
    """The rows of a panel: masks found here before those of other data sets, and those before shuffled ones.

    A second control that is told from the first by no more than its learning gets a row with its label.
    """
    present = set(accuracy[accuracy["density"] == density]["family"])
    rows: Rows = {}
    for label, about in sorted(controls.items(), key=lambda item: [item[1][k] or "" for k in ("found_on", "mask", "values")]):
        if label in present:
            there = f" from {DATASETS.get(about['found_on'], about['found_on'])}" if about["found_on"] else ""
            mask = "" if there and about["mask"] == "found" else " " + about["mask"].replace("_", " ")
            name = f"Mask{mask}{there},\nvalues {about['values']}"
            taken = about["trained"] in rows.get(name, {})
            rows.setdefault(f"{name} ({label})" if taken else name, {})[about["trained"]] = label
    return rows


def _draw_references(axes: Axes, means: pd.DataFrame, looks: Mapping[str | None, Look], chance: float) -> None:
    for label, look in looks.items():
        for mean, low, high in 100 * means.loc[means["family"] == label, ["mean", "low", "high"]].to_numpy(float):
            axes.axvline(mean, color=look.colour, linewidth=0.8, zorder=0)
            axes.axvspan(low, high, color=look.colour, alpha=0.12, linewidth=0, zorder=0)
    axes.axvline(100 * chance, color=GREY, linestyle=":", linewidth=0.8)
    axes.grid(axis="x")


def _limits(points: pd.DataFrame, means: pd.DataFrame, labels: Sequence[str | None]) -> tuple[float, float]:
    """A scale that holds all replicates and intervals of these families."""
    means, points = (frame[frame["family"].isin(labels)] for frame in (means, points))
    values = 100 * np.concatenate([means["low"], means["high"], means["mean"], points["test_accuracy"]])
    margin = max(0.06 * (np.nanmax(values) - np.nanmin(values)), 0.3)
    return float(np.nanmin(values) - margin), float(np.nanmax(values) + margin)


def compared(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Controls by the family ``of`` whose masks they take: its ``dense``, and each label -> found_on, mask, values, trained."""
    groups: dict[str, dict[str, Any]] = {}
    what = ("found_on", "mask", "values", "trained")
    for cell in families_of(cells).values():
        if cell.parent and {"of", *what} <= cell.settings.keys():
            of = cell.settings["of"]
            group = groups.setdefault(of, {"of": of, "dense": dense_of(cells).get(cell.settings["on_off"]), "controls": {}})
            group["controls"][cell.family] = {name: cell.settings[name] for name in what}
    return list(groups.values())


DRAWING = Drawing(
    draw,
    "What the masks of a family are worth without the rest: test accuracy with the masks as found, shuffled within "
    "each layer or taken from another data set, with the starting values they were found with or new ones, untrained "
    "and trained. A point for each replicate, the mean and, of several replicates, its interval.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    groups=Study(compared),
    chance=Described("largest_class"),
    confidence=Setting("statistics.confidence"),
)

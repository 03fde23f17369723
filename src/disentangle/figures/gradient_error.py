"""How far the approximate gradient of weight-free networks is from the exact one, against the hardness of the gates."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Literal

from disentangle.figures.footnotes import extremes, footnote, replicates
from disentangle.figures.panels import GREY, KEY, PAGE, keys_of, new_figure, notice, rows_of, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, pd
from disentangle.pipeline.needs import Rows
from disentangle.pipeline.teller import Drawing
from disentangle.stages.gradients import Gradients

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOMENTS: dict[str, tuple[Literal["--", "-"], str]] = {"start": ("--", "before training"), "end": ("-", "after training")}


@paper_style()
def draw(gradients: pd.DataFrame) -> Figure:
    """Cosine, bias with its bound, and undecided gates, a column each dataset and network.

    Lines are means over the replicates, bands reach from the lowest to the highest; dashed before the training and solid
    after it. All scales but that of the cosine are logarithmic. ``gradients``: the stacked gradients.csv of the cells.
    """
    if gradients.empty:
        return notice("No network was trained along an approximate gradient.")
    looks, panels = family_looks(gradients["family"]), titles(keys_of(gradients))
    figure = new_figure(len(panels), 6.6)
    axes = figure.subplots(3, len(panels), sharex=True, sharey="row", squeeze=False)
    for column, (pair, title) in enumerate(panels.items()):
        here = rows_of(gradients, pair)
        cosine, bias, undecided = axes[:, column]
        cosine.set(title=title, xscale="log", ylim=(-1.05, 1.05))
        cosine.axhline(0, color=GREY, linewidth=0.5)
        _draw_lines(cosine, here, "cosine", looks)
        bias.set(yscale="log")
        _draw_lines(bias, here, "bias_norm", looks)
        _draw_lines(bias, here, "bound", looks, marked=False)
        undecided.set(xlabel="Hardness of the gates", yscale="log")
        _draw_lines(undecided, here.assign(percent=100 * here["undecided"]), "percent", looks)
        for axis in (bias.yaxis, undecided.yaxis, undecided.xaxis):
            axis.set_major_locator(mpl.ticker.LogLocator())
            axis.set_minor_locator(mpl.ticker.NullLocator())
    axes[0, 0].set_ylabel("Cosine to the exact gradient")
    axes[1, 0].set_ylabel("Norm of the bias, and its bound")
    axes[2, 0].set_ylabel("Undecided gates (%)")
    _legend(figure, looks)
    counts = gradients.groupby(KEY)["replicate"].nunique()
    worst = int((gradients["bias_norm"] > gradients["bound"]).sum())
    footnote(
        figure,
        f"{replicates(counts)}; lines: mean{extremes(counts)}. "
        f"The bias exceeds its bound in {worst} of {len(gradients)} measurements. The bound takes the largest curvature found "
        "between soft and hard gates. A gate is undecided within 0.4 of 1/2.",
    )
    return figure


def _draw_lines(axes: Axes, rows: pd.DataFrame, quantity: str, looks: Mapping[str, Look], marked: bool = True) -> None:
    """A line a family and moment; without markers those of a bound."""
    for (family, look), (moment, (line, _)) in product(looks.items(), MOMENTS.items()):
        values = rows[(rows["family"] == family) & (rows["moment"] == moment)]
        spread = values.groupby("hardness")[quantity].agg(["mean", "min", "max"])
        style = {"marker": look.marker, "markersize": 2.5, "linewidth": 0.9} if marked else {"linewidth": 0.6, "alpha": 0.7}
        axes.fill_between(spread.index, spread["min"], spread["max"], color=look.colour, alpha=0.15, linewidth=0)
        axes.plot(spread.index, spread["mean"], linestyle=line if marked else (":" if moment == "end" else (0, (1, 4))),
                  color=look.colour, **style)  # fmt: skip


def _legend(figure: Figure, looks: Mapping[str, Look]) -> None:
    families = [mpl.lines.Line2D([], [], color=look.colour, marker=look.marker, label=look.name) for look in looks.values()]
    lines = [mpl.lines.Line2D([], [], color=GREY, linestyle=line, label=name) for line, name in MOMENTS.values()]
    bound = mpl.lines.Line2D([], [], color=GREY, linestyle=":", linewidth=0.6, label="bound (after; sparse dots: before)")
    figure.legend(
        handles=[*families, *lines, bound], loc="outside upper center", ncols=3 if figure.get_figwidth() == PAGE else 2
    )


DRAWING = Drawing(
    draw,
    "How far the approximate gradient of weight-free networks (hard gates forward, the slope of soft ones backward) "
    "is from the exact gradient of the relaxed loss, against the hardness of the gates, before and after the "
    "training: the cosine between them, the norm of their difference (the bias) under its bound, and the share of "
    "gates that are undecided. The bound is hardness / 4 times the distance between hard and soft gates times the "
    "largest curvature of the loss found between them (docs/theory.md, statement 3a); with ReLU the curvature is no "
    "Lipschitz constant, so the bound is a check there and not a proof. Data, network and measure are our "
    "reconstruction of Colombo & Gao 2020, whose abstract speaks of a bounded error and gives no number.",
    gradients=Rows(Gradients, "gradients"),
)

"""The theory of the weight-free search, checked: bias of its gradient, convergence, and rank of the masks it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from disentangle.claims.search import FOUND, among_best
from disentangle.figures.footnotes import footnote
from disentangle.figures.panels import GREY, SMALL, new_figure, notice
from disentangle.figures.style import ESTIMATORS, LOOKS, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Single
from disentangle.pipeline.teller import Drawing
from disentangle.stages.theory import Theory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS = LOOKS["weight_free"].colour
BOUNDS = {  # column of the bias: name, line, colour
    "worst_case": ("worst case", ":", "#0072b2"),
    "expected": ("any latents", "--", "#0072b2"),
    "independent": ("independent", "-", "#56b4e9"),
}
HARDNESS = ("#56b4e9", "#0072b2", "#000000")  # from soft to hard


@paper_style()
def draw(bias: pd.DataFrame, convergence: pd.DataFrame, enumeration: pd.DataFrame) -> Figure:
    """Three panels: relative bias by hardness, squared gradient by step, rank of the found masks by estimator.

    ``bias``, ``convergence``, ``enumeration``: the tables of the same names that the stage `theory` leaves.
    """
    if bias.empty:
        return notice("No checks of the theory to show.")
    runs = convergence.query("run == 'constant' and gradient == 'hard_forward'")
    kinds = sorted(enumeration["kind"].unique())
    rows = len(kinds) * (len(ESTIMATORS) + 1)
    figure = new_figure(1, 4.6 + 0.13 * rows)
    grid = figure.add_gridspec(3, height_ratios=[1.75, 2, 0.35 + 0.13 * rows])
    above, middle, below = (figure.add_subplot(grid[row]) for row in range(3))
    _draw_bias(above, bias.sort_values("hardness"))
    _draw_descent(middle, runs.sort_values(["hardness", "step"]))
    _draw_ranks(below, enumeration, kinds)
    starts, found = convergence["starts"].max(), enumeration["start"].nunique()
    footnote(
        figure,
        f"Top: root mean squares over n = {bias['draws'].max()} draws of the latents of a random quadratic of "
        f"{bias['edges'].max()} edges; bounds in the worst case, in expectation for any or for independent latents, and what "
        "self-coupling leaves at infinite hardness. Middle: another, with the largest step that the theory allows, means over "
        f"{_starts(starts)}; bounds from the measured bias or from the gaps of the gates alone. Bottom: {_starts(found)} on "
        f"each of {enumeration['problem'].nunique()} problems of a kind, of {enumeration['edges'].max()} edges; right: "
        f"how many are among the best {FOUND:.0%} (grey line).",
    )
    return figure


def _starts(count: int) -> str:
    return f"n = {count} start{'' if count == 1 else 's'}"


def _draw_bias(axes: Axes, bias: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel="Hardness of the gate", ylabel="Bias / exact gradient")
    axes.set_title("The bias and its bounds")
    for column, (name, line, colour) in BOUNDS.items():
        axes.plot(bias["hardness"], bias[column] / bias["gradient"], line, color=colour, label=name)
    axes.axhline(bias["limit"].mean(), color=GREY, linestyle="-.", linewidth=0.8, label="self-coupling")
    axes.plot(bias["hardness"], bias["relative_bias"], "^", color=OURS, label="measured")
    axes.set_ylim(top=6 * (bias["worst_case"] / bias["gradient"]).max())
    axes.legend(loc="upper right", ncols=2)


def _draw_descent(axes: Axes, runs: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel="Steps", ylabel="Least squared gradient")
    axes.set_title("Descent and its bounds")
    handles = []
    for colour, (hardness, run) in zip(HARDNESS, runs.groupby("hardness"), strict=False):
        axes.plot(run["step"], run["smallest"], "-", color=colour)
        axes.plot(run["step"], run["bound"], "--", color=colour)
        axes.plot(run["step"], run["bound_from_gaps"], ":", color=colour)
        handles.append(mpl.lines.Line2D([], [], color=colour, label=f"hardness {hardness:g}"))
    handles.append(mpl.lines.Line2D([], [], color=GREY, linestyle="-", label="measured"))
    handles.append(mpl.lines.Line2D([], [], color=GREY, linestyle="--", label="bound"))
    handles.append(mpl.lines.Line2D([], [], color=GREY, linestyle=":", label="bound from gaps"))
    axes.set_ylim(top=300 * runs["bound_from_gaps"].max())
    axes.legend(handles=handles, loc="upper right", ncols=2)


def _draw_ranks(axes: Axes, enumeration: pd.DataFrame, kinds: Sequence[str]) -> None:
    y, ticks = 0.0, {}
    for kind in kinds:
        about = enumeration[enumeration["kind"] == kind]
        axes.text(
            0.01, y, kind[0].upper() + kind[1:], transform=axes.get_yaxis_transform(),
            fontsize=SMALL, color=GREY, va="center",
        )  # fmt: skip
        for estimator, look in ESTIMATORS.items():
            y += 1
            ticks[y] = look.name
            own = about[about["estimator"] == estimator].sort_values(["problem", "start"])
            share = own["rank"] / own["masks"]
            spread = np.linspace(-0.3, 0.3, len(own)) if len(own) > 1 else np.zeros(1)
            axes.plot(100 * share, y + spread, "o", color=look.colour, markersize=1.6, alpha=0.5, markeredgewidth=0)
            count = f"{among_best(own).sum()}/{len(own)}"
            axes.text(1.02, y, count, transform=axes.get_yaxis_transform(), fontsize=SMALL, color=GREY, va="center")
        y += 1
    axes.axvline(100 * FOUND, color=GREY, linewidth=0.6)
    axes.set(xscale="log", ylim=(y - 0.4, -0.8), xlabel="Rank of the found mask (% of all masks)")
    axes.set_title("The found masks among all masks")
    axes.set_xlim(right=100)
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter("{x:g}")


DRAWING = Drawing(
    draw,
    "The theory of the weight-free search on problems small enough to check it (docs/theory.md, our reconstruction). "
    "Top: the bias of the approximate gradient relative to the exact one, and what bounds it. Middle: the least "
    "squared gradient of the relaxed objective along the biased descent, and what the theorem allows. Bottom: the "
    "rank of the masks found among all masks, every one of which was tried; problems are drawn from the seed and none "
    "is left out.",
    bias=Single(Theory, "bias"),
    convergence=Single(Theory, "convergence"),
    enumeration=Single(Theory, "enumeration"),
)

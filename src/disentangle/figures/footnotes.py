"""The small text below a figure: of how many networks it is, how long they trained, and what bars and bands are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from disentangle.figures.panels import GREY, SMALL
from disentangle.late import pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHARACTER = 0.045  # width of a character in inches, a little more than the mean


def footnote(figure: Figure, text: str) -> None:
    """Small text below everything, wrapped to the figure's width; the layout keeps room for it."""
    lines = textwrap.fill(text, int(figure.get_figwidth() / CHARACTER))
    figure.supxlabel(lines, x=0.01, ha="left", fontsize=SMALL, fontweight="normal", color=GREY)


def replicates(counts: Iterable[int]) -> str:
    """``n = 5 replicates``, or the range where cells differ."""
    n = _range(counts)
    return f"n = {n} replicate{'' if n == '1' else 's'}"


def budget(metrics: pd.DataFrame) -> str:
    """``15 epochs`` of training, or the range where cells differ; networks that are not trained do not count."""
    n = _range(metrics.loc[metrics["epochs"] > 0, "epochs"])
    return f"{n} epoch{'' if n == '1' else 's'}"


def intervals(counts: Iterable[int], confidence: float, marks: str = "bars and bands") -> str:
    """``; bars and bands: 95% bootstrap interval of the mean``; nothing where every cell has one replicate."""
    return f"; {marks}: {confidence:.0%} bootstrap interval of the mean" if max(counts, default=0) > 1 else ""


def extremes(counts: Iterable[int]) -> str:
    """``; bands: lowest to highest replicate``; nothing where every cell has one replicate."""
    return "; bands: lowest to highest replicate" if max(counts, default=0) > 1 else ""


def _range(numbers: Iterable[int]) -> str:
    different = sorted(set(numbers)) or [0]
    return str(different[0]) if len(different) == 1 else f"{different[0]} to {different[-1]}"

"""Pieces that figures share: sizes, one panel for each dataset and network, notes below a figure."""

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from disentangle.figures.style import DATASETS, Look, paper_style

COLUMN, PAGE = 3.4, 7.0  # width of a figure in inches
SMALL = 6  # smallest text in points
GREY = "#555555"  # of notes and reference lines

Pair = tuple[str, str]  # dataset, network
Key = tuple[str, str, str, str]  # dataset, network, family, density: a cell
KEY = ["dataset", "network", "family", "density"]


def titles(pairs: Iterable[Pair]) -> dict[Pair, str]:
    """Title of each panel, in the order of the figures: the dataset, and the network where there are several."""
    present = set(pairs)
    order = [*DATASETS, *sorted({dataset for dataset, _ in present} - set(DATASETS))]
    several = len({network for _, network in present}) > 1
    return {
        (dataset, network): DATASETS.get(dataset, dataset) + (f", {network}" if several else "")
        for dataset, network in sorted(present, key=lambda pair: (order.index(pair[0]), pair[1]))
    }


def pairs_of(frame: pd.DataFrame) -> list[Pair]:
    """Dataset and network of each row of a table."""
    return list(zip(frame["dataset"], frame["network"], strict=True))


def rows_of(frame: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """The rows of one dataset and network."""
    return frame[(frame["dataset"] == pair[0]) & (frame["network"] == pair[1])]


def replicates(counts: Iterable[int]) -> str:
    """``n = 5 replicates``, or the range where cells differ."""
    low, high = min(counts := list(counts)), max(counts)
    return f"n = {low if low == high else f'{low} to {high}'} replicate{'s' if high > 1 else ''}"


def footnote(figure: Figure, text: str) -> None:
    """Small text below everything, for which the layout keeps room."""
    figure.supxlabel(text, x=0.01, horizontalalignment="left", fontsize=SMALL, color=GREY)


@paper_style()
def notice(sentence: str) -> Figure:
    """A figure that only says why it shows nothing."""
    figure = Figure(figsize=(COLUMN, 0.6))
    figure.text(0.5, 0.5, sentence, horizontalalignment="center", verticalalignment="center", color=GREY)
    return figure


def legend(figure: Figure, looks: Mapping[str, Look], columns: int) -> None:
    """Colours, markers and names of the families, above the panels."""
    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, markersize=3.5, label=look.name) for look in looks.values()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=columns)


def keys_of(frame: pd.DataFrame) -> list[Key]:
    """The cells of a table, each once."""
    return list(dict.fromkeys(zip(*(frame[name] for name in KEY), strict=True)))

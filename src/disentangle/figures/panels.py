"""Pieces that figures share: a panel for each dataset and network, a legend, axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from disentangle import statistics
from disentangle.figures.style import DATASETS, Look, paper_style
from disentangle.late import mpl, pd

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0  # width of a figure in inches
SMALL = 6  # smallest text in points
LINE, LINES = 0.14, 4  # height of a line of the legend in inches, and how many every figure has room for
GREY = "#555555"  # of notes and reference lines

Pair = tuple[str, str]  # dataset, network
Key = tuple[str, str, str, str]  # dataset, network, family, density: a cell
KEY = list(statistics.KEY)


def keys_of(frame: pd.DataFrame) -> list[Key]:
    """The cells of a table, each once."""
    return list(dict.fromkeys(zip(*(frame[name] for name in KEY), strict=True)))


def rows_of(frame: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """The rows of one dataset and network."""
    return frame[(frame["dataset"] == pair[0]) & (frame["network"] == pair[1])]


def titles(cells: Iterable[Key | Pair]) -> dict[Pair, str]:
    """Each panel's dataset and network, in the order of the figures, and title: the dataset, the network if several."""
    present = {(cell[0], cell[1]) for cell in cells}
    order = [*DATASETS, *sorted({dataset for dataset, _ in present} - set(DATASETS))]
    several = len({network for _, network in present}) > 1
    return {
        (dataset, network): DATASETS.get(dataset, dataset) + (f", {network}" if several else "")
        for dataset, network in sorted(present, key=lambda pair: (order.index(pair[0]), pair[1]))
    }


def spaced(layers: Sequence[str], most: int) -> list[str]:
    """The layers, or so many evenly chosen from the first to the last where there are more."""
    count = min(len(layers), most)
    return [layers[round(i * (len(layers) - 1) / max(count - 1, 1))] for i in range(count)]


def arrange(count: int, widest: int) -> tuple[int, int]:
    """Rows and columns for so many panels, with no more than ``widest`` columns."""
    columns = min(count, widest)
    return -(-count // columns), columns


def new_figure(columns: int, height: float) -> Figure:
    """An empty figure, as wide as a column for one panel and as a page for more; ``height`` in inches."""
    return mpl.figure.Figure(figsize=(COLUMN if columns == 1 else PAGE, height))


@paper_style()
def notice(sentence: str) -> Figure:
    """A figure that only says why it shows nothing."""
    figure = new_figure(1, 0.6)
    figure.text(0.5, 0.5, sentence, ha="center", va="center", color=GREY)
    return figure


def legend(figure: Figure, looks: Mapping[str, Look]) -> None:
    """Colours, markers and names of the families, above the panels; the figure grows by more lines than it has room for."""
    handles = [mpl.lines.Line2D([], [], color=x.colour, marker=x.marker, label=x.name) for x in looks.values()]
    columns = 2 if figure.get_figwidth() == COLUMN else 4
    figure.set_figheight(figure.get_figheight() + LINE * max(0, ceil(len(handles) / columns) - LINES))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns)


def plain_log(axis: Axis) -> None:
    """Ticks of a logarithmic axis that holds all it has to, written out: the narrower it is, the more in each decade."""
    low, high = axis.get_view_interval()
    wide = {100: (1,), 8: (1, 2, 5), 3: (1, 2, 3, 5, 7), 1: (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8)}
    steps = next(steps for ratio, steps in wide.items() if high > ratio * low)
    axis.set_major_locator(mpl.ticker.LogLocator(subs=steps))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(mpl.ticker.NullLocator())

"""What masks look like: which inputs keep their edges, and how many edges enter a unit."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.footnotes import footnote, replicates
from disentangle.figures.panels import KEY, PAGE, SMALL, Key, arrange, notice, spaced, titles
from disentangle.figures.style import Look, family_looks, paper_style
from disentangle.late import mpl, np, pd
from disentangle.pipeline.needs import Counts, Described, Rows
from disentangle.pipeline.teller import Drawing
from disentangle.stages.masks import Masks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

    Degrees = Mapping[str, NDArray[Any]]
    Shares = NDArray[np.float64]

Possible = Mapping[str, int]

IMAGES = 8  # side by side
LAYERS = 4  # side by side; of more layers, as many evenly chosen from the first to the last


@paper_style()
def draw(degrees: Mapping[Key, Degrees], masks: pd.DataFrame, inputs: Mapping[str, tuple[int, ...]]) -> Figure:
    """Edges that leave each input, relative to the mean input, and share of the possible edges that enters each unit.

    A block each dataset and network. Inputs that are pixels are drawn as images, others as a strip. A family with
    densities shows the one nearest one half.

    ``degrees``: for each cell ``<layer>.in_degree`` (replicate, unit), and of the first layer ``<layer>.out_degree``
    (replicate, channel). ``masks``: the stacked masks.csv of the cells, whose rows have the ``possible`` edges of each layer,
    input to output. ``inputs``: shape of an image, by dataset.
    """
    if not degrees:
        return notice("No masks to show.")
    layers = dict(list(masks.groupby(KEY, sort=False)))
    possible = {key: dict(zip(layers[key]["layer"], layers[key]["possible"], strict=True)) for key in degrees}
    looks, panels = family_looks(key[2] for key in degrees), titles(degrees)
    shown = {key[:3]: key for key in nearest_half(degrees)}
    counts = [sum((*pair, family) in shown for family in looks) for pair in panels]
    heights = [height for n in counts for height in (0.4 + 0.85 * arrange(n, IMAGES)[0], 0.75 + 0.17 * n)]
    figure = mpl.figure.Figure(figsize=(PAGE, sum(heights) + 0.5))
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    for i, (pair, title) in enumerate(panels.items()):
        cells = {look: shown[*pair, family] for family, look in looks.items() if (*pair, family) in shown}
        relative = {look: _out_degree(degrees[key], possible[key], inputs[pair[0]]) for look, key in cells.items()}
        _draw_inputs(figure, grid[2 * i], relative, title)
        _draw_units(figure, grid[2 * i + 1], {look: _fan_in(degrees[key], possible[key]) for look, key in cells.items()})
    n = replicates(len(array) for key in shown.values() for array in degrees[key].values())
    footnote(
        figure,
        f"Top: mean of {n}, ON and OFF channels summed. Below, all units of all replicates: boxes are quartiles with "
        f"the median, whiskers lowest to highest. {nearest_half_note(shown.values(), looks)}",
    )
    return figure


def _out_degree(degrees: Degrees, possible: Possible, shape: tuple[int, ...]) -> Shares:
    """Edges out of each input over those of the mean input: (height, width) where inputs are pixels, else (input,).

    Mean over the replicates and over the colours of a pixel. The first layer reads single values or whole channels of
    the image; with ON and OFF channels all ON come before all OFF.
    """
    edges = degrees[f"{next(iter(possible))}.out_degree"].mean(axis=0)
    neurons = prod(shape) if len(edges) >= prod(shape) else shape[0]
    edges = edges.reshape(-1, neurons).sum(axis=0)
    relative: Shares = edges / max(edges.mean(), 1e-9)
    return relative.reshape(shape).mean(axis=0) if len(shape) == 3 and neurons == prod(shape) else relative


def _fan_in(degrees: Degrees, possible: Possible) -> dict[str, Shares]:
    """Edges into each unit of every replicate as a share of those possible, by layer."""
    arrays = {layer: degrees[f"{layer}.in_degree"] for layer in possible}
    return {layer: (array * array.shape[1] / possible[layer]).ravel() for layer, array in arrays.items()}


def _draw_inputs(figure: Figure, place: SubplotSpec, relative: Mapping[Look, Shares], title: str) -> None:
    panels: list[Axes] = []
    if all(edges.ndim == 2 for edges in relative.values()):
        grid = place.subgridspec(*arrange(len(relative), IMAGES))
        for i, (look, edges) in enumerate(relative.items()):
            panels.append(figure.add_subplot(grid[divmod(i, IMAGES)]))
            image = _show(panels[-1], edges)
            panels[-1].set(xticks=[], yticks=[])
            label = textwrap.fill(look.name.replace("_", "_ "), 12, break_on_hyphens=False).replace("_ ", "_")
            panels[-1].set_xlabel(label, fontsize=SMALL)
    else:
        panels.append(figure.add_subplot(place))
        image = _show(panels[0], np.stack(list(relative.values())))
        panels[0].set_yticks(range(len(relative)), [look.name for look in relative], fontsize=SMALL)
        panels[0].set(aspect="auto", xlabel="Input")
        panels[0].xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, min_n_ticks=1))
    panels[0].set_title(title)
    scale = figure.colorbar(image, ax=panels, extend="max", ticks=[0, 1, 2], aspect=14)
    scale.set_label("Edges of an input\n/ mean input")


def _show(axes: Axes, relative: Shares) -> AxesImage:
    axes.spines[:].set_visible(False)
    return axes.imshow(relative, cmap="PuOr", vmin=0, vmax=2)


def _draw_units(figure: Figure, place: SubplotSpec, shares: Mapping[Look, Mapping[str, Shares]]) -> None:
    drawn = spaced(list(next(iter(shares.values()))), LAYERS)
    grid = place.subgridspec(1, len(drawn)).subplots(sharey=True, squeeze=False)[0]
    for axes, layer in zip(grid, drawn, strict=True):
        for y, (look, of_layer) in enumerate(shares.items()):
            axes.boxplot(
                of_layer[layer], positions=[y], orientation="horizontal", widths=0.55, whis=(0, 100), patch_artist=True,
                boxprops={"facecolor": look.colour, "alpha": 0.5, "linewidth": 0.5}, capprops={"linewidth": 0},
                whiskerprops={"color": look.colour, "linewidth": 1}, medianprops={"color": "black", "linewidth": 1},
            )  # fmt: skip
        axes.set(xlim=(-0.02, 1.02), xlabel="Edges into a unit\n/ possible edges")
        axes.set_title(layer, fontweight="normal")
    grid[0].set_yticks(range(len(shares)), [look.name for look in shares])
    grid[0].set_ylim(len(shares) - 0.5, -0.5)


DRAWING = Drawing(
    draw,
    "What the masks look like: edges that leave each input, and the share of the possible edges that enters each unit "
    "of each layer.",
    degrees=Counts(Masks, "degrees"),
    masks=Rows(Masks, "masks"),
    inputs=Described("shape"),
)

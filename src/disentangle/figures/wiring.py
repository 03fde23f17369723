"""What masks look like: which inputs keep their edges, and how many edges enter a unit."""

import textwrap
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from disentangle.figures.densities import nearest_half, nearest_half_note
from disentangle.figures.panels import PAGE, SMALL, Key, footnote, notice, replicates, titles
from disentangle.figures.style import Look, family_looks, paper_style

Degrees = Mapping[str, NDArray[Any]]
Possible = Mapping[str, int]
Shares = NDArray[np.float64]

IMAGES = 8  # side by side
LAYERS = 4  # side by side; of more, evenly chosen ones from the first to the last
RELATIVE = {"cmap": "PuOr", "vmin": 0, "vmax": 2}


@paper_style()
def draw(
    degrees: Mapping[Key, Degrees], possible: Mapping[Key, Possible], inputs: Mapping[str, tuple[int, ...]]
) -> Figure:
    """Edges that leave each input, relative to their mean, and the share of the possible edges that enters each unit.

    A family with densities shows the one nearest one half.

    ``degrees``: for each cell the arrays ``<layer>.in_degree`` (replicate, unit) and ``<layer>.out_degree`` (replicate,
    channel). ``possible``: for each cell the possible edges of each layer, from input to output. ``inputs``: shape of an
    image, by dataset.
    """
    if not degrees:
        return notice("No masks to show.")
    looks, panels = family_looks(key[2] for key in degrees), titles(key[:2] for key in degrees)
    keys = nearest_half(degrees)
    heights = [1.25 + 0.65 + 0.17 * len(looks)] * len(panels)
    figure = Figure(figsize=(PAGE, sum(heights) + 0.5))
    blocks = figure.subfigures(len(panels), 1, squeeze=False)[:, 0]
    for block, (pair, title) in zip(blocks, panels.items(), strict=True):
        cells = {looks[key[2]]: key for family in looks for key in keys if key[:3] == (*pair, family)}
        above, below = block.subfigures(2, 1, height_ratios=[1.25, 0.65 + 0.17 * len(looks)])
        above.suptitle(f"{title}: edges that leave an input, relative to the mean of all inputs", x=0.01, ha="left")
        relative = {k: _out_degree(degrees[key], possible[key], inputs[pair[0]]) for k, key in cells.items()}
        if all(edges.ndim == 2 for edges in relative.values()):
            _draw_images(above, relative)
        else:
            _draw_strips(above, relative)
        _draw_fan_in(below, {look: _fan_in(degrees[key], possible[key]) for look, key in cells.items()})
    n = replicates(len(array) for key in keys for array in degrees[key].values())
    footnote(
        figure,
        f"Top: mean of {n}, ON and OFF channels summed. Below: boxes are quartiles, whiskers lowest to highest of all units "
        f"of all replicates. {nearest_half_note(keys, looks)}",
    )
    return figure


def _out_degree(degrees: Degrees, possible: Possible, shape: tuple[int, ...]) -> Shares:
    """Edges out of each input, over the mean input: (height, width) where the inputs are pixels, else (input,).

    Mean over the replicates and the colours of a pixel. The first layer reads pixels, or whole channels of them; with ON and
    OFF channels, all ON before all OFF.
    """
    edges = degrees[f"{next(iter(possible))}.out_degree"].mean(axis=0)
    neurons = prod(shape) if len(edges) >= prod(shape) else shape[0]
    edges = edges.reshape(-1, neurons).sum(axis=0)
    relative: Shares = edges / max(edges.mean(), np.finfo(float).tiny)
    return relative.reshape(shape).mean(axis=0) if len(shape) == 3 and neurons == prod(shape) else relative


def _fan_in(degrees: Degrees, possible: Possible) -> dict[str, Shares]:
    """Edges into each unit of every replicate as a share of those possible, by layer."""
    arrays = {layer: degrees[f"{layer}.in_degree"] for layer in possible}
    return {layer: (array * array.shape[1] / possible[layer]).ravel() for layer, array in arrays.items()}


def _draw_images(figure: SubFigure, relative: Mapping[Look, Shares]) -> None:
    rows = -(-len(relative) // IMAGES)
    grid = figure.add_gridspec(rows, min(len(relative), IMAGES))
    panels = []
    for i, (look, edges) in enumerate(relative.items()):
        panels.append(axes := figure.add_subplot(grid[divmod(i, IMAGES)]))
        image = axes.imshow(edges, **RELATIVE)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_title(textwrap.fill(look.name, 12, break_on_hyphens=False), fontsize=SMALL)
    figure.colorbar(image, ax=panels, extend="max", ticks=[0, 1, 2], aspect=12)


def _draw_strips(figure: SubFigure, relative: Mapping[Look, Shares]) -> None:
    axes = figure.subplots()
    image = axes.imshow(np.stack(list(relative.values())), aspect="auto", **RELATIVE)
    axes.set_yticks(range(len(relative)), [look.name for look in relative], fontsize=SMALL)
    axes.set_xlabel("Input")
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, extend="max", ticks=[0, 1, 2], aspect=12)


def _draw_fan_in(figure: SubFigure, shares: Mapping[Look, Mapping[str, Shares]]) -> None:
    layers = list(next(iter(shares.values())))
    shown = [layers[round(i)] for i in np.linspace(0, len(layers) - 1, min(len(layers), LAYERS))]
    grid = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, layer in zip(grid, shown, strict=True):
        for y, look in enumerate(shares):
            axes.boxplot(
                shares[look][layer], positions=[y], orientation="horizontal", widths=0.55, whis=(0, 100), patch_artist=True,
                boxprops={"facecolor": look.colour, "alpha": 0.5, "linewidth": 0.5}, capprops={"linewidth": 0},
                whiskerprops={"color": look.colour, "linewidth": 1}, medianprops={"color": "black", "linewidth": 1},
            )  # fmt: skip
        axes.set(xlim=(-0.02, 1.02), xlabel="Edges into a unit / possible edges")
        axes.set_title(layer, loc="left")
    grid[0].set_yticks(range(len(shares)), [look.name for look in shares])
    grid[0].set_ylim(len(shares) - 0.5, -0.5)

"""Writing a figure: the same bytes for the same figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disentangle.artefacts import atomic
from disentangle.figures.style import paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Dates and versions that a format would write into the file by itself.
UNDATED: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


@paper_style()
def save(figure: Figure, files: Mapping[str, Path], dpi: int) -> None:
    """Write the file of each format (pdf, svg, png), the PNG at ``dpi``.

    Raises InputError when the folder cannot be written.
    """
    _fix_layout(figure)
    for form, path in files.items():
        with atomic(path) as temporary:
            figure.savefig(temporary, format=form, dpi=dpi, metadata=UNDATED.get(form))


def _fix_layout(figure: Figure) -> None:
    """Compute the layout once, for all formats, and round it: its solver leaves digits that differ from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(share, 4) for share in axes.get_position(original=True).bounds)
        axes.set_position((left, bottom, width, height))

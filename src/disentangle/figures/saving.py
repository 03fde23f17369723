"""Writing a figure: the same bytes for the same figure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from disentangle.artefacts import atomic
from disentangle.figures.style import paper_style

# Dates and versions that a format would write into the file by itself.
UNDATED: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


@paper_style()
def save(figure: Figure, stem: Path, formats: Sequence[str], dpi: int) -> list[Path]:
    """Write ``<stem>.<format>`` for each format (pdf, svg, png), the PNG at ``dpi``, and return the paths.

    Raises InputError when the folder cannot be written.
    """
    # Each computation of the layout moves it a little: after a single one, no format depends on those before it.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in formats]
    for path, suffix in zip(paths, formats, strict=True):
        with atomic(path) as temporary:
            figure.savefig(temporary, format=suffix, dpi=dpi, metadata=UNDATED.get(suffix))
    return paths

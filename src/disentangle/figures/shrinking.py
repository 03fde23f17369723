"""Figures for pages: the PNG of a figure in 256 colours, a third of its size, so that a clone stays small."""

from pathlib import Path

from disentangle.artefacts import atomic, remedy
from disentangle.errors import InputError

COLOURS = 256


def shrink(figure: Path, page: Path) -> None:
    """Write the PNG ``figure`` to ``page`` in `COLOURS` colours; the same bytes for the same figure.

    Raises InputError when there is no such figure, or the page's folder cannot be written.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(figure) as image:
            small = image.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    except (OSError, UnidentifiedImageError) as error:
        raise InputError(f"cannot read {figure}: {error}; {remedy(figure)}.") from None
    with atomic(page) as temporary:
        small.save(temporary, format="png", optimize=True)

"""What a figure shows, as a test sees it: its texts on the page, its panels, and its bytes."""

import hashlib
import re
from itertools import combinations

import matplotlib as mpl
from matplotlib.text import Text

from disentangle.figures.saving import save


def drawn_texts(figure, monkeypatch):
    """Every text that reaches the page, with its extent in pixels and its size in points."""
    texts = []

    def noted(text, renderer, draw=Text.draw):
        if text.get_visible() and text.get_text().strip():
            texts.append((text.get_text(), text.get_window_extent(renderer), text.get_fontsize()))
        draw(text, renderer)

    with monkeypatch.context() as patched:
        patched.setattr(Text, "draw", noted)
        figure.draw_without_rendering()
    return texts


def axes_of(figure, title):
    return next(axes for axes in figure.findobj(mpl.axes.Axes) if title in axes.get_title(loc="left"))


def said_below(figure):
    """The footnote on one line."""
    return figure.get_supxlabel().replace("\n", " ")


def assert_spread_told(several, one):
    """Bars and bands are told of several replicates; one has none, and nothing is said of them."""
    assert re.search("bootstrap interval of the mean|bands: lowest to highest replicate", said_below(several))
    assert "n = 1 replicate" in said_below(one) and not re.search("interval|to highest replicate|bars|bands", said_below(one))


def assert_readable(figure, monkeypatch):
    """Every text is on the page, large enough and apart from all others."""
    texts = drawn_texts(figure, monkeypatch)
    page = figure.bbox
    assert texts
    for text, box, size in texts:
        assert size >= 6, text
        assert box.x0 >= page.x0 - 0.5 and box.x1 <= page.x1 + 0.5, text
        assert box.y0 >= page.y0 - 0.5 and box.y1 <= page.y1 + 0.5, text
    for (one, a, _), (other, b, _) in combinations(texts, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1 or along < 1, (one, other)


def saved(figure, stem, formats=("pdf", "svg", "png"), dpi=100):
    """Write a figure as it is done in the workflow; the files, which have one stem, in the order of the formats."""
    files = {form: stem.with_name(f"{stem.name}.{form}") for form in formats}
    save(figure, files, dpi)
    return list(files.values())


def assert_same_bytes(draw, folder):
    """Drawn twice from the same input, a figure is the same files."""
    files = [saved(draw(), folder / f"{i}") for i in range(2)]
    first, second = ([hashlib.sha256(file.read_bytes()).hexdigest() for file in of] for of in files)
    assert first == second

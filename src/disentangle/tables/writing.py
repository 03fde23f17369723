"""A table as three files: CSV with every digit for machines, Markdown and LaTeX (booktabs) for readers.

Equal tables give equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from disentangle.artefacts import write_text
from disentangle.late import pd, tabulate

# Text beyond this many characters wraps in a LaTeX column of its own width.
LONG = 32


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write every column; floats in their shortest exact form, nothing for NaN."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def write_table(path: Path, table: pd.DataFrame, shown: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Write ``path`` (.csv), and beside it .md and .tex in the form for readers that ``shown`` gives it."""
    reading = shown(table)
    write_csv(path, table)
    write_text(path.with_suffix(".md"), markdown(reading))
    write_text(path.with_suffix(".tex"), latex(reading))


def markdown(reading: pd.DataFrame) -> str:
    """A pipe table of a frame of texts."""
    escaped = reading.map(lambda text: text.replace("|", r"\|"))
    return _tabulated(escaped, "pipe") + "\n"


def latex(reading: pd.DataFrame) -> str:
    """A tabular of a frame of texts, without a float around it; needs the LaTeX package booktabs."""
    _, body = _tabulated(reading, "latex_booktabs").split("\n", 1)
    columns = "".join("p{3.2cm}" if _longest(reading[name]) > LONG else "l" for name in reading.columns)
    return f"\\begin{{tabular}}{{{columns}}}\n{body}\n"


def _tabulated(reading: pd.DataFrame, form: str) -> str:
    text: str = tabulate.tabulate(reading.to_numpy().tolist(), list(reading.columns), tablefmt=form, disable_numparse=True)
    return text


def _longest(texts: pd.Series) -> int:
    return max(map(len, texts), default=0)

"""How readers are shown numbers: percent, intervals in brackets, short p-values. Every value is text."""

from __future__ import annotations

from disentangle.late import np, pd

PERCENT = "{:z.1f}"
POINTS = "{:+z.1f}"
# Three significant digits, zeros at the end among them.
PLAIN = "{:z#.3g}"


def short_p(p: float) -> str:
    """A p-value to three decimals; nothing for a test not made."""
    if np.isnan(p):
        return ""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def texts(table: pd.DataFrame, *names: str) -> dict[str, pd.Series]:
    """Columns that are text already."""
    return {name: table[name] for name in names}


def numbers(values: pd.Series, form: str) -> pd.Series:
    """Each number in the given form; nothing for NaN."""
    return values.map(lambda value: "" if np.isnan(value) else form.format(round(value, 12))).astype(str)


def intervals(values: pd.DataFrame, form: str) -> pd.Series:
    """``value [low, high]`` from three columns; the value alone where it has no interval."""
    value, low, high = (numbers(values[name], form) for name in values.columns)
    return value + (" [" + low + ", " + high + "]").where(low != "", "")

"""Tables as a reader wants them: few columns, percent, intervals in brackets, short p-values. Every value is text."""

from __future__ import annotations

from collections.abc import Callable

from disentangle.late import np, pd

PERCENT = "{:z.1f}"
POINTS = "{:+z.1f}"
# Three significant digits, zeros at the end among them.
PLAIN = "{:z#.3g}"


def accuracy(table: pd.DataFrame) -> pd.DataFrame:
    """The table `accuracy`: accuracies in percent, differences in percentage points, wirings in kB (1000 bytes)."""
    return pd.DataFrame(
        {
            **_texts(table, "dataset", "network", "family", "density"),
            "edges": _numbers(table["edges"], "{:.0f}"),
            "wiring, kB": _numbers(table["bits"] / 8000, PLAIN),
            "n": _numbers(table["replicates"], "{:d}"),
            "test accuracy, %": _intervals(100 * table[["mean", "low", "high"]], PERCENT),
            "minus dense, points": _intervals(100 * table[["difference", "difference_low", "difference_high"]], POINTS),
            "p (Holm)": table["p_holm"].map(short_p),
        }
    )


def spectral_tests(table: pd.DataFrame) -> pd.DataFrame:
    """The table `spectral_tests`: Wasserstein-1 distances of spectra in [0, 2]."""
    return pd.DataFrame(
        {
            **_texts(table, "dataset", "network", "family", "density", "version"),
            "n": _numbers(table["replicates"], "{:d}"),
            "distance to dense": _intervals(table[["distance", "low", "high"]], PLAIN),
            "within": _numbers(table["within"], PLAIN),
            "floor": _numbers(table["floor"], PLAIN),
            "p (Holm)": table["p_holm"].map(short_p),
        }
    )


def claims(table: pd.DataFrame) -> pd.DataFrame:
    """The table `claims`: what a claim says stands in its first row only; our value has the units of the criterion."""
    first = ~table["claim"].duplicated()
    sampled = table.assign(low=table["low"].where(table["low"] < table["high"]))  # the others are of all there are
    return pd.DataFrame(
        {
            "claim": (table["statement"] + " (" + table["paper"] + ")").where(first, ""),
            "published": (table["published"] + " (" + table["source"] + ")").where(first, ""),
            "criterion": table["criterion"].where(first, ""),
            **_texts(table, "dataset", "network", "measured"),
            "value": _intervals(sampled[["value", "low", "high"]], PLAIN),
            "n": _numbers(table["replicates"], "{:d}"),
            **_texts(table, "verdict", "note"),
        }
    )


READINGS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "accuracy": accuracy,
    "spectral_tests": spectral_tests,
    "claims": claims,
}


def short_p(p: float) -> str:
    """A p-value to three decimals; nothing for a test not made."""
    if np.isnan(p):
        return ""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _texts(table: pd.DataFrame, *names: str) -> dict[str, pd.Series]:
    return {name: table[name] for name in names}


def _numbers(values: pd.Series, form: str) -> pd.Series:
    """Each number in the given form; nothing for NaN."""
    return values.map(lambda value: "" if np.isnan(value) else form.format(round(value, 12))).astype(str)


def _intervals(values: pd.DataFrame, form: str) -> pd.Series:
    """``value [low, high]`` from three columns; the value alone where it has no interval."""
    value, low, high = (_numbers(values[name], form) for name in values.columns)
    return value + (" [" + low + ", " + high + "]").where(low != "", "")

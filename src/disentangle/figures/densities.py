"""Which density of a family a figure shows, where it shows only one; and families side by side at one, where it shows all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from disentangle.figures.panels import KEY, Key
from disentangle.figures.style import Look
from disentangle.late import mpl, pd
from disentangle.statistics.choice import best_density

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

DODGE, SPREAD = 1.5, 4.0  # points between the markers of two families at one density, and of all


def with_realised(accuracy: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """The table of means and intervals, and the share of edges that each cell keeps, its mean over the replicates."""
    return accuracy.merge(metrics.groupby(KEY)["realised_density"].mean().reset_index(), on=KEY)


def taken(keys: Iterable[Key]) -> dict[str, list[str]]:
    """Densities, ascending, of each family that is given one: it neither keeps every edge nor settles them itself."""
    densities: dict[str, set[str]] = {}
    for _, _, family, density in keys:
        densities.setdefault(family, set()).add(density)
    return {family: sorted(found, key=float) for family, found in densities.items() if "free" not in found and found != {"1.0"}}


def nearest_half(keys: Iterable[Key]) -> list[Key]:
    """The cells left when each family shows only its density nearest one half, the lower of two as near."""
    keys = list(keys)
    kept = {family: min(found, key=lambda d: abs(Decimal(d) - Decimal("0.5"))) for family, found in taken(keys).items()}
    return [key for key in keys if kept.get(key[2], key[3]) == key[3]]


def nearest_half_note(keys: Iterable[Key], looks: Mapping[str, Look]) -> str:
    """The sentence that says which density the cells that `nearest_half` left have."""
    shown = {family: densities[0] for family, densities in taken(keys).items()}
    if len(set(shown.values())) == 1:
        return f"Families that are given a density: {next(iter(shown.values()))}."
    return " ".join(f"{look.name}: density {shown[family]}." for family, look in looks.items() if family in shown)


def aside(axes: Axes, position: float, count: int) -> Transform:
    """Where to draw one of ``count`` families, so that their markers at one density do not hide each other."""
    points = min(DODGE, SPREAD / max(count - 1, 1)) * (position - (count - 1) / 2)
    return axes.transData + mpl.transforms.ScaledTranslation(points / 72, 0, axes.figure.dpi_scale_trans)


def best_on_validation(metrics: pd.DataFrame) -> pd.DataFrame:
    """The rows of each family's best density on each dataset and network, as `best_density` has it."""
    families = [rows for _, rows in metrics.groupby(KEY[:3], sort=False)]
    return pd.concat([rows[rows["density"] == best_density(rows)] for rows in families]).sort_index()

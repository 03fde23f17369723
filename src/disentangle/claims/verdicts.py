"""Verdicts: whether a value keeps to its criterion, and by more than chance explains."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from typing import TYPE_CHECKING

from disentangle.claims.base import Claim, Criterion
from disentangle.claims.evidence import Measurement
from disentangle.late import np
from disentangle.statistics.hypotheses import holm, student_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def p_value(criterion: Criterion, measured: Measurement) -> float:
    """Two-sided p-value that the value is at the threshold but for chance; NaN of one replicate, and of all there are."""
    if not measured.sampled:
        return nan
    interval, error, degrees = measured.estimate
    return student_p(interval.value - criterion.threshold, error, degrees)


def corrected(claims: Sequence[Claim], p: Sequence[float]) -> Array:
    """The p-values (verdict,) of replications after Holm's correction for all of them together; NaN of other claims.

    ``claims`` and ``p`` have an entry a verdict. Replications are one family, because how many of them hold is counted; every
    other claim is a question of its own.
    """
    return holm([one if claim.kind == "replication" else nan for claim, one in zip(claims, p, strict=True)])


def verdict(criterion: Criterion, measured: Measurement, p: float, confidence: float) -> str:
    """Confirmed or refuted as the value keeps to the criterion or not; undecided where its p-value exceeds 1 - confidence."""
    if measured.sampled and (isnan(p) or p > 1 - confidence):
        return "undecided"
    return "confirmed" if criterion.holds(measured.estimate.interval.value) else "refuted"

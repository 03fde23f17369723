"""Accuracies on few test images that we drew ourselves: which ones they are is chance too, and the same for all replicates."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, sqrt
from typing import TYPE_CHECKING

from disentangle.claims.evidence import Evidence, Measurement
from disentangle.statistics.intervals import widened

if TYPE_CHECKING:
    import pandas as pd

# How far the sizes of splits may be from their shares of the set, since each class is rounded by itself.
ROUNDING = 0.01


def with_test_images(measured: Measurement, evidence: Evidence, *accuracies: pd.Series) -> Measurement:
    """Where the test split is our own draw, a sum or difference of mean ``accuracies`` with the error of the images added.

    Each is a series of the replicates of a cell. Its error is binomial, p (1 - p) / images; their variances are added, as if
    the networks erred independently. Networks err on much the same images, so of a difference it is an upper bound.
    A published test split is the same for everyone who is compared, and leaves the measurement as it is.
    """
    images: Mapping[str, int] | None = evidence.found.get("images", {}).get(evidence.place[0])
    if images is None or not own_draw(images) or isnan(measured.estimate.error):
        return measured
    error = sqrt(sum(p * (1 - p) for p in (float(series.mean()) for series in accuracies)) / images["test"])
    return measured._replace(
        what=f"{measured.what}; the interval allows for the choice of {images['test']} test images",
        estimate=widened(measured.estimate, error, evidence.settings.confidence),
    )


def own_draw(images: Mapping[str, int]) -> bool:
    """Whether a test split was drawn here, by the sizes of the splits, which a description holds as ``images``.

    Where none is published, a set is split 70 : 10 : 20 within each class; where one is, 5,000 images or ten of a class are
    held out for validation.
    """
    from disentangle.datasets.preparation import TEST_SHARE, VALIDATION_SHARE

    shares = {"test": TEST_SHARE, "validation": VALIDATION_SHARE}
    total = sum(images.values())
    return all(abs(images[split] / total - share) < ROUNDING for split, share in shares.items())

"""Claims about networks that are found among frozen weights: at which density, with which weights, in which network."""

from __future__ import annotations

from typing import Any, Literal

from disentangle.config import Label
from disentangle.late import np, pd
from disentangle.statistics.choice import best_density
from disentangle.statistics.evidence import Evidence, Measurement, NotMeasured
from disentangle.statistics.intervals import Interval, bootstrap_interval, mean_interval, paired_differences
from disentangle.statistics.measures import Claim, ClaimDensity, PairClaim


class HumpClaim(Claim):
    """About the test accuracy of a family at the best density between ``low`` and ``high``, less that at either of them."""

    kind: Literal["hump"]
    family: Label
    low: ClaimDensity
    high: ClaimDensity

    def measure(self, evidence: Evidence) -> Measurement:
        """The smaller of the two mean differences, over the seeds that all three densities have; seeds are resampled.

        The best density is chosen on validation, among those between the two ends: where an end is better, its difference
        is negative.
        """
        ends = [evidence.choose(self.family, density).density for density in (self.low, self.high)]
        metrics = evidence.metrics
        cells = metrics[metrics["family"] == self.family]
        low, high = map(float, ends)
        cells = cells[cells["density"].astype(float).between(low, high, inclusive="neither")]
        if cells.empty:
            raise NotMeasured(f"a density of {self.family} between {' and '.join(ends)}")
        best = best_density(cells)
        accuracy = {density: evidence.accuracy(evidence.choose(self.family, density)) for density in (ends[0], best, ends[1])}
        by_seed = pd.DataFrame(accuracy).dropna()
        if by_seed.empty:
            raise NotMeasured(f"a seed that the densities {', '.join(accuracy)} of {self.family} share")
        falls = np.stack([by_seed[best] - by_seed[end] for end in ends])

        def smaller(seeds: Any, axis: int = -1) -> Any:
            return falls[:, seeds].mean(axis=axis).min(axis=0)

        what = (
            f"test accuracy of {self.family} at density {best} (best of those between on validation) minus that at "
            f"{' or '.join(ends)}, whichever is less"
        )
        return Measurement(what, bootstrap_interval([np.arange(len(by_seed))], smaller, evidence.settings), len(by_seed))


class ValuesClaim(Claim):
    """About the number of distinct weights in a layer of a family, the 0 of missing edges included."""

    kind: Literal["values"]
    family: Label

    def measure(self, evidence: Evidence) -> Measurement:
        """The largest number in any layer of any replicate at any density; of all there are, so it has no error of sampling."""
        masks = evidence.masks
        rows = masks[masks["family"] == self.family] if "weight_values" in masks else masks[:0]
        if rows.empty:
            raise NotMeasured(f"the numbers of weights of {self.family}")
        largest, networks = float(rows["weight_values"].max()), len(rows.drop_duplicates(["density", "replicate"]))
        what = f"distinct weights in a layer of {self.family}, the most in any layer of {networks} networks"
        return Measurement(what, Interval(largest, largest, largest), rows["replicate"].nunique(), sampled=False)


class NetworksClaim(PairClaim):
    """About the test accuracy of a family less that of another, on one network and on another network of the same dataset."""

    kind: Literal["networks"]
    other: Label

    def measure(self, evidence: Evidence) -> Measurement:
        """Mean over the seeds of the difference here less the difference there."""
        ours, here = self._differences(evidence)
        try:
            theirs, there = self._differences(evidence.on(self.other))
        except NotMeasured as missing:
            raise NotMeasured(f"{missing} on {self.other}") from None
        differences = paired_differences(here, there)
        if not len(differences):
            raise NotMeasured(f"a seed that {self.family} and {self.against} share on both networks")
        what = f"test accuracy of {ours} on {evidence.place[1]} less the same on {self.other}, {theirs}"
        return Measurement(what, mean_interval(differences, evidence.settings), len(differences))

    def _differences(self, evidence: Evidence) -> tuple[str, pd.Series[float]]:
        """What is compared, and its differences by seed."""
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        return f"{ours.name} minus {theirs.name}", evidence.accuracy(ours) - evidence.accuracy(theirs)


MASK_KINDS: dict[str, type[Claim]] = {
    "hump": HumpClaim,
    "values": ValuesClaim,
    "networks": NetworksClaim,
}

"""Claims about small problems, which belong to no data set or network."""

from __future__ import annotations

from collections.abc import Sequence

from disentangle.claims.base import Claim


class TheoryClaim(Claim):
    """About small problems, whatever the datasets and networks of the experiment."""

    def places(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Once, and nowhere."""
        return [("", "")]

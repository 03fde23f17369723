"""The claims ledger as something that a table needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from disentangle.claims.base import Claim
from disentangle.claims.judging import read_claims
from disentangle.pipeline.job import File
from disentangle.pipeline.needs import Reading
from disentangle.pipeline.plan import Plan

CLAIMS = "workflow/claims.yaml"


class Ledger(Reading):
    """The claims of workflow/claims.yaml, which are the user's own."""

    def keys(self, plan: Plan) -> list[str]:
        """The file."""
        return [CLAIMS]

    def files(self, key: str) -> list[File]:
        """The file."""
        return [File("own", key)]

    def read(self, files: Mapping[str, Sequence[Path]]) -> Mapping[str, Claim]:
        """The claims by their names."""
        ((file,),) = files.values()
        return read_claims(file)

"""What tables and figures have in common: a file of their own says what they need, and its code gets that and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import JsonValue

from disentangle.late import load
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.needs import Reading, Settled

if TYPE_CHECKING:
    from disentangle.pipeline.teller import Teller


class Telling(Job):
    """A table or a figure; ``reads`` are the keys of each need that reads files, ``given`` what the config settled."""

    computing: ClassVar = ("make", "tell")
    tellers: ClassVar[Mapping[str, str]]
    """Addresses of the tellers, by the name of what they tell."""

    reads: dict[str, list[str]]
    given: dict[str, JsonValue]

    @property
    def chosen(self) -> Sequence[str]:
        """The teller's address, and what it takes from registries."""
        return [self.address, *self.teller.chosen]

    @property
    def address(self) -> str:
        """Where its teller stands."""
        return self.tellers[next(iter(self.at.values()))]

    @cached_property
    def teller(self) -> Teller:
        """What makes it."""
        return cast("Teller", load(self.address))

    @property
    def heading(self) -> str:
        """The teller's."""
        return self.teller.heading

    @property
    def caption(self) -> str:
        """The teller's."""
        return self.teller.caption

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The files of all keys of each need."""
        readings = {name: cast(Reading, self.teller.needs[name]) for name in self.reads}
        return {name: [file for key in keys for file in readings[name].files(key)] for name, keys in self.reads.items()}

    def tell(self, run: Run) -> Any:
        """What the teller makes of what it needs."""
        needs, read = self.teller.needs, {}
        for name, keys in self.reads.items():
            files = run.inputs[name]
            many = len(files) // max(len(keys), 1)
            by_key: dict[str, Sequence[Path]] = {key: files[i * many : (i + 1) * many] for i, key in enumerate(keys)}
            read[name] = cast(Reading, needs[name]).read(by_key)
        given = {name: cast(Settled, needs[name]).give(value) for name, value in self.given.items()}
        return self.teller.tell(**read, **given)

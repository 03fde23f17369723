"""The object by which the file of a table or a figure says what it needs and what makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from disentangle.pipeline.needs import Need, Reading, Settled, Study

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from disentangle.pipeline.plan import Plan


class Teller:
    """Code that makes a table or a figure, what it needs, by the names of its arguments, and what the report says of it."""

    heading, caption = "", ""
    chosen: Sequence[str] = ()
    """Addresses that registries gave and its file does not import."""

    def __init__(self, tell: Callable[..., Any], **needs: Need) -> None:
        self.tell, self.needs = tell, needs

    def plan(self, plan: Plan) -> tuple[dict[str, list[str]], dict[str, JsonValue]]:
        """The keys that are to be read, and what the config settles."""
        reads = {name: need.keys(plan) for name, need in self.needs.items() if isinstance(need, Reading)}
        given = {name: need.settle(plan) for name, need in self.needs.items() if isinstance(need, Settled)}
        return reads, given

    def lacks(self, reads: Mapping[str, Sequence[str]], given: Mapping[str, JsonValue]) -> bool:
        """Whether there is nothing to tell: a need without files, or a study with nothing to compare."""
        return not all(reads.values()) or any(not given[name] for name in given if isinstance(self.needs[name], Study))


class Drawing(Teller):
    """A figure: ``draw`` gives the drawing."""

    heading = "Figures"

    def __init__(self, draw: Callable[..., Figure], caption: str, **needs: Need) -> None:
        super().__init__(draw, **needs)
        self.caption = caption


class Made(Teller):
    """A table: ``make`` gives all its columns, ``shown`` those of readers, in their words."""

    caption = "The CSV holds every digit; the same folder has Markdown and LaTeX forms for readers."

    def __init__(
        self,
        make: Callable[..., pd.DataFrame],
        shown: Callable[[pd.DataFrame], pd.DataFrame],
        heading: str = "Tables",
        chosen: Sequence[str] = (),
        **needs: Need,
    ) -> None:
        super().__init__(make, **needs)
        self.shown, self.heading, self.chosen = shown, heading, chosen

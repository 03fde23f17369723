"""Tables: what is concluded from the cells, in three forms."""

from collections.abc import Iterable
from typing import ClassVar, Self

from disentangle.late import load
from disentangle.pipeline.job import Run
from disentangle.pipeline.plan import Plan
from disentangle.registry import TABLES
from disentangle.stages.telling import Telling


class Table(Telling):
    """Make a table in its three forms."""

    stage: ClassVar = "table"
    message: ClassVar = "Make the table {table}"
    products: ClassVar = {"csv": "tables/{table}.csv", "md": "tables/{table}.md", "tex": "tables/{table}.tex"}
    beside: ClassVar = "tables/{table}.meta.json"
    root: ClassVar = "told"
    local: ClassVar = True
    reported: ClassVar = "csv"
    tellers: ClassVar = TABLES

    table: str

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """Every table, whatever there is to conclude from."""
        for table, address in TABLES.items():
            reads, given = load(address).plan(plan)
            yield cls(table=table, reads=reads, given=given)

    def make(self, run: Run) -> None:
        """Conclude, and write for machines and readers."""
        from disentangle.tables.writing import write_table

        write_table(run.write("csv"), self.tell(run), load(TABLES[self.table]).shown)

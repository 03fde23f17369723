"""Notebooks: they walk a reader through a subject with the library and the experiment's tables."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from disentangle import artefacts
from disentangle.errors import InputError
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan
from disentangle.tracking import script_addresses

NOTEBOOKS = Path("workflow/notebooks")
MOST_SECONDS = 600  # for one cell


class Notebook(Job):
    """Execute a notebook from the project's folder, and keep it with what its cells showed."""

    stage: ClassVar = "notebook"
    message: ClassVar = "Execute the notebook {notebook}"
    products: ClassVar = {"notebook": "notebooks/{notebook}.ipynb"}
    beside: ClassVar = "notebooks/{notebook}.meta.json"
    root: ClassVar = "told"
    optional: ClassVar = True

    notebook: str

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One a notebook."""
        return [cls(notebook=file.stem) for file in sorted(NOTEBOOKS.glob("*.py"))]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """The notebook as text, and the table of accuracies."""
        table = File("told", "tables/accuracy.csv", "tables/accuracy.meta.json")
        return {"text": [File("own", f"{NOTEBOOKS}/{self.notebook}.py")], "accuracy": [table]}

    @property
    def chosen(self) -> Sequence[str]:
        """What it imports of this package."""
        return script_addresses(NOTEBOOKS / f"{self.notebook}.py")

    def make(self, run: Run) -> None:
        """The cell tagged ``parameters`` learns which experiment it is about.

        Raises InputError when a cell fails, after its code and traceback went to the log.
        """
        import jupytext
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError

        text, results = run.read("text"), run.read("accuracy").parents[1]
        notebook = jupytext.read(text)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = f'results = Path("{results.as_posix()}")'
        try:
            NotebookClient(notebook, timeout=MOST_SECONDS, kernel_name="python3").execute()
        except CellExecutionError as error:
            print(error, file=sys.stderr)
            raise InputError(f"{text}: a cell ended with {error.ename}: {error.evalue}; mend the notebook.") from None
        artefacts.write_text(run.write("notebook"), jupytext.writes(notebook, fmt="ipynb"))

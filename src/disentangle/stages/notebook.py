"""The stage that executes a notebook: it reads tables, and whatever it computes itself stays inside it."""

import sys
from pathlib import Path

import jupytext
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from disentangle import artefacts, jobs
from disentangle.errors import InputError
from disentangle.provenance import recorded

MOST_SECONDS = 600  # for one cell


def notebook(name: str, results: Path) -> None:
    """Execute a notebook of workflow/notebooks from the project's folder, and write it with what its cells showed.

    The cell tagged ``parameters`` learns which experiment it is about. Raises InputError when a cell fails, after its code
    and traceback went to the log.
    """
    job = jobs.notebook_job(results, name)
    with recorded(job):
        source = job.inputs[0]
        notebook = jupytext.read(source)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = f'results = Path("{results.as_posix()}")'
        try:
            NotebookClient(notebook, timeout=MOST_SECONDS, kernel_name="python3").execute()
        except CellExecutionError as error:
            print(error, file=sys.stderr)
            raise InputError(f"{source}: a cell ended with {error.ename}: {error.evalue}; mend the notebook.") from None
        artefacts.write_text(job.outputs[0], jupytext.writes(notebook, fmt="ipynb"))

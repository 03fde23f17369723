"""The door: ``python -m disentangle STAGE …``, one command a stage, as the rules of the workflow call them.

Cells and settings travel as JSON, so that the command which Snakemake prints can be repeated as it stands.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from disentangle.errors import InputError, checked

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Results = Annotated[Path, typer.Option(help="results/<experiment>")]
Source = Annotated[Path, typer.Option(help="where cells and comparisons lie: results/<experiment> or archive/<experiment>")]
Figures = Annotated[Path, typer.Option(help="figures/<experiment>")]
DataDir = Annotated[str, typer.Option(help="folder that already holds data sets; only read")]
Settings = Annotated[str, typer.Option(help="settings as JSON")]
WholeConfig = Annotated[str, typer.Argument(help="the whole config as JSON")]
WholeCell = Annotated[str, typer.Argument(help="the cell as JSON, all its settings in it")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda")]
Threads = Annotated[int, typer.Option(help="CPU threads")]
Cells = Annotated[list[str], typer.Argument(help="cells: dataset/network/family/density")]


@app.command()
def prepare(
    dataset: Annotated[str, typer.Argument(help="name of the data set")],
    results: Results,
    data_dir: DataDir = "",
) -> None:
    """Split and standardise a data set."""
    from disentangle.stages import prepare as stage

    stage.prepare(dataset, results, Path(data_dir) if data_dir else None)


@app.command()
def train(
    cell: WholeCell,
    results: Results,
    device: Device = "cpu",
    precision: Annotated[str, typer.Option(help="of the forward passes: auto, float32 or bfloat16")] = "auto",
    compile: Annotated[bool, typer.Option(help="compile the network's forward and backward pass")] = False,
    threads: Threads = 1,
    data_dir: DataDir = "",
) -> None:
    """Train the cohort of a cell; an interrupted training goes on from its checkpoint."""
    from disentangle.cells import Cell
    from disentangle.hardware import planned_device
    from disentangle.stages import train as stage

    folder = Path(data_dir) if data_dir else None
    stage.train(checked(Cell, _parse(cell), "cell"), results, planned_device(device), threads, precision, compile, folder)


MEASUREMENTS = {
    "sweep": "Test accuracy of a cell whose weights are all equal, under other values of that weight; settings: factors.",
    "gradients": "The approximate gradient of a cell's networks beside the exact one; settings: hardness, images.",
    "profiles": "Sorted weights of a cell's units, and accuracy without their values or places; settings: draws, permutations.",
}


def _measurement(name: str) -> Callable[..., None]:
    """The command of a stage that measures a trained cell."""

    def command(
        cell: WholeCell,
        results: Results,
        settings: Settings,
        device: Device = "cpu",
        threads: Threads = 1,
        data_dir: DataDir = "",
    ) -> None:
        from disentangle.cells import Cell
        from disentangle.hardware import planned_device

        stage = getattr(import_module(f"disentangle.stages.{name}"), name)
        folder = Path(data_dir) if data_dir else None
        stage(checked(Cell, _parse(cell), "cell"), results, _parse(settings), planned_device(device), threads, folder)

    return command


for name, what in MEASUREMENTS.items():
    app.command(name, help=what)(_measurement(name))


@app.command()
def masks(cell: Annotated[str, typer.Argument(help="dataset/network/family/density")], results: Results) -> None:
    """Summarise the masks of a cell."""
    from disentangle.stages import masks as stage

    stage.masks(cell, results)


@app.command()
def spectra(
    cell: Annotated[str, typer.Argument(help="dataset/network/family/density")], results: Results, settings: Settings
) -> None:
    """Eigenvalues of a cell's networks and of their nulls; settings: seeds, null_draws."""
    from disentangle.stages import spectra as stage

    stage.spectra(cell, results, _parse(settings))


@app.command()
def compare(cells: Cells, results: Results) -> None:
    """Spectral distances of all networks of one dataset × network."""
    from disentangle.stages import compare as stage

    stage.compare(cells, results)


@app.command()
def theory(results: Results, settings: Settings) -> None:
    """Check the theory of the weight-free search on small problems; settings: seed."""
    from disentangle.stages import theory as stage

    stage.theory(results, _parse(settings))


@app.command()
def stack(
    what: Annotated[str, typer.Argument(help="metrics, history or masks")], cells: Cells, results: Results, source: Source
) -> None:
    """Stack one CSV of every cell into a table."""
    from disentangle.stages import stack as stage

    stage.stack(what, cells, results, source)


@app.command()
def table(
    name: Annotated[str, typer.Argument(help="accuracy, spectral_tests or claims")],
    results: Results,
    source: Source,
    settings: Settings,
) -> None:
    """Make a table in its three forms."""
    from disentangle.stages import table as stage

    stage.table(name, results, source, _parse(settings))


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="name of the figure")],
    results: Results,
    source: Source,
    figures: Figures,
    settings: Settings,
) -> None:
    """Draw a figure in the formats asked for."""
    from disentangle.stages import figure as stage

    stage.figure(name, results, source, figures, _parse(settings))


@app.command()
def notebook(name: Annotated[str, typer.Argument(help="name of the notebook")], results: Results) -> None:
    """Execute a notebook."""
    from disentangle.stages import notebook as stage

    stage.notebook(name, results)


@app.command()
def check(
    experiment: WholeConfig,
    results: Results,
    source: Source,
    figures: Figures,
) -> None:
    """Name every result that is missing or does not match the present config, code and inputs, and cells trained unlike."""
    from disentangle.config import load_experiment
    from disentangle.plan import list_jobs
    from disentangle.staleness import mixed, stale

    jobs = list_jobs(load_experiment(_parse(experiment)), results, source, figures)
    lines = stale(jobs)
    print("\n".join([*mixed(jobs), *lines, f"{len(lines)} of {len(jobs)} results are missing or stale."]))
    if lines:
        raise typer.Exit(1)


@app.command()
def archive(
    experiment: WholeConfig, results: Results, target: Annotated[Path, typer.Option(help="archive/<experiment>")]
) -> None:
    """Copy what tables and figures are made from into the archive; refuses results that do not match."""
    from disentangle.archive import write_archive
    from disentangle.config import load_experiment
    from disentangle.plan import making_jobs

    size = write_archive(making_jobs(load_experiment(_parse(experiment)), results, results), results, target)
    print(f"{target} holds {size / 1e6:.1f} MB.")


@app.command()
def device(name: Annotated[str, typer.Argument(help="auto, cpu or cuda")]) -> None:
    """Tell what the device is; fails where it is absent."""
    from disentangle.hardware import planned_device
    from disentangle.training.device import describe_device, prepare_device

    print(json.dumps(describe_device(prepare_device(planned_device(name), threads=1))))


@app.command()
def schema() -> None:
    """Print the JSON schema of the config, generated from the models."""
    from disentangle.schema import config_schema

    print(json.dumps(config_schema(), indent=2))


@app.command()
def ledger(
    tables: Annotated[list[Path], typer.Argument(help="results/<experiment>/tables/claims.csv of each experiment")],
) -> None:
    """Print what several experiments say of the claims, on one page of Markdown."""
    from disentangle.tables.ledger import ledger as page
    from disentangle.tables.stacking import read_table

    print(page({path.absolute().parents[1].name: read_table(path) for path in tables}), end="")


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"{text[:60]!r} is not JSON ({error}); write the settings as JSON.") from None


def main() -> None:
    """Run the command line; bad input ends it with one sentence and exit code 1."""
    try:
        app()
    except InputError as error:
        sys.exit(f"disentangle: {error}")


if __name__ == "__main__":
    main()

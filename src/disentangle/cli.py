"""The door: ``python -m disentangle STAGE …``, one command a stage, as the rules of the workflow call them.

A job travels as JSON, so that the command which Snakemake prints can be repeated as it stands.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from disentangle.errors import InputError, checked, choose
from disentangle.hardware import planned_device
from disentangle.pipeline.job import Job, Machine, Places
from disentangle.registry import stages

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

WholeJob = Annotated[str, typer.Argument(help="the job as JSON, all its settings in it")]
WholeConfig = Annotated[str, typer.Argument(help="the whole config as JSON")]
Name = Annotated[str, typer.Option(help="name of the experiment: results/<name> and figures/<name>")]
Origin = Annotated[str, typer.Option("--source", help="archive: what is made lies where the archive was unpacked")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda")]
Precision = Annotated[str, typer.Option(help="of the forward passes: auto, float32 or bfloat16")]
Compile = Annotated[str, typer.Option(help="true: compile the network's forward and backward pass")]
Threads = Annotated[int, typer.Option(help="CPU threads")]
DataDir = Annotated[str, typer.Option(help="folder that already holds data sets; only read")]


def _stage(stage: type[Job]) -> Callable[..., None]:
    """The command of a stage."""

    def run(
        job: WholeJob,
        experiment: Name,
        source: Origin = "results",
        device: Device = "cpu",
        precision: Precision = "auto",
        compile: Compile = "false",
        threads: Threads = 1,
        data_dir: DataDir = "",
    ) -> None:
        from disentangle.pipeline.record import execute

        folder = Path(data_dir) if data_dir else None
        compiled = choose(compile, ["true", "false"], "--compile") == "true"
        machine = Machine(planned_device(device) if stage.on_device else "cpu", precision, compiled, threads, folder)
        execute(checked(stage, _parse(job), stage.stage), Places.of(experiment, source), machine)

    return run


for stage in stages():
    app.command(stage.stage, help=stage.__doc__)(_stage(stage))


@app.command()
def plan(
    configs: Annotated[list[Path], typer.Argument(help="configs, each laid over those before it and over config.yaml")],
    stage: Annotated[list[str] | None, typer.Option(help="only this stage; may be given several times")] = None,
    cell: Annotated[list[str] | None, typer.Option(help="only what belongs to this cell; may be given several times")] = None,
) -> None:
    """Print the jobs of an experiment as shell commands in order, for a machine without Snakemake."""
    from disentangle.config import load_experiment, read_configs
    from disentangle.pipeline.archive import plan_of
    from disentangle.pipeline.command import commands

    print("\n".join(commands(plan_of(load_experiment(read_configs(configs))), stage or [], cell or [])))


@app.command()
def check(experiment: WholeConfig) -> None:
    """Name every result that is missing or does not match the present config, code and inputs, and cells trained unlike."""
    from disentangle.pipeline.staleness import mixed, stale

    plan = _plan(experiment)
    lines = stale(plan.to_run, plan.places)
    told = f"{len(lines)} of {len(plan.to_run)} results are missing or stale."
    print("\n".join([*mixed(plan.to_run, plan.places), *lines, told]))
    if lines:
        raise typer.Exit(1)


@app.command()
def archive(experiment: WholeConfig) -> None:
    """Pack what tables and figures are made from into archive/<experiment>; refuses results that do not match."""
    from disentangle.pipeline.archive import write_archive

    folder, size = write_archive(_plan(experiment))
    print(f"{folder} holds {size / 1e6:.1f} MB.")


@app.command()
def device(name: Annotated[str, typer.Argument(help="auto, cpu or cuda")]) -> None:
    """Tell what the device is; fails where it is absent."""
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


@app.command()
def shrink(
    figure: Annotated[Path, typer.Argument(help="PNG of a figure")],
    page: Annotated[Path, typer.Argument(help="where its small copy goes, docs/figures/<experiment>/<figure>.png")],
) -> None:
    """Write a copy of a figure in 256 colours, for a page."""
    from disentangle.figures.shrinking import shrink as write

    write(figure, page)


def _plan(experiment: str) -> Any:
    """The plan of a config given as JSON."""
    from disentangle.config import load_experiment
    from disentangle.pipeline.archive import plan_of

    return plan_of(load_experiment(_parse(experiment)))


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

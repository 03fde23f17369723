"""The command line: the lines of a plan, and what reaches a job by them."""

import json
import shlex
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from disentangle.cli import app
from disentangle.config import load_experiment, read_configs
from disentangle.errors import InputError
from disentangle.pipeline.command import commands
from disentangle.pipeline.plan import Plan
from disentangle.registry import stages
from tests.conftest import ROOT
from tests.project import SMOKE
from tests.running import plan_of

SMOKE_CELL = "digits/mlp/dense/1.0"


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def asked(monkeypatch):
    """What the commands of stages would execute."""
    calls = []
    monkeypatch.setattr("disentangle.pipeline.record.execute", lambda *call: calls.append(call))
    return calls


def invoke(*words):
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


def planned_lines(*words):
    return [shlex.split(line) for line in invoke("plan", SMOKE[1], *words).stdout.splitlines()]


def test_the_lines_of_a_plan_are_its_jobs(asked):
    plan, lines = plan_of(ROOT / SMOKE[1]), planned_lines()
    assert len(lines) == len(plan.to_run)
    for job, line in zip(plan.to_run, lines, strict=True):
        *python, stage, text, experiment, name = line[:7]
        assert python == ["python", "-m", "disentangle"] and (experiment, name) == ("--experiment", "smoke")
        assert stage == job.stage and type(job).model_validate_json(text) == job
    for line in lines:
        assert invoke(*line[3:]).exit_code == 0
    assert [job for job, *_ in asked] == plan.to_run
    assert {places for _, places, _ in asked} == {plan.places}


def test_a_plan_can_be_cut_to_stages_and_cells():
    plan = plan_of(ROOT / SMOKE[1])
    assert [line[3] for line in planned_lines("--stage", "train")] == ["train"] * len(plan.cells)
    assert [line[3] for line in planned_lines("--cell", SMOKE_CELL)] == ["prepare", "train", "profiles", "masks", "spectra"]
    ((*_, stage, text, _, _),) = (line[:7] for line in planned_lines("--stage", "masks", "--cell", SMOKE_CELL))
    assert stage == "masks" and json.loads(text)["cell"] == SMOKE_CELL
    with pytest.raises(InputError, match=r"^stage 'trian' does not exist; did you mean 'train'\?"):
        planned_lines("--stage", "trian")
    with pytest.raises(InputError, match=r"^cell 'digits/mlp/dense' does not exist; did you mean 'digits/mlp/dense/1\.0'\?"):
        planned_lines("--cell", "digits/mlp/dense")


def test_lines_say_where_the_data_and_the_archive_lie(asked):
    config = read_configs([ROOT / SMOKE[1]]) | {"data_dir": "my data; here"}
    for line in commands(Plan(load_experiment(config))):
        invoke(*shlex.split(line)[3:])
    reading = {job.stage for job, _, machine in asked if machine.data_dir == Path("my data; here")}
    assert reading == {"prepare", *(stage.stage for stage in stages() if stage.on_device)}
    asked.clear()
    plan = Plan(load_experiment(config | {"source": "archive"}))
    for line in commands(plan):
        invoke(*shlex.split(line)[3:])
    assert asked and all(places == plan.places for _, places, _ in asked)


def test_of_a_cell_its_own_data_set_is_prepared_and_no_other():
    lines = [shlex.split(line) for line in commands(plan_of(), cells=["breast_cancer/mlp/dense/1.0"])]
    assert [json.loads(line[4])["dataset"] for line in lines if line[3] == "prepare"] == ["breast_cancer"]


def test_what_only_describes_the_machine_reaches_a_job_that_computes_there(asked):
    on, off = planned_lines("--cell", SMOKE_CELL)[1], planned_lines("--cell", SMOKE_CELL)[3]
    words = ("--device", "cuda", "--precision", "bfloat16", "--compile", "true", "--threads", "3", "--data-dir", "/data")
    for line in (on, off):
        invoke(*line[3:7], *words)
    (train, _, there), (masks, _, here) = asked
    assert (train.stage, there.device, there.precision, there.compile) == ("train", "cuda", "bfloat16", True)
    assert (there.threads, there.data_dir) == (3, Path("/data"))
    assert (masks.stage, here.device) == ("masks", "cpu")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{cell: 1", r"^'\{cell: 1' is not JSON \(.*\); write the settings as JSON\.$"),
        ('{"cell": "x", "kind": "mlp", "kin": 1}', r"^masks\.kin is not a setting; did you mean 'kind'\?"),
        ('{"cell": "x"}', r"^masks\.kind is missing; write a value for it\.$"),
    ],
)
def test_a_job_that_is_none_is_refused_in_one_sentence(text, sentence):
    with pytest.raises(InputError, match=sentence):
        invoke("masks", text, "--experiment", "x")


def test_an_archives_jobs_are_told_from_where_it_is_unpacked(asked):
    experiment = load_experiment(read_configs([ROOT / SMOKE[1]]) | {"source": "archive"})
    (stack, *_) = Plan(experiment).jobs["stack"]
    invoke("stack", stack.model_dump_json(), "--experiment", "smoke", "--source", "archive")
    ((_, places, _),) = asked
    assert places.archived and str(places.made) == "results/smoke/unpacked" and str(places.told) == "results/smoke"
    assert all(places.find(file).startswith("results/smoke/unpacked/cells/") for file in stack.needs()["cells"])
    assert {job.stage for job in Plan(experiment).to_run} == {"stack", "table", "figure"}


@pytest.mark.slow
def test_the_commands_of_a_plan_make_what_the_workflow_made(finished, twin):
    """One command of each stage, by hand, in a copy of the project that lost what it makes."""
    printed = subprocess.check_output(
        ["python", "-m", "disentangle", "plan", SMOKE[1]], cwd=twin.folder, env=twin.environment, text=True
    ).splitlines()
    plan, first = plan_of(ROOT / SMOKE[1]), {}
    for job, line in zip(plan.to_run, printed, strict=True):
        first.setdefault(job.stage, (job, line))
    assert set(first) == {stage.stage for stage in stages() if not stage.optional}
    for job, line in first.values():
        files = [plan.places.find(file) for file in (*job.outputs.values(), job.record)]
        for file in files:
            (twin.folder / file).unlink()
        subprocess.run(line, shell=True, check=True, cwd=twin.folder, env=twin.environment, capture_output=True)
        *outputs, record = files
        ours, theirs = (json.loads((project.folder / record).read_text()) for project in (twin, finished))
        for file in outputs:
            made, expected = (project.folder / file for project in (twin, finished))
            if Path(file).name == "metrics.csv" and job.stage == "train":  # which tells the seconds
                pd.testing.assert_frame_equal(*(pd.read_csv(f).drop(columns="seconds") for f in (made, expected)))
                for name in (file, record):  # what follows is made from the same bytes as there
                    (twin.folder / name).write_bytes((finished.folder / name).read_bytes())
            else:
                assert made.read_bytes() == expected.read_bytes(), file
        (twin.folder / record).write_bytes((finished.folder / record).read_bytes())
        assert all(ours[name] == theirs[name] for name in ("stage", "settings", "code", "inputs", "versions"))


@pytest.mark.slow
def test_a_figure_that_needs_a_table_nobody_makes_ends_the_plan_though_it_was_drawn_before(twin):
    twin.edit("src/disentangle/figures/accuracy_by_family.py", 'Table("metrics")', 'Table("metric")')
    output = twin.snakemake("-n", *SMOKE, fails=True)
    assert "figure accuracy_by_family needs tables/metric.csv, which no job makes; mend" in output


def test_an_option_that_is_neither_true_nor_false_is_refused(asked):
    job = '{"cell": "digits/mlp/dense/1.0", "kind": "mlp"}'
    with pytest.raises(InputError, match=r"--compile 'yes' does not exist; "):
        invoke("masks", job, "--experiment", "x", "--compile", "yes")
    invoke("masks", job, "--experiment", "x", "--compile", "true")
    assert [machine.compile for *_, machine in asked] == [True]

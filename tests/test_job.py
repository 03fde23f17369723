"""Jobs, stages and their plan: every product has one maker, every need a file, and a job can be run by hand."""

import inspect
import json
import subprocess
import sys
from collections import Counter
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import get_args

import pytest

from disentangle.claims.base import Claim
from disentangle.claims.registry import MEASURES
from disentangle.config import load_experiment, read_configs
from disentangle.errors import InputError
from disentangle.late import load
from disentangle.pipeline.job import PLACEHOLDER, Job, Places, Run
from disentangle.pipeline.needs import Described, Rows, Setting, Table
from disentangle.pipeline.plan import Plan
from disentangle.pipeline.teller import Drawing, Made
from disentangle.registry import FIGURES, STAGES, TABLES, stages
from disentangle.stages.train import Train
from tests.conftest import ROOT, SMALL
from tests.project import SMOKE, Project
from tests.running import plan_of

PACKAGE = ROOT / "src/disentangle"
PRESETS = [None, *sorted((ROOT / "workflow/presets").glob("*.yaml"))]
SMOKE_CELL = "digits/mlp/dense/1.0"
each_stage = pytest.mark.parametrize("stage", stages(), ids=lambda stage: stage.stage)
each_preset = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.stem if preset else "config")


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


# Stages


@each_stage
def test_a_record_is_told_apart_by_what_its_products_are(stage):
    places = set(stage.placeholders())
    assert places <= set(stage.model_fields)
    for path in (*stage.products.values(), stage.message):
        assert set(PLACEHOLDER.findall(path)) <= places
    assert all(set(PLACEHOLDER.findall(path)) == places for path in stage.products.values())


@each_stage
def test_what_a_stage_says_of_itself_exists(stage):
    assert set(stage.archived) <= set(stage.products) and stage.reported in {"", *stage.products}
    assert all(callable(getattr(stage, name)) for name in stage.computing) and "make" in stage.computing
    assert stage.root == "made" or not stage.archived
    assert inspect.getdoc(stage) and stage.__module__ == f"disentangle.stages.{stage.stage}"


def defined(room, wanted):
    """What stands in the modules of a room and is wanted: addresses, by the names of the modules."""
    found = {}
    for file in sorted((PACKAGE / room).glob("*.py")):
        module = import_module(f"disentangle.{room}.{file.stem}")
        there = [name for name, value in vars(module).items() if wanted(value)]
        own = [name for name in there if name.isupper() or vars(module)[name].__module__ == module.__name__]
        if own:
            (found[file.stem],) = (f"{module.__name__}:{name}" for name in own)
    return found


def concrete(kind):
    return lambda value: isinstance(value, type) and issubclass(value, kind) and not inspect.isabstract(value)


def test_every_stage_figure_table_and_measure_is_in_its_registry_under_its_own_name():
    assert sorted(defined("stages", concrete(Job)).values()) == sorted(STAGES)
    assert defined("figures", lambda value: isinstance(value, Drawing)) == dict(sorted(FIGURES.items()))
    assert defined("tables", lambda value: isinstance(value, Made)) == dict(sorted(TABLES.items()))
    assert defined("claims", concrete(Claim)) == dict(sorted(MEASURES.items()))
    for name, address in MEASURES.items():
        assert get_args(load(address).model_fields["measure"].annotation) == (name,)


@pytest.mark.parametrize(("name", "address"), (FIGURES | TABLES).items())
def test_the_needs_of_a_figure_and_of_a_table_are_what_its_code_takes(name, address):
    teller = load(address)
    parameters = inspect.signature(teller.tell).parameters.values()
    taken = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
    more = any(p.kind is p.VAR_KEYWORD for p in parameters)
    assert taken <= set(teller.needs) if more else taken == set(teller.needs)
    assert teller.heading and teller.caption.endswith(".")


def test_what_one_entry_of_a_description_is_called_is_that_entry_in_every_figure():
    needs = [(name, need) for address in FIGURES.values() for name, need in load(address).needs.items()]
    assert {(name, need.entry) for name, need in needs if isinstance(need, Described)} == {
        ("chance", "largest_class"),
        ("inputs", "shape"),
    }


# Plans


@each_preset
def test_every_product_has_one_job_and_every_need_a_maker_that_comes_before(preset):
    plan = plan_of(preset)
    made = Counter()
    for job in plan:
        for name, files in job.needs().items():
            for file in files:
                path = plan.places.find(file)
                assert made[path] == 1 if file.root != "own" else Path(path).is_file(), (job, name, path)
                assert file.root == "own" or made[plan.places.record(file)] == 1, (job, name, path)
        made.update(plan.places.find(file) for file in (*job.outputs.values(), job.record))
    assert {path for path, makers in made.items() if makers > 1} == set()
    assert len(plan.to_run) > len(plan.cells) and set(plan.stages) == set(stages())


@each_preset
def test_what_tables_and_figures_are_made_from_is_archived(preset):
    plan = plan_of(preset)
    archived = {job.outputs[product] for job in plan for product in job.archived}
    tellers = [job for job in plan if job.root != "made" and not job.optional]
    read = {file for job in tellers for files in job.needs().values() for file in files if file.root == "made"}
    assert read and read <= archived


@each_stage
def test_every_field_of_a_job_is_a_setting_in_its_record(stage):
    for job in plan_of().jobs[stage.stage]:
        assert {name: job.settings[name] for name in stage.model_fields} == json.loads(job.model_dump_json())


@each_preset
def test_a_job_survives_its_journey_as_json(preset):
    for job in plan_of(preset):
        arrived = type(job).model_validate(json.loads(job.model_dump_json()))
        assert arrived == job and arrived.settings == job.settings and str(arrived) == str(job)
        assert arrived.outputs == job.outputs and arrived.record == job.record and arrived.needs() == job.needs()
        assert {file.record for file in job.outputs.values()} == {job.record.path}


def drawing(**needs):
    return Drawing(lambda **given: None, "None.", **needs)


@pytest.mark.parametrize(
    ("need", "error"),
    [
        (Setting("statistics.resample"), AttributeError),
        (Rows(Train, "metric"), KeyError),
        (Table("metric"), InputError),
    ],
)
def test_a_figure_that_needs_what_does_not_exist_fails_before_anything_runs(monkeypatch, need, error):
    monkeypatch.setitem(FIGURES, "mine", "disentangle.figures.mine:DRAWING")
    for user in ("disentangle.stages.figure", "disentangle.stages.telling"):
        monkeypatch.setattr(f"{user}.load", lambda address: drawing(it=need) if "mine" in address else load(address))
    with pytest.raises(error, match=r"metric|resample"):
        Plan(load_experiment(SMALL))


def test_a_figure_is_planned_where_all_it_reads_is_there_and_not_elsewhere():
    figures = {job.figure for job in plan_of().jobs["figure"]}
    assert {"spectra", "shared_weight"} <= figures
    config = read_configs([]) | {"sweep": {"factors": []}}
    assert figures - {job.figure for job in Plan(load_experiment(config)).jobs["figure"]} == {"shared_weight"}


def test_of_cells_a_need_reads_those_it_asks_for():
    plan = plan_of(ROOT / SMOKE[1])
    assert Rows(Train, "metrics").keys(plan) == [cell.path for cell in plan.cells]
    need = Rows(Train, "metrics", lambda cell: cell.method == "dense")
    assert need.keys(plan) == [SMOKE_CELL]
    assert need.files(SMOKE_CELL) == [Train.file("metrics", cell=SMOKE_CELL)]


def test_of_an_archive_a_need_reads_what_is_there_and_all_of_it_if_any_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan, need = Plan(load_experiment(SMALL), Places.of("small", "archive")), Rows(Train, "metrics")
    assert need.keys(plan) == []
    (file,) = need.files(plan.cells[0].path)
    there = Path(plan.places.find(file))
    there.parent.mkdir(parents=True)
    there.touch()
    assert need.keys(plan) == [cell.path for cell in plan.cells]


def test_a_figure_is_made_in_the_formats_of_the_config():
    plan = Plan(load_experiment(SMALL | {"figures": {"formats": ["svg"]}}))
    assert {tuple(job.outputs) for job in plan.jobs["figure"]} == {("svg",)}


def test_the_report_keeps_figures_tables_and_claims_apart():
    headings = {}
    for job in plan_of():
        if job.reported:
            headings.setdefault(job.heading, set()).update(job.at.values())
    assert headings.pop("Figures") <= set(FIGURES)
    assert headings == {"Tables": {"accuracy", "spectral_tests"}, "Claims": {"claims"}}


@pytest.mark.parametrize("name", ["statistics", "statistics.confidence", "training.epochs", "name"])
def test_a_setting_is_given_as_the_config_has_it(name):
    plan, need = plan_of(), Setting(name)
    settled = json.loads(json.dumps(need.settle(plan)))
    assert need.give(settled) == attrgetter(name)(plan.experiment)


LOCAL = """
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, ResourceSettings
with SnakemakeApi(OutputSettings()) as api:
    workflow = api.workflow(ResourceSettings(cores=1), snakefile=Path("Snakefile"))._workflow
    print(*workflow._localrules)
"""


def test_on_a_cluster_short_stages_and_targets_are_no_jobs_of_it(tmp_path):
    project = Project.new(tmp_path)
    told = subprocess.check_output([sys.executable, "-c", LOCAL], cwd=tmp_path, env=project.environment, text=True)
    local = {stage.stage for stage in stages() if stage.local}
    assert local and set(told.split()) == local | {"all", "tables", "figures", "notebooks", "check", "archive"}


# A run


def test_a_run_gives_what_was_declared_and_nothing_else():
    run = Run({"data": [Path("data")], "many": [Path("a"), Path("b")], "none": []}, {"table": Path("table.csv")})
    assert run.read("data") == Path("data") and run.write("table") == Path("table.csv")
    for undeclared in (lambda: run.read("table"), lambda: run.write("data")):
        with pytest.raises(KeyError):
            undeclared()
    for several in ("many", "none"):
        with pytest.raises(ValueError):
            run.read(several)

"""The workflow as a user meets it: the real Snakefile on the smoke preset, in a copy of the project."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from disentangle.late import load
from disentangle.pipeline.needs import Study
from disentangle.registry import FIGURES, TABLES
from tests.conftest import ROOT
from tests.project import SMOKE, Project

pytestmark = pytest.mark.slow


def test_every_product_is_made_and_a_second_run_does_nothing(finished):
    names = set(finished.products())
    studies = {figure for figure in FIGURES if any(isinstance(need, Study) for need in load(FIGURES[figure]).needs.values())}
    for figure in set(FIGURES) - studies:  # for which the preset is too small
        assert {f"figures/smoke/{figure}.{form}" for form in ("pdf", "svg", "png")} <= names
    for table in TABLES:
        assert {f"results/smoke/tables/{table}.{form}" for form in ("csv", "md", "tex")} <= names
    assert "Nothing to be done" in finished.snakemake(*SMOKE)
    assert finished.planned() == []


def test_the_accuracy_table_has_every_cell(finished):
    table = pd.read_csv(finished.folder / "results/smoke/tables/accuracy.csv", dtype={"density": str})
    gated = ["weight_free", "weight_free_shuffled", "weight_free_on_off", "weight_free_on_off_shuffled"]
    families = ["dense", "random", "pruned", *gated, "edge_popup"]
    assert table["family"].tolist() == families
    assert (table["replicates"] == 2).all() and table["mean"].between(table["low"], table["high"]).all()


def test_a_killed_run_finishes_with_the_same_tables_and_figures(finished, tmp_path):
    project = Project.new(tmp_path)
    running = subprocess.Popen(
        project.command(*SMOKE), cwd=tmp_path, env=project.environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while len(list((tmp_path / "results/smoke").glob("cells/**/meta.json"))) < 2:
        assert running.poll() is None, "finished before it could be killed"
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    project.snakemake(*SMOKE, "--unlock")
    project.snakemake(*SMOKE)
    assert project.products() == finished.products()


def test_editing_a_family_reruns_its_cells_and_what_follows_and_nothing_else(twin):
    twin.edit("src/disentangle/families/weight_free.py", "sqrt(2 / layer.fan_in) for", "sqrt(2.0 / layer.fan_in) for")
    trained = [message for message in twin.planned() if message.startswith("Train")]
    assert len(trained) == 4 and all("weight_free" in message for message in trained)  # two of them controls


def test_changing_a_plot_setting_retrains_nothing(twin):
    twin.edit("workflow/presets/smoke.yaml", "statistics:", "figures: {dpi: 99}\nstatistics:")
    messages = twin.planned()
    assert messages and all(message.startswith(("Draw", "All", "Everything")) for message in messages), messages


def test_a_touched_or_fresh_checkout_reruns_nothing(twin):
    for file in [*twin.folder.glob("src/**/*.py"), *twin.folder.glob("workflow/**/*.yaml")]:
        file.touch()
    assert twin.planned() == []


def test_comments_and_docstrings_rerun_nothing(twin):
    for file in twin.folder.glob("src/**/*.py"):
        file.write_text(f"{file.read_text()}\n# edited\n")
    twin.edit("src/disentangle/families/dense.py", "He-normal or He-uniform weights.", "Other words.")
    twin.edit("src/disentangle/settling/trained.py", "Train, settle the wiring, evaluate it;", "Train;")
    assert twin.planned() == []
    assert "0 of" in twin.snakemake("check", *SMOKE)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("cells/digits/mlp/dense/1.0/wiring.safetensors", "Train digits/mlp/dense/1.0"),
        ("cells/digits/mlp/dense/1.0/meta.json", "Train digits/mlp/dense/1.0"),
        ("cells/digits/mlp/dense/1.0/degrees.safetensors", "Summarise the masks of digits/mlp/dense/1.0"),
        ("datasets/digits.safetensors", "Prepare the data set digits"),
        ("datasets/digits.meta.json", "Prepare the data set digits"),
        ("tables/metrics.csv", "Stack the metrics of all cells"),
    ],
)
def test_a_deleted_file_is_made_again(twin, file, message):
    (twin.folder / "results/smoke" / file).unlink()
    assert any(planned.startswith(message) for planned in twin.planned())


def test_check_names_stale_results_without_snakemakes_records(twin):
    shutil.rmtree(twin.folder / ".snakemake")
    assert "0 of" in twin.snakemake("check", *SMOKE)
    twin.edit("workflow/presets/smoke.yaml", "epochs: 3", "epochs: 4")
    with (twin.folder / "results/smoke/tables/accuracy.md").open("a") as file:
        file.write("forged\n")
    output = twin.snakemake("check", *SMOKE, fails=True)
    assert "train digits/mlp/dense/1.0: made with other settings (cell.training.epochs: 3 -> 4)" in output
    assert "accuracy.md was altered after it was made" in output


def test_a_family_of_ones_own_appears_in_the_tables(twin):
    guide = (ROOT / "docs/add_a_family.md").read_text()
    code = guide.split("```python\n")[1].split("```")[0]
    (twin.folder / "src/disentangle/families/sign_flip.py").write_text(code)
    line = guide.split("```python\n")[2].split("```")[0]
    twin.edit("src/disentangle/families/registry.py", "FAMILIES = {", "FAMILIES = {" + line)
    entry = guide.split("```yaml\nfamilies:\n")[1].split("```")[0]
    twin.edit("workflow/presets/smoke.yaml", "families:\n", "families:\n" + entry)
    assert len([message for message in twin.planned() if message.startswith("Train")]) == 2
    twin.snakemake(*SMOKE)
    table = pd.read_csv(twin.folder / "results/smoke/tables/accuracy.csv")
    mine = table[table["family"].isin(["sign_flip", "sign_flip_steep"])]
    assert len(mine) == 2 and mine["p_holm"].notna().all()


def test_the_report_holds_figures_tables_and_captions(finished):
    finished.snakemake(*SMOKE, "--report", "report.html")
    report = (finished.folder / "report.html").read_text()
    assert "accuracy_by_family" in report and "claims" in report


def test_a_dry_run_answers_at_once(finished):
    """Counted in processor seconds, beside those that Snakemake needs to load: neither a busy nor a slow machine decides."""

    def spent(ask):
        before = os.times()
        ask()
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    loading = spent(lambda: subprocess.run([sys.executable, "-c", "import snakemake.cli"], check=True))
    assert spent(lambda: finished.snakemake("-n", "--quiet", "all")) < 3 * loading


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("epochs: 3", "epoch: 3", "config.training.epoch is not a setting; did you mean 'epochs'?"),
        ("densities: [0.5]", "densities: [0]", "config.densities.0 is 0; input should be greater than 0"),
        ("densities: [0.5]", "densities: [1.2]", "config.densities.0 is 1.2; input should be less than or equal to 1"),
        ("pruned_iterative: null", "dens: {}", "families.dens: family 'dens' does not exist; did you mean 'dense'?"),
        (
            "breast_cancer: null",
            "mnist: {network: mlp}\ndata_dir: nowhere",
            "the data folder nowhere does not exist; mend data_dir",
        ),
    ],
)
def test_bad_config_ends_with_one_sentence(twin, old, new, sentence):
    before = twin.products()
    twin.edit("workflow/presets/smoke.yaml", old, new)
    assert sentence in twin.snakemake(*SMOKE, fails=True)
    assert twin.products() == before


def test_cuda_without_a_gpu_ends_with_one_sentence_and_loses_nothing(twin):
    twin.environment["CUDA_VISIBLE_DEVICES"] = ""
    twin.edit("workflow/presets/smoke.yaml", "epochs: 3", "epochs: 4")
    twin.edit("workflow/presets/smoke.yaml", "replicates: 2", "replicates: 2\ndevice: cuda")
    wirings = {path: path.read_bytes() for path in twin.folder.glob("results/**/wiring.safetensors")}
    before = twin.products()
    output = twin.snakemake(*SMOKE, fails=True)
    assert "device is 'cuda' but torch finds no GPU here; write device: cpu, or run on a machine with a GPU." in output
    assert twin.products() == before and len(wirings) == 8
    assert all(path.read_bytes() == content for path, content in wirings.items())


def test_what_trains_nothing_needs_no_gpu(tmp_path):
    project = Project.new(tmp_path)
    project.environment["CUDA_VISIBLE_DEVICES"] = ""
    output = project.snakemake("check", *SMOKE, "--config", "device=cuda", fails=True)
    assert "results are missing or stale" in output and "torch finds no GPU" not in output


@pytest.mark.filterwarnings("ignore")
def test_a_diverging_training_ends_with_one_sentence_and_the_earlier_network_stays(twin):
    twin.edit(
        "workflow/presets/smoke.yaml",
        "pruned_iterative: null",
        "pruned_iterative: null\n  dense: {learning: {learning_rate: 1.0e+30}}",
    )
    before = {path: path.read_bytes() for path in (twin.folder / "results/smoke/cells/digits/mlp/dense/1.0").iterdir()}
    output = twin.snakemake(*SMOKE, fails=True)
    assert "write a learning.learning_rate below 1e+30 for this family." in output
    assert len(before) > 10 and all(path.read_bytes() == content for path, content in before.items())


def test_a_truncated_wiring_ends_with_one_sentence(twin):
    wiring = twin.folder / "results/smoke/cells/digits/mlp/dense/1.0/wiring.safetensors"
    wiring.write_bytes(wiring.read_bytes()[:1000])
    output = twin.snakemake(*SMOKE, "--forcerun", "spectra", fails=True)
    assert "wiring.safetensors is not the file that meta.json vouches for; delete it and run the workflow again." in output


def test_an_unwritable_results_folder_ends_with_one_sentence(tmp_path):
    project = Project.new(tmp_path)
    (tmp_path / "results").write_text("a file where the folder should be")
    output = project.snakemake(*SMOKE, fails=True)
    assert "cannot write results/smoke: results is not a writable folder" in output


def test_a_command_that_snakemake_prints_can_be_repeated_by_hand(finished, tmp_path):
    """What it prints for a training, in a folder that has the data set alone."""
    output = finished.snakemake("-n", *SMOKE, "--forcerun", "train")
    (command,) = re.findall(r'^Shell command: (python -m disentangle train .*"family":"dense".*)$', output, re.MULTILINE)
    shutil.copytree(finished.folder / "results/smoke/datasets", tmp_path / "results/smoke/datasets")
    (tmp_path / "results/smoke/logs/train/digits/mlp/dense").mkdir(parents=True)
    subprocess.run(command, shell=True, check=True, cwd=tmp_path, env=finished.environment, capture_output=True)
    folder = "results/smoke/cells/digits/mlp/dense/1.0"
    for name in ("wiring.safetensors", "history.csv"):
        assert (tmp_path / folder / name).read_bytes() == (finished.folder / folder / name).read_bytes()

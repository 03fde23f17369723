"""CONTRIBUTING.md does what it says: each example works, in as few files as it promises, and leaves the rest as it was."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT
from tests.project import SMOKE

pytestmark = pytest.mark.slow

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PRESET = "workflow/presets/smoke.yaml"
BLOCK = re.compile(
    r"^(?:`([\w/.]+)`(?:, in `(\w+)`|(, at its end))?|In the config, under `(\w+)`):\n\n```\w+\n(.*?)```", re.M | re.S
)


def apply(section, project):
    """Carry out what a section says; the files it touches beside the config and the claims."""
    touched = set()
    for file, table, at_end, group, text in BLOCK.findall(SECTIONS[section]):
        if group:
            add_to_config(project, group, text)
            continue
        path = project.folder / file
        if table:
            content = path.read_text()
            start = re.search(rf"^{table} = [({{]\n.*?(?=^[)}}])", content, re.M | re.S)
            path.write_text(content[: start.end()] + text + content[start.end() :])
        elif at_end:
            path.write_text(path.read_text() + "\n" + text)
        else:
            path.write_text(text)
        touched |= {file} if not at_end else set()
    assert touched
    return touched


def add_to_config(project, group, text):
    path = project.folder / PRESET
    lines = path.read_text().splitlines(keepends=True)
    name = text.split(":")[0].strip()
    lines = [line for line in lines if not line.startswith(f"  {name}:")]
    at = next((i for i, line in enumerate(lines) if line.startswith(f"{group}:")), None)
    if at is None:
        lines += [f"{group}:\n", text]
    elif lines[at].strip().endswith("}"):  # a group on one line
        inside = lines[at].split("{", 1)[1].rsplit("}", 1)[0]
        lines[at] = f"{group}: {{{inside}, {text.strip()}}}\n"
    else:
        lines.insert(at + 1, text)
    path.write_text("".join(lines))


def promised(what):
    (count,) = re.findall(rf"^\| {what} \| (\d) \|", PAGE, re.MULTILINE)
    return int(count)


RUNS = {  # section: row of the table, what it leaves, what it plans anew beside tables, figures and the whole
    "A data set": ("data set", "results/smoke/cells/wine/mlp/dense/1.0/wiring.safetensors", {"wine"}),
    "A network": ("network", "results/smoke/cells/breast_cancer/skipping/dense/1.0/wiring.safetensors", {"breast_cancer"}),
    "A figure": ("figure", "figures/smoke/edges_by_family.png", set()),
    "A table": ("table", "results/smoke/tables/densities.md", set()),
    "A stage with a figure": ("stage with a figure", "figures/smoke/largest_weights.png", {"largest"}),
    "A spectral distance": ("spectral distance", "results/smoke/tables/spectral_tests.csv", {"Compare"}),
    "A null": ("null", "results/smoke/cells/digits/mlp/dense/1.0/null.safetensors", {"Compare", "spectra"}),
    "A measure of claims": ("measure of claims", "results/smoke/tables/claims.csv", set()),
}


@pytest.mark.parametrize("section", RUNS)
def test_an_example_works_in_as_few_files_as_promised(twin, section):
    row, product, words = RUNS[section]
    touched = apply(section, twin)
    assert len(touched) == promised(row)
    told = ("Draw", "Make the table", "Stack", "Everything", "All")
    others = [m for m in twin.planned() if not m.startswith(told) and not any(word in m for word in words)]
    assert others == []
    twin.snakemake(product, *SMOKE)
    assert (twin.folder / product).is_file()
    if section == "A spectral distance":
        assert "energy" in set(pd.read_csv(twin.folder / product)["version"])
    if section == "A measure of claims":
        table = pd.read_csv(twin.folder / product).set_index("claim")
        assert "test loss of dense" in table.loc["dense_has_learned_something", "measured"]


def test_every_section_of_examples_is_tried():
    assert set(RUNS) == {title for title in SECTIONS if title.startswith("A ")}


def test_what_planning_imports_in_the_examples_is_light():
    for section in RUNS:
        for file, *_, text in BLOCK.findall(SECTIONS[section]):
            if Path(file).parts[:3] in [("src", "disentangle", room) for room in ("stages", "figures", "tables", "claims")]:
                assert not re.search(r"^import (torch|numpy|pandas|matplotlib)", text, re.MULTILINE)

"""What tracking finds of our own code: edits of a copy make stale just what they decide."""

import ast
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle import config, tracking
from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.datasets.registry import DATASETS
from disentangle.families.registry import FAMILIES
from disentangle.networks.registry import KINDS
from disentangle.registry import FIGURES, TABLES
from disentangle.stages.compare import Compare
from disentangle.stages.figure import Figure
from disentangle.stages.gradients import Gradients
from disentangle.stages.masks import Masks
from disentangle.stages.prepare import Prepare
from disentangle.stages.profiles import Profiles
from disentangle.stages.spectra import Spectra
from disentangle.stages.stack import Stack
from disentangle.stages.sweep import Sweep
from disentangle.stages.table import Table
from disentangle.stages.theory import Theory
from disentangle.stages.train import Train
from disentangle.syntax import Reader, canonical
from disentangle.tracking import Code
from tests.made_up_code import SOURCE, modules

CELLS = list_cells(
    load_experiment(
        {
            "name": "every_family_and_network",
            "datasets": {"digits": {"network": list(KINDS)}},
            "networks": {kind: {} for kind in KINDS} | {"mlp": {"widths": [12]}},
            "families": {"dense": {}}
            | {name: {"networks": ["mlp"]} for name in FAMILIES if name not in ("dense", "control")}
            | {"control": {"of": "edge_popup", "networks": ["mlp"]}},
        }
    )
)
JOBS = {cell.family if cell.kind == "mlp" else f"dense on {cell.kind}": Train(cell=cell) for cell in CELLS}
JOBS["dense on photographs"] = Train(cell=JOBS["dense"].cell.model_copy(update={"dataset": "imagenet"}))
JOBS |= {f"prepare {name}": Prepare(dataset=name) for name in DATASETS}
FREE = JOBS["weight_free"].cell
JOBS |= {
    "sweep": Sweep(cell=FREE, given=config.Sweep()),
    "gradients": Gradients(cell=FREE, given=config.Gradients()),
    "profiles": Profiles(cell=FREE, given=config.Profiles()),
    "masks": Masks(cell=FREE.path, kind="mlp"),
    "spectra": Spectra(cell=FREE.path, kind="mlp", seeds=[0], given=config.Spectra()),
    "compare": Compare(dataset="digits", network="mlp", cells=[FREE.path]),
    "theory": Theory(seed=0),
    "stack": Stack(stacked="metrics", cells=[FREE.path]),
}
JOBS |= {f"table {name}": Table(table=name, reads={}, given={}) for name in TABLES}
JOBS |= {f"figure {name}": Figure(figure=name, reads={}, given={}, form=config.Figures()) for name in FIGURES}
TRAINED, PREPARED, DRAWN, TOLD, MEASURED = (
    {name for name, job in JOBS.items() if job.stage in stages}
    for stages in (["train"], ["prepare"], ["figure"], ["table"], ["sweep", "gradients", "profiles"])
)
DENSE = {name for name in TRAINED if name.startswith("dense")}
GATED = {"supermask", "weight_free", "weight_free_top_share", "theory", *MEASURED}
# Those whose own file says which cells they are about: it names their class, and so what a family is.
CHOOSING = {name for name in DRAWN | TOLD if "disentangle.cells:Cell" in tracking.reached(*JOBS[name].code)}


def digests(folder):
    code = Code([str(folder)])
    return {name: code.digest(*job.code) for name, job in JOBS.items()}


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of our package, and the digests of its code."""
    folder = tmp_path_factory.mktemp("copied")
    shutil.copytree(SOURCE / "disentangle", folder / "disentangle")
    return folder, digests(folder)


@pytest.fixture
def changed(copied):
    """The results that no longer hold when a text in a file is replaced."""
    folder, before = copied

    def after(file, old, new):
        path = folder / "disentangle" / file
        text = path.read_text()
        assert old in text
        try:
            path.write_text(text.replace(old, new))
            return {name for name, digest in digests(folder).items() if digest != before[name]}
        finally:
            path.write_text(text)

    return after


def drawn_with(function):
    """Figures whose own text calls a function."""
    folder = SOURCE / "disentangle/figures"
    found = {name for name in FIGURES if f"{function}(" in (folder / f"{name}.py").read_text()}
    return {f"figure {name}" for name in found | ({"laperm_regimes"} if "hump" in found else set())}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("families/shuffles.py", "TRADES = 10", "# Many.\nTRADES = 10"),
        ("training/optimiser.py", "decay = self.parameters", "decay = self.parameters"),
        ("families/reconnection.py", "def ordered", "\n\ndef ordered"),
        ("datasets/photographs.py", "SIDE, RESIZED = 224, 256", "# of a side\nSIDE, RESIZED = 224, 256  # of both"),
        ("families/dense.py", '"""Every edge exists', '"""Each edge exists'),
        ("families/dense.py", '"""Every edge, every weight trained', '"""Every weight trained'),
        ("networks/layout.py", "Images that pass at once", "Images at once"),
        ("networks/layout.py", "return prod(self.shape)\n", "return prod(\n            (self.shape))\n"),
        ("streams.py", '("init", "mask"', "('init', 'mask'"),
        ("families/registry.py", "FAMILIES = {", 'FAMILIES = {\n    "mine": "mine:Mine",'),
        ("networks/registry.py", "KINDS = {", 'KINDS = {\n    "mine": "mine:Mine",'),
        ("datasets/registry.py", "DATASETS = {", 'DATASETS = {\n    "mine": "mine:mine",'),
        ("registry.py", "FIGURES = {", 'FIGURES = {\n    "mine": "mine:DRAWING",'),
        ("claims/registry.py", "MEASURES = {", 'MEASURES = {\n    "mine": "mine:Mine",'),
        ("artefacts.py", "indent=1", "indent=2"),
        ("errors.py", "write a value for it", "write one"),
        ("config.py", "Field(60, ge=1", "Field(61, ge=1"),
        ("pipeline/job.py", "return 2000", "return 2001"),
        ("pipeline/record.py", '"seconds"', '"second"'),
        ("pipeline/staleness.py", "missing", "gone"),
        ("cli.py", "cpu or cuda", "cuda or cpu"),
        ("stages/train.py", '"Train {cell}"', '"Learn {cell}"'),
        ("stages/train.py", "return 2880 if", "return 2881 if"),
        ("stages/masks.py", '"cells/{cell}/overlap.csv"', '"cells/{cell}/overlaps.csv"'),
        ("stages/profiles.py", 'Decimal("0.5")', 'Decimal("0.4")'),
        ("families/shuffles.py", "SHUFFLES = {", "def unused(): ...\n\n\nSHUFFLES = {"),
        ("training/optimiser.py", "class Optimiser", "from math import sin\n\n\nclass Optimiser"),
    ],
)
def test_an_edit_that_decides_nothing_makes_nothing_stale(changed, file, old, new):
    assert changed(file, old, new) == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("families/shuffles.py", "TRADES = 10", "TRADES = 11", {"control"}),
        ("families/laperm.py", "        250,", "        251,", {"laperm"}),
        ("families/reconnection.py", "(dim=2, stable=True)", "(dim=2)", {"laperm"}),
        ("families/pruning_shares.py", "KEPT_A_ROUND_OUTPUT = 0.8, 0.9", "KEPT_A_ROUND_OUTPUT = 0.8, 0.8", {"pruned"}),
        ("families/pruning_shares.py", "DEEP = 0.9, 0.85, 5", "DEEP = 0.9, 0.85, 6", {"pruned"}),
        ("families/dense.py", "learning_rate=1.2e-3", "learning_rate=1.3e-3", DENSE),
        (
            "families/initial.py",
            "sqrt(6 / layer.fan_in)",
            "sqrt(5 / layer.fan_in)",
            DENSE | {"biprop", "edge_popup", "laperm", "supermask"},
        ),
        ("families/base.py", "        return 1\n", "        return 2\n", TRAINED | MEASURED | {"theory"}),
        ("training/optimiser.py", "beta2=0.999", "beta2=0.99", TRAINED | {"gradients", "profiles", "theory"}),
        ("training/optimiser.py", "rate * 0.5", "rate / 2", TRAINED | {"theory"}),
        ("training/checkpoint.py", "def resume(", "def resume(*, more=1, ", TRAINED),
        ("networks/conv7.py", "CHANNELS = (32", "CHANNELS = (33", {"dense on conv7"}),
        ("datasets/embedded.py", "load_digits()", "load_digits(n_class=9)", {"prepare digits"}),
        (
            "datasets/preparation.py",
            "TEST_SHARE, VALIDATION_SHARE = 0.2",
            "TEST_SHARE, VALIDATION_SHARE = 0.3",
            PREPARED | {"table claims"},
        ),
        ("figures/hump.py", "ylim=(0, 104)", "ylim=(0, 105)", {"figure hump", "figure laperm_regimes"}),
        ("figures/ablation.py", "-> Figure:", "-> 'Figure':", {"figure ablation"}),
        ("figures/panels.py", "100: (1,)", "99: (1,)", drawn_with("plain_log")),
        ("figures/panels.py", "return -(-count // columns), columns", "return columns, columns", drawn_with("arrange")),
        ("figures/panels.py", "(1, 0.6)", "(1, 0.7)", drawn_with("notice")),
        ("figures/panels.py", 'frame["network"] == pair[1]', 'frame["network"] != pair[1]', drawn_with("rows_of")),
        ("figures/paper.mplstyle", "\n", "\n\n", DRAWN),
        ("figures/saving.py", "4) for share", "5) for share", DRAWN),
        ("stages/figure.py", "self.form.dpi", "2 * self.form.dpi", DRAWN),
        ("stages/table.py", 'run.write("csv")', 'run.write("tex")', TOLD),
        ("stages/telling.py", "max(len(keys), 1)", "len(keys)", TOLD | DRAWN),
        ("stages/of_networks.py", "threads - 1", "threads", MEASURED),
        ("stages/sweep.py", "self.given.factors))", "self.given.factors[1:]))", {"sweep"}),
        ("settling/trained.py", "cell.replicates, 3)", "cell.replicates, 4)", TRAINED),
        ("stages/stack.py", 'columns="seconds"', 'columns="second"', {"stack"}),
        (
            "pipeline/needs.py",
            "load_counts(file) for",
            "dict(load_counts(file)) for",
            {"figure wiring", "figure weight_values"},
        ),
        ("claims/hump.py", 'inclusive="neither"', 'inclusive="both"', {"table claims"}),
        ("claims/judging.py", "FEW = 5", "FEW = 6", {"table claims"}),
        ("tables/accuracy.py", '"edges": numbers', '"edge": numbers', {"table accuracy"}),
        ("datasets/streamed.py", "def pick(", "def pick(*more, ", PREPARED | {"dense on photographs"}),
        ("datasets/in_memory.py", "def pick(", "def pick(*more, ", PREPARED | TRAINED - {"dense on photographs"} | MEASURED),
        ("families/gates.py", "clamp_min_(0)", "clamp_min_(1)", GATED),
        ("families/gates.py", "mul_(ctx.hardness)", "mul_(2)", GATED),
    ],
)
def test_an_edit_makes_stale_what_it_decides_and_nothing_else(changed, file, old, new, expected):
    assert changed(file, old, new) == expected


def test_a_layout_of_the_whole_package_by_python_itself_makes_nothing_stale(copied, tmp_path):
    shutil.copytree(copied[0], tmp_path, dirs_exist_ok=True)
    for file in tmp_path.rglob("*.py"):
        file.write_text(ast.unparse(ast.parse(file.read_text())))
    assert digests(tmp_path) == copied[1]


READ = {module: file.read_text() for module, file in modules()}


@given(st.sampled_from(sorted(READ)), st.data())
def test_comments_and_blank_lines_between_any_statements_do_not_count(module, data):
    lines, places = READ[module].splitlines(keepends=True), _lines_of_statements(READ[module])
    for place in sorted(data.draw(st.sets(st.sampled_from(places)) if places else st.just(set())), reverse=True):
        lines.insert(place - 1, data.draw(st.sampled_from(["\n", "# A comment.\n", "        # x = 1\n", "\n\n\n", "\f\n"])))
    assert _read(module, "".join(lines)) == _read(module, READ[module])


def _lines_of_statements(text):
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    return sorted({min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))]) for s in statements})


def _read(module, text):
    return Reader(module, text.encode(), Path(module)).read()


def test_every_number_in_what_is_reached_counts():
    reached = tracking.reached(*(address for job in JOBS.values() for address in job.code))
    marks = iter(range(10**9, 2 * 10**9))
    for module, text in READ.items():
        reader = Reader(module, text.encode(), Path(module))
        reader.read()
        for name in {name for name in reader.bindings if f"{module}:{name}" in reached}:
            nodes = [node for statement in reader.bindings[name] for node in ast.walk(statement)]
            marked = [n for n in nodes if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
            for node in marked:
                node.value = next(marks)
            said = "".join(map(canonical, reader.bindings[name]))
            assert all(str(node.value) in said for node in marked), name
    assert next(marks) > 10**9 + 1000

"""What pages show is what the archives give, byte by byte, and git holds no more than a clone should weigh."""

import re
import shutil
import subprocess

import pytest

from disentangle.errors import InputError
from disentangle.figures.shrinking import shrink
from tests.conftest import ROOT
from tests.project import Project
from tests.test_committed_archives import preset_of

PAGES = ROOT / "docs/figures"
# Of the paper preset one, since all take minutes; of the others whatever a page shows.
DRAWN = [file.relative_to(PAGES).as_posix() for file in sorted(PAGES.glob("*/*.png")) if file.parent.name != "paper"]


@pytest.mark.slow
@pytest.mark.parametrize("page", [*DRAWN, "paper/accuracy_by_density.png"])
def test_a_figure_of_a_page_is_drawn_again_to_the_same_bytes(page, tmp_path):
    project, name = Project.new(tmp_path), page.split("/")[0]
    shutil.copytree(ROOT / "archive" / name, tmp_path / "archive" / name)
    preset = [word for file in preset_of(name) for word in ("--configfile", file)]
    project.snakemake(f"figures/{page}", *preset, "--config", "source=archive")
    shrink(tmp_path / "figures" / page, tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes() == (PAGES / page).read_bytes()


def test_pages_show_figures_that_are_there_and_the_folder_holds_only_these_and_the_papers():
    shown = set()
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text()):
            assert (page.parent / link).is_file(), (page.name, link)
            shown.add((page.parent / link).resolve().relative_to(PAGES).as_posix())
    assert {*DRAWN} <= shown


def test_what_is_no_figure_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "figure.png").write_text("no picture")
    for figure in ("figure.png", "absent.png"):
        with pytest.raises(InputError, match=rf"^cannot read .*{figure}: .*; delete it and run the workflow again\.$"):
            shrink(tmp_path / figure, tmp_path / "page.png")
    assert not (tmp_path / "page.png").exists()


def test_a_clone_is_small():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git repository")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert sum(file.stat().st_size for file in files if file.is_file()) < 12e6

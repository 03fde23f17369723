"""A copy of the project in a folder of its own, in which the workflow runs as a user meets it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SMOKE = ["--configfile", "workflow/presets/smoke.yaml"]
TRACKED = ["Snakefile", "config.yaml", "environment.yml", "profiles", "workflow", "src"]


class Project:
    """A copy of the project's files in a folder of its own; its code, not the installed one, is what runs."""

    def __init__(self, folder: Path) -> None:
        """The project that a folder already holds."""
        self.folder = folder
        self.environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}

    @classmethod
    def new(cls, folder: Path) -> "Project":
        """A fresh copy in a folder."""
        for name in TRACKED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
        return cls(folder)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", *words]

    def snakemake(self, *words: str, fails: bool = False) -> str:
        done = subprocess.run(
            self.command(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output[-3000:]
        return output

    def planned(self, *words: str) -> list[str]:
        """Messages of the jobs that a run would start."""
        output = self.snakemake("-n", *SMOKE, *words)
        return re.findall(r"^(?:localrule )?[Jj]ob \d+: (.+)$", output, re.MULTILINE)

    def products(self) -> dict[str, bytes]:
        """Tables and figures; their records hold times and are left out."""
        folders = [self.folder / "results/smoke/tables", self.folder / "figures/smoke"]
        files = [file for folder in folders for file in sorted(folder.iterdir()) if not file.name.endswith(".meta.json")]
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in files}

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def copy(self, folder: Path) -> "Project":
        """A second project with the results of this one, file times kept."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Project(folder)

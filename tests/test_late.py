import json
import subprocess
import sys

import pytest

from disentangle.late import Late

HEAVY = ("matplotlib", "numpy", "pandas", "scipy", "sklearn", "torch")

CODE = """
import json, pkgutil, sys
from importlib import import_module

names = []
for room in ("claims", "figures", "pipeline", "spectra", "stages", "statistics", "tables"):
    package = import_module(f"disentangle.{room}")
    names += [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
for name in names:
    import_module(name)
print(json.dumps([names, list(sys.modules)]))
"""


def test_rooms_that_a_plan_reads_load_no_large_library():
    names, loaded = json.loads(subprocess.check_output([sys.executable, "-c", CODE], text=True))
    assert {"disentangle.figures.hump", "disentangle.claims.judging", "disentangle.tables.writing"} < set(names)
    assert not [name for name in HEAVY if name in loaded]


def test_a_submodule_is_imported_when_it_is_asked_for(tmp_path, monkeypatch):
    package = tmp_path / "lately"
    package.mkdir()
    (package / "__init__.py").write_text("value = 1\n")
    (package / "below.py").write_text("value = 2\n")
    (package / "broken.py").write_text("import lately_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    late = Late("lately")
    assert "lately" not in sys.modules
    assert late.value == 1
    assert "lately.below" not in sys.modules
    assert late.below.value == 2
    assert late.below is sys.modules["lately.below"]
    with pytest.raises(AttributeError, match="'lately' has no attribute 'above'"):
        _ = late.above
    with pytest.raises(ModuleNotFoundError, match="lately_missing"):
        _ = late.broken
    with pytest.raises(AttributeError, match=r"'lately\.below' has no attribute 'above'"):
        _ = Late("lately.below").above

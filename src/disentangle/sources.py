"""Which source files decide a result: the import graph of our own package, read from the code without running it."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from disentangle.errors import InputError

PACKAGE = "disentangle"

# They carry values and files, tell errors and progress or list names, and never change a number: an edit makes nothing stale.
SERVANTS = {
    f"{PACKAGE}.{m}" for m in ("config", "errors", "artefacts", "provenance", "pipeline", "registry", "training.progress")
}
SERVANTS |= {f"{PACKAGE}.{room}.registry" for room in ("datasets", "networks", "families")}
SERVANTS |= {f"{PACKAGE}.datasets.{m}" for m in ("downloads", "folders")}


def sources(*modules: str) -> list[Path]:
    """Source files of these modules and of all they import from this package, sorted; servants are left out.

    A style sheet beside a module belongs to its code.
    """
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found and module not in SERVANTS:
            found[module] = _file(module)
            waiting += _imports(found[module])
    styles = {style for file in found.values() for style in file.parent.glob("*.mplstyle")}
    return sorted({*found.values(), *styles})


def imported(script: Path) -> list[str]:
    """Modules of this package that a script outside it imports.

    Raises InputError for a relative import.
    """
    return list(_imports(script))


def digest(files: Iterable[Path]) -> str:
    """One checksum over the contents of source files."""
    return hashlib.sha256("".join(checksum(file) for file in files).encode()).hexdigest()


def checksum(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def _file(module: str) -> Path:
    """Source file of a module; ours are found by name, since `find_spec` would run their parents."""
    if module.split(".")[0] == PACKAGE:
        place = Path(__file__).parent.joinpath(*module.split(".")[1:])
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise InputError(f"module {module}, named in a registry, does not exist; mend the registry or install it.")
    return Path(spec.origin)


@cache
def _imports(file: Path) -> tuple[str, ...]:
    return tuple(_walk(file))


def _walk(file: Path) -> Iterator[str]:
    """Modules of this package that the code imports anywhere, inside functions too.

    Raises InputError for a relative import, which does not say what it imports without running it.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise InputError(f"{file} line {node.lineno} imports relatively; write the full name, so that it is tracked.")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            yield node.module
            inner = (f"{node.module}.{name.name}" for name in node.names)
            yield from (module for module in inner if _file(module).is_file())


def _statements(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The statements of a block and of all blocks inside it; an import is in no expression, and those are most of a file."""
    for node in block:
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(node, part, ()))

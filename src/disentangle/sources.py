"""Which source files decide a result: the import graph of our own package, read from the code without running it."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "disentangle"

# They carry values and files, tell errors or list names, and never change a number: editing one makes no result stale.
SERVANTS = {f"{PACKAGE}.{m}" for m in ("cli", "config", "errors", "artefacts", "provenance", "sources", "cells", "jobs", "staleness", "stages")}
SERVANTS |= {f"{PACKAGE}.{room}.registry" for room in ("datasets", "networks", "families")}


def sources(*modules: str) -> list[Path]:
    """Source files of these modules and of all they import from this package, sorted; servants are left out."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found and module not in SERVANTS:
            found[module] = _file(module)
            waiting += _imports(found[module])
    return sorted(set(found.values()))


def digest(files: Iterable[Path]) -> str:
    """One checksum over the contents of source files."""
    return hashlib.sha256("".join(checksum(file) for file in files).encode()).hexdigest()


def checksum(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def _file(module: str) -> Path:
    spec = find_spec(module)
    assert spec and spec.origin, module
    return Path(spec.origin)


@cache
def _imports(file: Path) -> tuple[str, ...]:
    return tuple(_walk(ast.parse(file.read_text(encoding="utf-8"))))


def _walk(tree: ast.AST) -> Iterator[str]:
    """Modules of this package that the code imports anywhere, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            yield node.module
            yield from (f"{node.module}.{n.name}" for n in node.names if _is_module(f"{node.module}.{n.name}"))


@cache
def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False

"""What a source file defines, and what each definition names: from its syntax tree, without running it.

What a definition names is told as links: "module:name.attribute" for what is written so, "module:*" for all that is in a
module, and "module:" for what it does when it is imported. There are links into our own package and into that of the file.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

from disentangle.artefacts import atomic
from disentangle.errors import InputError

PACKAGE = "disentangle"

TYPING = re.compile(r"(\w+\.)?TYPE_CHECKING")
FILE = re.compile(r"[\w-][\w .-]*\.\w+")  # what may be the name of a file, with a suffix
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)
# Statements that do something whatever names they bind.
ACTS = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Delete, ast.Raise, ast.Assert)


class Definition(NamedTuple):
    """All statements that bind a name: checksum of their canonical form, links, and what may be names of files."""

    checksum: str
    links: list[str]
    files: list[str]


class Module(NamedTuple):
    """Definitions by name, and links by imported name; a name that is bound in several ways may be both.

    A method of a class stands there too, as "class#method". The definition of "" is what the module does when it is imported;
    its checksum is empty where that is nothing.
    """

    definitions: dict[str, Definition]
    imports: dict[str, list[str]]


def read(module: str, file: Path) -> Module:
    """What the file of a module defines; this is kept beside its bytecode, until the file or the present one changes.

    Raises InputError for a relative import.
    """
    source, kept = file.read_bytes(), Path(cache_from_source(str(file))).with_suffix(".definitions")
    with suppress(OSError):
        seal, _, payload = kept.read_bytes().partition(b"\n")
        if seal == _seal(module, source, payload):
            definitions, imports = json.loads(payload)
            return Module({name: Definition(*values) for name, values in definitions.items()}, imports)
    found = Reader(module, source, file).read()
    payload = json.dumps(found).encode()
    with suppress(OSError, InputError), atomic(kept) as temporary:  # where nothing can be kept, it only takes longer
        temporary.write_bytes(_seal(module, source, payload) + b"\n" + payload)
    return found


def _seal(module: str, source: bytes, payload: bytes) -> bytes:
    """By this a payload is known to be whole, and to be made from this source by this code."""
    return hashlib.sha256(b"\0".join((_code(), module.encode(), source, payload))).hexdigest().encode()


@cache
def _code() -> bytes:
    return Path(__file__).read_bytes()


class Reader:
    """Reads one file: first what its names are bound to, then what each of its definitions names."""

    def __init__(self, module: str, source: bytes, file: Path) -> None:
        self.module, self.file, self.tree = module, file, ast.parse(source)
        self.packages = {PACKAGE, module.split(".")[0]}
        self.bindings: dict[str, list[ast.stmt]] = {"": []}
        self.imports: dict[str, set[str]] = {}
        self.importing: set[str] = set()

    def read(self) -> Module:
        """Raises InputError for a relative import."""
        for statement, runs in _top_level(self.tree.body):
            self._bind(statement, runs)
        definitions = {name: self._define(statements) for name, statements in self.bindings.items()}
        first = definitions[""]
        definitions[""] = first._replace(links=sorted({*first.links, *self.importing}))
        for defined in (statement for statement in self.tree.body if isinstance(statement, ast.ClassDef)):
            methods = (part for part in defined.body if isinstance(part, ast.FunctionDef))
            definitions |= {f"{defined.name}#{method.name}": self._define([method]) for method in methods}
        return Module(definitions, {name: sorted(links) for name, links in self.imports.items()})

    def _bind(self, statement: ast.stmt, runs: bool) -> None:
        nodes = list(_same_scope(statement))
        for node in nodes:
            for name, link in self._imported(node):
                self.imports.setdefault(name, set()).add(link)
            self.importing.update(self._run(node) if runs else ())
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return
        bound = {name for node in nodes for name in _bound(node)}
        for name in bound:
            self.bindings.setdefault(name, []).append(statement)
        if runs and (not bound or any(_acts(node) for node in nodes)):
            self.bindings[""].append(statement)

    def _define(self, statements: Sequence[ast.stmt]) -> Definition:
        links, names, files = set[str](), set[str](), set[str]()
        imports = {name: set(found) for name, found in self.imports.items()}
        for node in _nodes(statements):
            links.update(self._run(node))
            for name, link in self._imported(node):
                imports.setdefault(name, set()).add(link)
            names.update(_loaded(node))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and FILE.fullmatch(node.value):
                files.add(node.value)
        for root, _, attributes in (name.partition(".") for name in names):
            links.update(extended(link, attributes) for link in imports.get(root, ()))
            links.update({f"{self.module}:{root}"} if root in self.bindings else ())
            links.update({f"{self.module}:*"} if root == "globals" else ())
        text = "\n".join(map(canonical, statements))
        return Definition(hashlib.sha256(text.encode()).hexdigest() if text else "", sorted(links), sorted(files))

    def _imported(self, node: ast.AST) -> Iterator[tuple[str, str]]:
        """Names that an import binds, each with its link."""
        if isinstance(node, ast.Import):
            for module, name in ((n.name, n.asname) for n in node.names if self._followed(n.name)):
                yield name or module.split(".")[0], f"{module if name else module.split('.')[0]}:"
        elif isinstance(node, ast.ImportFrom) and self._followed(self._source(node)):
            yield from ((n.asname or n.name, f"{node.module}:{n.name}") for n in node.names)

    def _run(self, node: ast.AST) -> Iterator[str]:
        """Links to what an import runs; a name that is imported from a module may be a module itself."""
        if isinstance(node, ast.Import):
            yield from (f"{n.name}:" for n in node.names if self._followed(n.name))
        elif isinstance(node, ast.ImportFrom) and self._followed(self._source(node)):
            yield f"{node.module}:"
            yield from (f"{node.module}:*" if n.name == "*" else f"{node.module}.{n.name}:" for n in node.names)

    def _source(self, node: ast.ImportFrom) -> str:
        if node.level or not node.module:
            raise InputError(f"{self.file} line {node.lineno} imports relatively; write the full name, so that it is tracked.")
        return node.module

    def _followed(self, module: str) -> bool:
        return module.split(".")[0] in self.packages


def extended(link: str, attributes: str) -> str:
    """The link to attributes (dotted, or none) of what a link leads to; a module without any is all that is in it."""
    module, _, name = link.partition(":")
    return f"{module}:{'.'.join(filter(None, (name, attributes))) or '*'}"


def canonical(node: object) -> str:
    """A syntax tree as text, without docstrings, places and what is empty (as all is that only newer Pythons know)."""
    if isinstance(node, ast.Constant):
        return f"Constant({node.value!a})"
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if name not in ("ctx", "type_comment"))
        return f"{type(node).__name__}({','.join(f'{k}={canonical(v)}' for k, v in fields if v is not None and v != [])})"
    if isinstance(node, list):
        return f"[{','.join(canonical(item) for item in node if not _text(item))}]"
    return ascii(node)


def _text(node: object) -> bool:
    """Whether it is a docstring, or another string that stands alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _top_level(block: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements of a module, and whether they run: those for type checkers do not, and those of a script do not count."""
    for statement in block:
        test = ast.unparse(statement.test) if isinstance(statement, ast.If) else ""
        if isinstance(statement, ast.If) and TYPING.fullmatch(test):
            yield from ((inner, False) for inner, _ in _top_level(statement.body))
            yield from _top_level(statement.orelse)
        elif isinstance(statement, ast.If) and test == "__name__ == '__main__'":
            yield from _top_level(statement.orelse)
        elif not _text(statement):
            yield statement, True


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and all inside it that binds names where it stands."""
    yield node
    if not isinstance(node, SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _same_scope(child)


def _bound(node: ast.AST) -> Iterator[str]:
    """The name that a node binds; of imports, those of any module, since what is bound otherwise stands for it."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, NAMED) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]


def _acts(node: ast.AST) -> bool:
    """Whether it does something beside binding names, such as changing what one of them stands for."""
    stores = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
    return stores or isinstance(node, ACTS) or (isinstance(node, ast.Expr) and not _text(node))


def _nodes(statements: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes, those of quoted annotations too, but none inside a dotted name."""
    waiting: list[ast.AST] = list(statements)
    aliases = [s.value for s in statements if isinstance(s, ast.Assign | ast.AnnAssign) and isinstance(s.value, ast.Subscript)]
    for alias in aliases:  # what is made of square brackets may be a type, whose parts may be quoted
        waiting += _quoted(alias)
    while waiting:
        node = waiting.pop()
        yield node
        if not _dotted(node):
            waiting += ast.iter_child_nodes(node)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            waiting += _quoted(annotation)


def _quoted(annotation: ast.AST | None) -> Iterator[ast.AST]:
    """What strings in an annotation say, where they are expressions; those of Literal and of calls are values."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with suppress(SyntaxError, ValueError):
            said = ast.parse(annotation.value.strip(), mode="eval").body
            yield from (said, *_quoted(said))
    elif annotation and not isinstance(annotation, ast.Call):
        literal = isinstance(annotation, ast.Subscript) and _dotted(annotation.value).split(".")[-1] == "Literal"
        for part in () if literal else ast.iter_child_nodes(annotation):
            yield from _quoted(part)


def _loaded(node: ast.AST) -> Iterable[str]:
    """Names, with the attributes written behind them, whose value a node takes."""
    if isinstance(node, ast.Global):
        return node.names
    return [name] if (name := _dotted(node)) and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)) else []


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` for what is written so, nothing for all else."""
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""

"""What a source file says: what counts of it, and what it does when it is imported."""

from functools import partial
from pathlib import Path

import pytest

from disentangle.syntax import Reader
from tests.made_up_code import names, write_code


@pytest.fixture
def made(tmp_path):
    return partial(write_code, tmp_path)


# Canonical form

FUNCTION = 'def f(x: int = 1) -> int:\n    """Doc."""\n    return x + 2\n'
CLASS = (
    'class C(A):\n    """Doc."""\n\n    size: int = 3\n    """Of it."""\n\n'
    '    def f(self):\n        "Doc."\n        return self.size\n'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FUNCTION, FUNCTION.replace("Doc", "Other")),
        (FUNCTION, FUNCTION.replace('    """Doc."""\n', "")),
        (FUNCTION, "# what f does\n\n\n" + FUNCTION.replace("x + 2", "(x\n        + 2)  # two more")),
        (FUNCTION, '"""Doc of the module."""\n' + FUNCTION),
        (CLASS, CLASS.replace("Of it", "Of all")),
        (CLASS, CLASS.replace('        "Doc."\n', "").replace('    """Of it."""\n', "")),
        ("f = 'a' 'b'", 'f = "ab"'),
        ("f = 1_000", "f = 1000"),
        ("f = f'{x}' 'a' f'{y}'", 'f = f"{x}a{y}"'),
        ("f = (1)", "f = 1"),
        ("f = [\n    1,\n]", "f = [1]"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(before, after):
    assert definition(before) == definition(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FUNCTION, FUNCTION.replace("+ 2", "+ 3")),
        (FUNCTION, FUNCTION.replace("+", "-")),
        (FUNCTION, FUNCTION.replace("= 1", "= 2")),
        (FUNCTION, FUNCTION.replace("x: int", "x: float")),
        (FUNCTION, FUNCTION.replace("-> int", "-> float")),
        (FUNCTION, FUNCTION.replace("-> int", "")),
        (FUNCTION, "@cache\n" + FUNCTION),
        (FUNCTION, FUNCTION.replace("return x", "yield x")),
        (FUNCTION, FUNCTION.replace("def", "async def")),
        (FUNCTION, FUNCTION + "f = 1\n"),
        (FUNCTION, "f = 1\n" + FUNCTION),
        (FUNCTION, FUNCTION.replace("x: int", "x: 'int'")),
        (CLASS, CLASS.replace("(A)", "(B)")),
        (CLASS, CLASS.replace("(A)", "(A, metaclass=B)")),
        (CLASS, CLASS.replace("= 3", "= 3.0")),
        (CLASS, CLASS.replace("size: int", "size")),
        (CLASS, CLASS + "C.size = 4\n"),
        ("f = 1", "f = True"),
        ("f = 1", "f = 1.0"),
        ("f = 1", "f = -1"),
        ("f = 'a'", "f = b'a'"),
        ("f = None", "f = ..."),
        ("f = a[1:]", "f = a[:1]"),
        ("f = {'a': 1}", "f = {**a}"),
        ("f = {None: a}", "f = {**a}"),
        ("f: int", "f: int = 1"),
        ("f = 1", "f = 1\nf += 1"),
        ("f, g = 1, 2", "f, g = 1, 3"),
        ("def f(a, /, b): ...", "def f(a, b): ..."),
        ("def f(*, a, b=None): ...", "def f(*, a=None, b): ..."),
    ],
)
def test_whatever_else_is_written_counts(before, after):
    assert definition(before) != definition(after)


def definition(text):
    """The first name of the module, and all it reaches: one checksum, or what the module does."""
    content = Reader("made.a", text.encode(), Path("a.py")).read()
    return {name: of.checksum for name, of in content.definitions.items() if of.checksum}


# What a module does when it is imported

DOES = "A = {}\nB = 1\nC = 2\ndef f(): ...\ndef g(): return B\n"


@pytest.mark.parametrize(
    "statement",
    [
        "print(g())",
        "A.update(x=g())",
        "A['x'] = g()",
        "A.x = g",
        "A['x'] += B",
        "A['x'], D = B, 1",
        "for name in A: g()",
        "for A[0] in [B]: ...",
        "for D in [B]: ...",
        "while B: break",
        "if C:\n    g()",
        "if C:\n    E = 1\n    g()",
        "if g() == B: ...",
        "try:\n    D = g()\nfinally:\n    g()",
        "with g() as x: ...",
        "assert B",
        "del A[B]",
        "match C:\n    case 2:\n        g()",
    ],
)
def test_what_a_module_does_is_reached_with_any_of_its_definitions(made, statement):
    found = set(made(a=f"{DOES}{statement}\n").reached("made.a:f"))
    assert {"made.a:", "made.a:f", "made.a:B"} <= found
    assert made(a=f"{DOES}{statement}\n").digest("made.a:f") != made(a=DOES).digest("made.a:f")


@pytest.mark.parametrize(
    "statement",
    [
        "if __name__ == '__main__':\n    g()",
        'if "__main__" == __name__ or __name__ == "__main__":\n    D = g()',
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    D = g()\n    g()",
        "'a string'",
        "pass",
        "D = g()",
        "D: int = g()",
        "D, E = g(), 1",
        "D = E = g()",
        "D += g()",
        "import os",
        "if C:\n    D = g()\nelif A:\n    class D: ...\nelse:\n    def D(): ...",
        "try:\n    import D\nexcept ImportError:\n    D = g()",
    ],
)
def test_what_only_binds_names_and_what_does_not_run_is_not(made, statement):
    assert names(made(a=f"{DOES}{statement}\n"), "made.a:f") == {"a:f"} | ({"a:"} if statement == "pass" else set())


def test_what_imported_modules_and_packages_do_is_reached_though_nothing_of_them_is_named(made):
    files = {"b": "import made.room.c\nx = 1\n", "made/room/__init__": "print(2)\n", "made/room/c": "print(3)\ny = 1\n"}
    code = made(a="import made.b\nfrom made import d\ndef f(): ...\n", d="print(4)\n", e="print(5)\n", **files)
    assert names(code, "made.a:f") == {"a:f", "room:", "room.c:", "d:"}
    code = made(a="def f():\n    import made.d\ndef g(): ...\n")
    assert names(code, "made.a:f") == {"a:f", "d:"} and names(code, "made.a:g") == {"a:g"}
    code = made(a="if TYPE_CHECKING:\n    import made.d\ndef f(): ...\n")
    assert names(code, "made.a:f") == {"a:f"}

"""Tracking: what a definition reaches, in made-up packages."""

import shutil
import sys
from functools import partial

import pytest

from disentangle import syntax, tracking
from disentangle.errors import InputError
from disentangle.families.registry import FAMILIES
from disentangle.tracking import Code, script_addresses
from tests.made_up_code import SOURCE, names, write_code


@pytest.fixture
def made(tmp_path):
    return partial(write_code, tmp_path)


# What a definition reaches


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A = 1\nB = 2\nC = 3\ndef f():\n    return A\n", "A"),
        ("A = 1\ndef f(x=A): ...\n", "A"),
        ("A = 1\ndef f(x: A): ...\n", "A"),
        ("A = 1\ndef f() -> A: ...\n", "A"),
        ("A = 1\ndef f(x: 'list[A]'): ...\n", "A"),
        ("A = 1\ndef f(x: list['A']): ...\n", "A"),
        ("A = 1\ndef f(x: Literal['A'], y: 'of A or so'): ...\n", ""),
        ("A = 1\nB = dict[str, 'A']\ndef f() -> B: ...\n", "A B"),
        ("A = 1\ndef f():\n    x: 'A'\n", "A"),
        ("def A(x): return x\n@A\ndef f(): ...\n", "A"),
        ("class A: ...\nclass f(A): ...\n", "A"),
        ("class A(type): ...\nclass f(metaclass=A): ...\n", "A"),
        ("def g():\n    return A\nA = 1\ndef f():\n    return g()\n", "A g"),
        ("class f:\n    def m(self):\n        return [A for _ in range(3)]\nA = 1\n", "A"),
        ("A = 1\ndef f():\n    def inner():\n        return lambda: A\n    return inner\n", "A"),
        ("A = 1\nA += B\nB = 2\ndef f(): return A\n", "A B"),
        ("A: int = 1\ndef f(): return A\n", "A"),
        ("A, (B, *C) = 1, (2, 3)\nD = 4\ndef f(): return C\n", "C"),
        ("if x:\n    A = 1\nelse:\n    A = B\nB = 2\ndef f(): return A\n", "A B"),
        ("try:\n    A = 1\nexcept E:\n    A = B\nB = 2\ndef f(): return A\n", "A B"),
        ("A = 1\ndef f():\n    global A\n    A = 2\n", "A"),
        ("A = 1\ndef f():\n    match x:\n        case A.b: ...\n", "A"),
        ("A = 1\ndef f(): return f'{A}'\n", "A"),
        ("A = 1\ndef f(x): x.A()\n", ""),
        ("A = 1\ndef f():\n    A = 2\n", ""),
        ("class A: ...\ndef f(): return A.x.y\n", "A"),
        ("A = 1\nB = 2\ndef f(x): return globals()[x]\n", "A B"),
    ],
)
def test_a_definition_reaches_what_it_names(made, text, expected):
    assert names(made(a=text), "made.a:f") == {f"a:{name}" for name in ("f", *expected.split())}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from made.b import one\ndef f(): return one\n", "one"),
        ("from made.b import one as two\ndef f(): return two\n", "one"),
        ("from made.b import *\ndef f(): return one\n", "one two three side"),
        ("from made.b import one, two\ndef f(): return one\n", "one"),
        ("from made import b\ndef f(): return b.one()\n", "one"),
        ("from made import b\ndef f(x): return b.one.two, x.three\n", "one"),
        ("from made import b\ndef f(): return getattr(b, 'one')\n", "one two three side"),
        ("from made import b\nc = b\ndef f(): return c.one\n", "one two three side"),
        ("import made.b\ndef f(): return made.b.one\n", "one"),
        ("import made.b as c\ndef f(): return c.one\n", "one"),
        ("import made.b as c\ndef f(): return c\n", "one two three side"),
        ("def f():\n    from made.b import two\n    return two\n", "one two"),
        ("def f():\n    from made import b\n    return b.three\n", "three"),
        ("class f:\n    from made.b import one\n", ""),
        ("class f:\n    from made.b import one\n    two = one\n", "one"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.b import one\ndef f(x: one): ...\n", "one"),
        ("import typing\nif typing.TYPE_CHECKING:\n    from made.b import one\ndef f(x: 'one'): ...\n", "one"),
        ("try:\n    from made.b import one\nexcept ImportError:\n    one = None\ndef f(): return one\n", "one"),
        ("import numpy as b\ndef f(): return b.one\n", ""),
        ("from made.late import late\ndef f(): return late.one\n", "one"),
        ("from made.late import late\ndef f(): return getattr(late, 'one')\n", "one two three side"),
        ("from made.again import again\ndef f(): return again\n", "one"),
        ("from made import again\ndef f(): return again.again\n", "one"),
    ],
)
def test_an_import_leads_to_what_is_used_of_a_module(made, text, expected):
    late = (
        "from typing import TYPE_CHECKING\nfrom other import Late\n"
        "if TYPE_CHECKING:\n    from made import b as late\nelse:\n    late = Late('made.b')\n    unused = Late('made.c')\n"
    )
    b = "def one(): ...\ndef two(): return one\ndef three(): ...\n"
    code = made(a=text, b=b + "def side(): ...\n", late=late, again="from made.b import one as again\n", c="X = 1\n")
    found = names(code, "made.a:f")
    assert {name.removeprefix("b:") for name in found if name.startswith("b:")} == set(expected.split())
    assert ("late:late" in found) == ("made.late" in text) and not {"late:unused", "c:X"} & found


def test_names_are_followed_through_the_package_they_are_imported_from_again(made):
    init = "from made.b import one\nfrom made.c import two\n"
    code = made(a="from made import one\ndef f(): return one\n", b="def one(): ...\n", c="def two(): ...\n", __init__=init)
    assert names(code, "made.a:f") == {"a:f", "b:one"}
    assert names(code, "made:one") == {"b:one"}
    assert names(code, "made") == {"b:one", "c:two"}


def test_a_name_of_a_package_that_is_a_module_in_it_too_leads_to_both(made):
    code = made(a="from made import b\ndef f(): return b.x\n", b="x = 1\ny = 2\n", c="class b:\n    x = 1\n")
    assert names(code, "made.a:f") == {"a:f", "b:x"}
    code = made(__init__="from made.c import b\n")  # whichever is bound last is the one that is taken
    assert names(code, "made.a:f") == {"a:f", "b:x", "c:b"}


def test_imports_in_a_circle_end(made):
    code = made(a="from made.b import g, x\ndef f(): return g, x\n", b="from made.a import f, x\ndef g(): return f\n")
    assert names(code, "made.a:f") == names(code, "made.b:g") == {"a:f", "b:g"}


def test_a_name_that_a_module_makes_up_leads_to_the_function_that_does(made):
    code = made(
        a="from made.b import x\nfrom made import b\ndef f(): return x\ndef g(): return b.y\n", b="def __getattr__(name): ...\n"
    )
    assert names(code, "made.a:f") == {"a:f", "b:__getattr__"} and names(code, "made.a:g") == {"a:g", "b:__getattr__"}


# Files, boundaries, other packages, scripts


def test_a_file_that_is_named_in_reached_code_counts(made):
    text = "def f(): return Path(__file__).with_name('colours.txt')\ndef g(): return 'none.txt', 'b.py', 'a word'\n"
    code = made(a=text, b="", **{"colours.txt": "red"})
    assert names(code, "made.a:f") == {"a:f", "a:colours.txt"} and names(code, "made.a:g") == {"a:g"}
    assert code.digest("made.a:f") != made(**{"colours.txt": "blue"}).digest("made.a:f")
    assert made(**{"none.txt": ""}).digest("made.a:g") != code.digest("made.a:g")


def test_servants_are_never_entered(made):
    text = "from disentangle.errors import InputError\nfrom disentangle import late\nfrom made.b import x\n"
    own = {"__init__": "", "errors": "print(1)\nclass InputError: ...\n", "late": "print(2)\ntorch = 1\n"}
    ours = {f"disentangle/{name}": content for name, content in own.items()}
    code = made(a=f"{text}def f(): return InputError, late.torch, x\n", b="x = 1\n", **ours)
    assert names(code, "made.a:f") == {"a:f", "b:x"}
    assert code.reached("disentangle.errors") == code.reached("disentangle.errors:InputError") == {}


def test_of_a_class_a_method_can_be_named_without_the_rest(made):
    text = "A = B = C = 1\nclass f(D):\n    x = A\n    def m(self):\n        return B\n    def n(self):\n        return C\n"
    code = made(a=text)
    assert names(code, "made.a:f.m") == {"a:f#m", "a:B"} and names(code, "made.a:f.n") == {"a:f#n", "a:C"}
    assert names(code, "made.a:f") == names(code, "made.a:f.x") == {"a:f", "a:A", "a:B", "a:C"}
    assert made(a=text.replace("return C", "return -C")).digest("made.a:f.m") == code.digest("made.a:f.m")


def test_a_stage_is_entered_by_an_address_only(made):
    own = {"__init__": "", "stages/__init__": "", "stages/one": "print(1)\nx = 1\n", "stages/two": "y = 2\ndef f(): return y\n"}
    ours = {f"disentangle/{name}": content for name, content in own.items()}
    text = "from disentangle.stages.one import x\nfrom disentangle.stages import two\ndef f(): return x, two.f\n"
    code = made(a=text, **ours)
    assert names(code, "made.a:f") == {"a:f"}
    entered = names(code, "made.a:f", "disentangle.stages.two:f")
    assert entered == {"a:f", "disentangle.stages.two:f", "disentangle.stages.two:y"}


def test_a_family_of_the_user_reaches_their_package_and_ours(tmp_path, monkeypatch):
    own = "from mine.parts import half\nfrom disentangle.families.dense import Dense\nfrom other import x\n"
    for name, text in {
        "mine/family": f"{own}class Mine(Dense):\n    x = half, x\n",
        "mine/parts": "half = 0.5\n",
        "other": "x = 1",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).with_suffix(".py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    found = set(tracking.reached("mine.family:Mine"))
    assert {"mine.family:Mine", "mine.parts:half"} <= found and not any(name.startswith("other") for name in found)
    assert found - {"mine.family:Mine", "mine.parts:half"} == set(tracking.reached(FAMILIES["dense"]))
    assert "mine" not in sys.modules and "mine.family" not in sys.modules
    (tmp_path / "mine/parts.py").write_text("half = 0.25\n")
    assert Code().digest("mine.family:Mine") != tracking.digest("mine.family:Mine")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mine.family:Mine", r"module mine\.family, named in a registry, does not exist; mend the registry or install it\."),
        ("made.b", r"module made\.b, named in a registry, does not exist"),
        ("json.x", r"module json\.x, named in a registry, does not exist"),
        ("sys:path", r"module sys, named in a registry, does not exist"),
        (":f", r"module , named in a registry, does not exist"),
        ("made.a:F", r"made\.a:F, named in a registry, does not exist; mend the registry, or define F there\."),
    ],
)
def test_what_does_not_exist_is_told_in_one_sentence(made, address, sentence):
    code = made(a="def f(): ...\n")
    with pytest.raises(InputError, match=sentence):
        code.digest("made.a:f", address)


def test_what_code_names_but_does_not_exist_is_passed_over(made):
    code = made(a="from made.b import x\nfrom made import c\ndef f(): return x, c.y, made.z, f.__name__\n")
    assert names(code, "made.a:f") == {"a:f"}


@pytest.mark.parametrize("text", ["from . import b\n", "from .b import x\n", "def f():\n    from .b import x\n"])
def test_a_relative_import_is_refused(made, tmp_path, text):
    code = made(a="\n" + text)
    with pytest.raises(InputError, match=r"a\.py line [23] imports relatively; write the full name"):
        code.reached("made.a")
    with pytest.raises(InputError, match=r"a\.py line [23] imports relatively; write the full name"):
        script_addresses(tmp_path / "made/a.py")


def test_the_addresses_of_a_script_are_what_it_takes_from_the_package(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\nfrom disentangle.figures import hump, wiring\nfrom disentangle.tables.stacking import stack\n"
        "from disentangle.artefacts import checksum as there\nfrom disentangle.late import torch\nimport disentangle.streams\n"
        "hump.draw(stack(np.zeros(3)))\ndef own():\n    return getattr(wiring, 'x')\n"
        "if there:\n    from disentangle.masks.wiring import load_wiring as load\n    load(own())\n"
    )
    found = script_addresses(script)
    assert found == [
        "disentangle.artefacts:checksum",
        "disentangle.figures:hump.draw",
        "disentangle.figures:wiring",
        "disentangle.masks.wiring:load_wiring",
        "disentangle.tables.stacking:stack",
    ]
    reached = tracking.reached(*found)
    assert {"disentangle.figures.hump:draw", "disentangle.figures.wiring:draw", "disentangle.tables.stacking:stack"} <= set(
        reached
    )


def test_the_notebooks_have_addresses_that_exist():
    for notebook in (SOURCE.parent / "workflow/notebooks").glob("*.py"):
        assert tracking.reached(*script_addresses(notebook))


# What is kept between processes


def test_what_a_file_defines_is_kept_and_read_again_when_it_changes(made, tmp_path, monkeypatch):
    before = made(a="def f(): return 1\n").digest("made.a:f")
    (kept,) = (tmp_path / "made/__pycache__").glob("a.*.definitions")
    with monkeypatch.context() as context:
        context.setattr(syntax, "Reader", None)
        assert made().digest("made.a:f") == before
    assert made(a="def f(): return 2\n").digest("made.a:f") != before
    assert made(a="def f(): return 1\n").digest("made.a:f") == before
    whole = kept.read_bytes()
    for damaged in (b"", b"{}", whole[:-1], whole.replace(b"made", b"mode"), b"\xff" * 200, b"x" * 64 + whole[64:]):
        kept.write_bytes(damaged)
        assert made().digest("made.a:f") == before
        assert kept.read_bytes() == whole
    monkeypatch.setattr(syntax, "_code", lambda: b"other code")
    made().digest("made.a:f")
    assert kept.read_bytes() != whole


def test_where_nothing_can_be_kept_it_is_read_anew(made, tmp_path):
    code = made(a="def f(): return 1\n")
    (tmp_path / "made/__pycache__").touch()  # as good as a folder that cannot be written, which root could
    assert names(code, "made.a:f") == {"a:f"}


def test_code_that_was_copied_has_the_same_digest(made, tmp_path):
    before = made(a="from made import b\ndef f(): return b.x\n", b="x = 1\n").digest("made.a:f")
    shutil.copytree(tmp_path / "made", tmp_path / "elsewhere/made")
    assert Code([str(tmp_path / "elsewhere")]).digest("made.a:f") == before

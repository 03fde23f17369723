"""Code to track: made-up packages, and the modules of our own."""

from pathlib import Path

from disentangle import tracking
from disentangle.tracking import Code

SOURCE = Path(tracking.__file__).parents[1]


def modules():
    """Every module of ours, with its file."""
    for file in sorted((SOURCE / "disentangle").rglob("*.py")):
        parts = file.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def write_code(folder, **files):
    """Write modules of the package ``made``, or files by their paths, and give the code there as it then is."""
    (folder / "made").mkdir(exist_ok=True)
    (folder / "made/__init__.py").touch()
    for name, text in files.items():
        file = (folder / name) if "/" in name else folder / "made" / name
        file.parent.mkdir(exist_ok=True)
        (file if file.suffix else file.with_suffix(".py")).write_text(text)
    return Code([str(folder)])


def names(code, *addresses):
    """What is reached, without the package's name."""
    return {name.removeprefix("made.") for name in code.reached(*addresses)}

"""Which definitions decide a result: all that its addresses reach in the code, which is read and never run.

An address is "package.module:name", "package.module:class.method" for one method without the rest of its class, or
"package.module" for all that is in a module. A definition reaches what it names, and
what its module does when it is imported; what the code finds by a name that it makes up needs an address of its own.
"""

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from disentangle.artefacts import checksum
from disentangle.errors import InputError
from disentangle.syntax import PACKAGE, Module, Reader, extended, read

# They carry values and files, tell errors and progress or list names, and never change a number: an edit makes nothing stale.
# The settings that config carries are in the record.
SERVANTS = {f"{PACKAGE}.{m}" for m in ("config", "errors", "artefacts", "late", "registry", "training.progress")}
SERVANTS |= {f"{PACKAGE}.{room}.registry" for room in ("datasets", "networks", "families", "claims", "spectra")}
SERVANTS |= {f"{PACKAGE}.datasets.{m}" for m in ("downloads", "folders")}
SERVANTS |= {f"{PACKAGE}.pipeline.{m}" for m in ("job", "plan", "teller")}
# What another stage does decides its own products, which are files: a stage is entered only by an address.
STAGES = f"{PACKAGE}.stages."


def digest(*addresses: str) -> str:
    """One checksum over the definitions that these addresses reach: over their names and what they say.

    Comments, docstrings and layout do not count. Raises InputError for an address of something that does not exist.
    """
    return _installed(tuple(sys.path)).digest(*addresses)


def reached(*addresses: str) -> dict[str, str]:
    """The definitions that these addresses reach, as "module:name", and their checksums; files that they name too.

    Raises InputError like `digest`.
    """
    return _installed(tuple(sys.path)).reached(*addresses)


def script_addresses(script: Path) -> list[str]:
    """Addresses of what a script outside the package takes from it.

    Raises InputError for a relative import.
    """
    definitions = Reader("__main__", script.read_bytes(), script).read().definitions.values()
    links = {link for definition in definitions for link in definition.links if not link.startswith("__main__:")}
    return sorted(link.removesuffix(":*") for link in links if not link.endswith(":"))


class Code:
    """The code of the packages on a path, by default Python's own; like Python, it reads a file once."""

    def __init__(self, path: Sequence[str] | None = None) -> None:
        self.path = path
        self.place, self.module, self.follow = cache(self._place), cache(self._module), cache(self._follow)
        self.digest = cache(self._digest)

    def _digest(self, *addresses: str) -> str:
        lines = (f"{name} {found}\n" for name, found in self.reached(*addresses).items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def reached(self, *addresses: str) -> dict[str, str]:
        """As the function of that name."""
        found: dict[str, str] = {}
        waiting = [self._link(address) for address in addresses]
        seen, entered = set(waiting), {link.partition(":")[0] for link in waiting}
        while waiting:
            reached, links = self.follow(waiting.pop())
            found |= reached
            fresh = {link for link in links if not link.startswith(STAGES) or link.partition(":")[0] in entered} - seen
            seen |= fresh
            waiting += fresh
        return dict(sorted(found.items()))

    def _link(self, address: str) -> str:
        """The link that stands for an address; raises InputError when it leads nowhere."""
        module, _, name = address.partition(":")
        if self.place(module) is None:
            raise InputError(f"module {module}, named in a registry, does not exist; mend the registry or install it.")
        first, (definitions, imports) = name.split(".")[0], self.module(module)
        if (method := name.replace(".", "#")) in definitions and "#" in method:
            return f"{module}:{method}"
        if not {first, "*"} & {*definitions, *imports} and self.place(f"{module}.{first}") is None:
            raise InputError(f"{address}, named in a registry, does not exist; mend the registry, or define {first} there.")
        return address if name else f"{module}:*"

    def _follow(self, link: str) -> tuple[dict[str, str], list[str]]:
        """Checksums of what a link leads to, and the links from there."""
        module, _, name = link.partition(":")
        place = None if module in SERVANTS else self.place(module)
        if place is None:
            return {}, []
        definitions, imports = self.module(module)
        if name == "*":
            return {}, [f"{module}:{each}" for each in (*definitions, *imports) if "#" not in each]
        first, _, attributes = name.partition(".")
        # A name of a package may be a module in it as well, and which of the two it stands for depends on what runs first.
        links = [extended(found, attributes) for found in (*imports.get(first, ()), f"{module}.{first}:") if first]
        links.append(f"{module}:" if name else f"{module.rpartition('.')[0]}:")
        links += [] if first in definitions or first in imports else [f"{module}:__getattr__"]
        found: dict[str, str] = {}
        if definition := definitions.get(first):
            links += definition.links
            files = (place.with_name(file) for file in definition.files)
            found = {f"{module}:{file.name}": checksum(file) for file in files if file.suffix != ".py" and file.is_file()}
            found |= {f"{module}:{first}": definition.checksum} if definition.checksum else {}
        return found, links

    def _module(self, module: str) -> Module:
        place = self.place(module)
        return read(module, place) if place and place.is_file() else Module({}, {})

    def _place(self, module: str) -> Path | None:
        """The file of a module, which is not there for a folder without `__init__.py`; only its top is asked for, not run."""
        top, *inner = module.split(".")
        if not top:
            return None
        spec = find_spec(top) if self.path is None else PathFinder.find_spec(top, self.path)
        if spec is None:
            return None
        if not inner and spec.submodule_search_locations is None:
            return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
        for place in (Path(folder, *inner) for folder in spec.submodule_search_locations or ()):
            own, single = place / "__init__.py", place.with_suffix(".py")
            if own.is_file() or single.is_file() or place.is_dir():
                return single if single.is_file() and not own.is_file() else own
        return None


@cache
def _installed(path: tuple[str, ...]) -> Code:
    """The code on Python's path; on another there may be other code of the same name."""
    return Code()

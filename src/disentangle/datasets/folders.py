"""Where the files of a published set lie: in the folder the user names, else in our own, downloaded when needed."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from disentangle.datasets.downloads import DownloadError
from disentangle.datasets.published import FILES, holds
from disentangle.errors import InputError

VARIABLE = "DISENTANGLE_DATA"
DOWNLOADS = Path("data")  # below the folder that the workflow runs in; not in git
PARTS = ("train", "val")  # of a set of photographs that stays where it is


def given_folder(data_dir: Path | None) -> Path | None:
    """The folder that ``data_dir`` or else the environment variable DISENTANGLE_DATA names, None without either. Only read.

    Raises InputError when there is no such folder.
    """
    chosen = str(data_dir) if data_dir else os.environ.get(VARIABLE)
    if not chosen:
        return None
    folder = Path(chosen).expanduser()
    if not folder.is_dir():
        raise InputError(
            f"the data folder {folder} does not exist; mend data_dir (or {VARIABLE}), or leave it out to download what can be."
        )
    return folder


def locate(name: str, data_dir: Path | None, download: Callable[[Path, Sequence[str]], None]) -> Path:
    """The root that holds all files of a set; ``download`` gets our own folder and the files that it lacks.

    Raises InputError when the set is only partly there, or is nowhere and cannot be downloaded.
    """
    files, given = FILES[name], given_folder(data_dir)
    if given and holds(name, given, files):
        return given
    missing = [file for file in files if not (DOWNLOADS / file).is_file()]
    if missing:
        try:
            download(DOWNLOADS, missing)
        except DownloadError as error:
            raise InputError(_absent(name, given, missing, str(error))) from None
    return DOWNLOADS


def find_photographs(name: str, data_dir: Path | None) -> Path:
    """The folder, absolute, that holds train and val of a set which stays where it is: the user's, or its subfolder ``name``.

    Raises InputError when there is none, or when it lacks one of the two.
    """
    given = given_folder(data_dir)
    places = [*([given / name, given] if given else []), DOWNLOADS / name]
    for place in places:
        missing = [part for part in PARTS if not (place / part).is_dir()]
        if not missing:
            return place.absolute()
        if len(missing) < len(PARTS):
            raise InputError(
                f"{place} holds only part of {name}: the folder {missing[0]} is missing; add it (its images in one folder a "
                "class), or set data_dir to a whole copy."
            )
    looked = " nor in ".join(str(place.absolute()) for place in places)
    raise InputError(
        f"{name} is {'neither' if given else 'not'} in {looked} and is never downloaded; set data_dir (or the environment "
        f"variable {VARIABLE}) to a folder that has {name}/train/<class>/ and {name}/val/<class>/ with the images."
    )


def _absent(name: str, given: Path | None, missing: Sequence[str], reason: str) -> str:
    """Where we looked, why nothing came, and the two ways out."""
    known = sorted({file.split("/")[0] for files in FILES.values() for file in files})
    present = [folder for folder in known if given and (given / folder).is_dir()]
    looked = f"{given} (which holds {', '.join(present) or 'none of the known sets'}) nor in " if given else ""
    return (
        f"{name} is {'neither ' if given else 'not '}in {looked}{DOWNLOADS.absolute()} and cannot be downloaded ({reason}); "
        f"set data_dir (or {VARIABLE}) to a folder that has {missing[0]} and the other files, or run once with a network."
    )

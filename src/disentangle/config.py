"""The experiment as the user writes it: the one truth behind config.yaml, its presets and the JSON schema.

Settings of a family belong to the family's own file and are checked by ``disentangle.cells``, which also lists the cells.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from disentangle.errors import InputError, checked

Density = Annotated[float, Field(gt=0, le=1, description="share of edges kept")]
Augment = Literal["none", "crop_flip", "resized_crop_flip"]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="a name that is safe in a path")]


class Strict(BaseModel):
    """A group of settings that refuses keys it does not know and cannot be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class DatasetEntry(Strict):
    """A dataset of the experiment."""

    network: Label | Annotated[list[Label], Field(min_length=1)] = Field(
        description="label of the network, or list of networks, that learns it"
    )
    augment: Augment = Field(
        "none",
        description="horizontal flips and random crops: crop_flip after padding with 4 pixels, of images in memory; "
        "resized_crop_flip of 8 to 100% of the area resized to 224 x 224, of streamed images (imagenet)",
    )

    @property
    def networks(self) -> list[str]:
        """The labels as a list."""
        return [self.network] if isinstance(self.network, str) else self.network


class LabelledEntry(BaseModel):
    """Settings under a label; the network or family they belong to checks the rest of the keys."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def settings(self) -> dict[str, Any]:
        """The keys that this model leaves to the owner of the entry."""
        return dict(self.model_extra or {})


class NetworkEntry(LabelledEntry):
    """A network of the experiment."""

    network: str | None = Field(None, description="kind of network, where it differs from the label")


def once(densities: list[float]) -> list[float]:
    """The densities, if each is there only once: a density names a cell."""
    if len(set(densities)) < len(densities):
        raise ValueError("each density may be there only once")
    return densities


class FamilyEntry(LabelledEntry):
    """A family of the experiment."""

    family: str | None = Field(None, description="name of the family, where it differs from the label")
    densities: list[Density] | None = Field(None, min_length=1, description="own densities instead of the general ones")
    networks: list[Label] | None = Field(None, min_length=1, description="labels of the networks that train it, if not all")

    @field_validator("densities")
    @classmethod
    def _each_once(cls, densities: list[float] | None) -> list[float] | None:
        return densities and once(densities)


class Training(Strict):
    """One budget for every family."""

    epochs: int = Field(60, ge=1, description="passes over the training split (in each round of a family that has rounds)")
    batch_size: int = Field(64, ge=2, description="images in a step")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of a label that all classes have in equal parts")
    follow_test: bool = Field(
        False,
        description="the test accuracy of every epoch goes into the history, and the best of them into the metrics beside that "
        "of the last, for what was published so; nothing is chosen by it",
    )
    checkpoint_epochs: int = Field(20, ge=1, description="epochs between two checkpoints")


class Spectra(Strict):
    """Settings of the spectral comparison."""

    null_kind: str = Field("places", description="what networks are held against; places: their weights at random ones")
    null_draws: int = Field(10, ge=2, description="random wirings drawn for each network")


class Sweep(Strict):
    """Settings of the shared-weight sweep."""

    factors: list[float] = Field(
        [-2.0, -1.0, -0.5, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0],
        description="what the one weight of a network is multiplied by, in networks whose weights are all equal; []: no sweep",
    )

    @field_validator("factors")
    @classmethod
    def _each_once_and_none_zero(cls, factors: list[float]) -> list[float]:
        if 0 in factors:
            raise ValueError("a factor of 0 leaves no edge")
        if len(set(factors)) < len(factors):
            raise ValueError("each factor may be there only once")
        return factors


class Gradients(Strict):
    """Settings of the measurement of gradients in trained networks."""

    hardness: list[Annotated[float, Field(gt=0)]] = Field(
        [1, 3, 10, 30, 100, 300, 1000],
        description="of the gates, at which the approximate gradient is held against the exact one",
    )
    images: int = Field(200, ge=2, description="training images whose loss it is, at most")


class Profiles(Strict):
    """Settings of the weight profiles."""

    draws: int = Field(
        99,
        ge=0,
        description="random layers drawn for each layer of real-valued networks, its weights dealt anew over its units; "
        "0: no profiles and no transplants",
    )
    permutations: int = Field(3, ge=1, description="draws whose mean the accuracy of permuted or noisy weights is")

    @field_validator("draws")
    @classmethod
    def _none_or_enough(cls, draws: int) -> int:
        if 0 < draws < 99:
            raise ValueError("fewer than 99 draws cannot reach a p-value of 0.01; write 0 for no profiles, or more")
        return draws


class Statistics(Strict):
    """Settings of intervals and tests."""

    confidence: float = Field(0.95, gt=0.5, lt=1, description="coverage of the intervals")
    resamples: int = Field(
        9999,
        ge=99,
        description="bootstrap resamples of more than 10 replicates, or of two samples of more than 6 each, and permutations "
        "of a spectral test with more exchanges than this; below, all are listed and none is drawn",
    )


class Figures(Strict):
    """Settings of the drawings; they never touch a number."""

    formats: list[Literal["pdf", "svg", "png"]] = Field(["pdf", "svg", "png"], min_length=1)
    dpi: int = Field(200, ge=50, le=1200, description="resolution of the PNG")


class Experiment(Strict):
    """Everything that config.yaml and the presets laid over it can say."""

    name: Label = Field(description="results/<name> and figures/<name> hold what comes out")
    source: Literal["results", "archive"] = Field(
        "results", description="archive: tables and figures are made from archive/<name>, nothing is trained"
    )
    seed: int = Field(0, ge=0, description="replicate r has the seed seed + r")
    replicates: int = Field(5, ge=1, description="networks in a cohort, one seed each")
    datasets: dict[str, DatasetEntry] = Field(min_length=1)
    networks: dict[Label, NetworkEntry] = Field(min_length=1)
    families: dict[Label, FamilyEntry] = Field(min_length=1)
    densities: list[Density] = Field([0.5], min_length=1, description="for every family that takes a density")
    training: Training = Training()
    spectra: Spectra = Spectra()
    sweep: Sweep = Sweep()
    gradients: Gradients = Gradients()
    profiles: Profiles = Profiles()
    statistics: Statistics = Statistics()
    figures: Figures = Figures()
    device: Device = Field("cpu", description="auto: cuda where the plan is made on a machine with a GPU, else cpu")
    precision: Precision = Field("auto", description="of the forward passes in training; auto: bfloat16 on cuda, else float32")
    compile: bool = Field(False, description="compile the network's forward and backward pass, for large networks on a GPU")
    data_dir: str | None = Field(None, description="folder that already holds data sets in torchvision's layout; only read")
    threads: int = Field(1, ge=1, description="CPU threads of a cell; of streamed images all but one read ahead")

    @field_validator("densities")
    @classmethod
    def _each_once(cls, densities: list[float]) -> list[float]:
        return once(densities)

    @field_validator("datasets", "networks", "families", mode="before")
    @classmethod
    def _leave_out_nulls(cls, entries: Any) -> Any:
        """A preset leaves an entry of config.yaml out by setting it to null; ``label: {}`` takes it as it is.

        Inside a value of ``snakemake --config`` null arrives as a word.
        """
        return {k: v for k, v in entries.items() if v not in (None, "null")} if isinstance(entries, Mapping) else entries


def load_experiment(config: Mapping[str, Any]) -> Experiment:
    """Check a config (as Snakemake merged it).

    Raises InputError with one sentence that names the first offending key and says what is allowed.
    """
    return checked(Experiment, config, "config")


def read_configs(files: Sequence[Path]) -> dict[str, Any]:
    """config.yaml of the working folder with these laid over it, as ``snakemake --configfile FILES`` lays them.

    Mappings are merged entry by entry, all else is replaced; like there, the entries of ``files`` come first. Raises InputError
    for a file that cannot be read or is not a mapping in YAML.
    """
    import yaml

    merged: dict[str, Any] = {}
    for file in (*files, Path("config.yaml"), *files):
        try:
            config = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(f"cannot read {file}: {' '.join(str(error).split())}; write a config in YAML there.") from None
        if not isinstance(config, Mapping):
            raise InputError(f"{file} holds no names and values; write a config there, as in name: value.")
        _lay_over(merged, config)
    return merged


def _lay_over(base: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _lay_over(base[key], value)
        else:
            base[key] = value

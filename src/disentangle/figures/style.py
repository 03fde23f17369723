"""How families, estimators and data sets look in every figure: order, names, colours, markers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from disentangle.late import mpl


class Look(NamedTuple):
    """How a family is drawn."""

    name: str
    colour: str
    marker: str | tuple[int, Literal[1], int]  # as matplotlib has them


# In the order of the figures. Variants of one method are a dark and a light of one hue. Any two colours differ by at
# least 20 CIELAB units, in full colour vision and under protanopia and deuteranopia (after Machado et al. 2009).
LOOKS = {
    "dense": Look("Dense", "#000000", "o"),
    "random": Look("Random", "#8c8c8c", "X"),
    "pruned": Look("Pruned", "#0072b2", "s"),
    "pruned_iterative": Look("Pruned in rounds", "#56b4e9", "D"),
    "snip": Look("SNIP", "#005566", "8"),
    "grasp": Look("GraSP", "#0033ff", "h"),
    "synflow": Look("SynFlow", "#44dddd", (4, 1, 0)),
    "weight_free": Look("Weight-free", "#c44601", "^"),
    "weight_free_on_off": Look("Weight-free ON/OFF", "#e69f00", "v"),
    "weight_free_top_share": Look("Weight-free, exact share", "#771100", ">"),
    "weight_free_top_share_on_off": Look("Weight-free ON/OFF, exact share", "#bb6644", "d"),
    "edge_popup": Look("Edge-popup (± constant)", "#005a43", "P"),
    "edge_popup_normal": Look("Edge-popup (normal)", "#8cd17d", "p"),
    "biprop": Look("Biprop", "#002255", "<"),
    "supermask": Look("Supermask", "#4477ff", "H"),
    "laperm": Look("LaPerm", "#4b0092", "*"),
}
# For other labels, at least 14 units apart. The numbers of colours and of markers have no common divisor, so that the first 66
# pairs differ.
SPARE_COLOURS = (
    *("#b50073", "#00e63a", "#de00f7", "#ff9cc5", "#b5a552", "#8c6394"),
    *("#522921", "#e63a6b", "#f7bdad", "#5a1942", "#ce29bd"),
)
SPARE_MARKERS = (">", "d", "H", "X", "*", "P")

# Ways to estimate the gradient of gates; as far apart as the families.
ESTIMATORS = {
    "hard_forward": Look("Hard forward", "#c44601", "^"),
    "soft": Look("Soft", "#0072b2", "s"),
    "identity": Look("Identity", "#000000", "D"),
    "stochastic": Look("Stochastic", "#e69f00", "o"),
}

DATASETS = {
    "digits": "Digits",
    "breast_cancer": "Breast cancer",
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "mnist_unit": "MNIST in [0, 1]",
    "fashion_mnist_unit": "Fashion-MNIST in [0, 1]",
    "mnist_mean_image": "MNIST less its mean image",
    "fashion_mnist_mean_image": "Fashion-MNIST less its mean image",
    "mnist16": "MNIST, 16 by 16",
    "fashion_mnist16": "Fashion-MNIST, 16 by 16",
    "mnist_shuffled": "MNIST, shuffled labels",
    "cifar10_raw": "CIFAR-10, raw",
    "imagenet": "ImageNet",
}


def family_looks(labels: Iterable[str]) -> dict[str, Look]:
    """The look of each family, in the order of the figures whatever the order of ``labels``.

    A label that this file does not know comes after those it knows, by alphabet, with the label as its name. Its
    colour depends on the other such labels: pass all families of an experiment, so that it is the same in every
    figure.
    """
    present = set(labels)
    looks = {label: look for label, look in LOOKS.items() if label in present}
    for i, label in enumerate(sorted(present - set(LOOKS))):
        looks[label] = Look(label, SPARE_COLOURS[i % len(SPARE_COLOURS)], SPARE_MARKERS[i % len(SPARE_MARKERS)])
    return looks


def family_name(label: str) -> str:
    """What a family is called in a figure."""
    return family_looks([label])[label].name


def group_name(estimators: Mapping[str, str]) -> str:
    """What a group of families that differ in their estimator is called: as the first of them, in the order above."""
    return family_name(next(estimators[name] for name in ESTIMATORS if name in estimators))


@contextmanager
def paper_style() -> Iterator[None]:
    """The settings of paper.mplstyle over matplotlib's defaults, whatever the user's own matplotlibrc says."""
    with mpl.style.context(Path(__file__).with_name("paper.mplstyle"), after_reset=True):
        yield

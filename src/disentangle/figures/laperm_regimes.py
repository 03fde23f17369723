"""Test accuracy of networks that only learn places: all starting values different, some of them 0, or all the same."""

from disentangle.figures.hump import draw
from disentangle.pipeline.needs import Described, Setting, Study, Table
from disentangle.pipeline.teller import Drawing
from disentangle.studies import laperm_regimes

DRAWING = Drawing(
    draw,
    "Test accuracy of LaPerm (Qiu & Suda 2020) against the share of starting values that are not 0: at density 1 "
    "every edge has a value of its own, below it places without an edge are learned too, and with one shared value "
    "nothing else is. Every network is evaluated with the values it started with. The dense network trained by Adam "
    "is the horizontal line, random weights under a random mask, never trained, the line near chance.",
    metrics=Table("metrics"),
    accuracy=Table("accuracy"),
    chance=Described("largest_class"),
    study=Study(laperm_regimes),
    confidence=Setting("statistics.confidence"),
)

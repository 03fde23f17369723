"""Test accuracy of networks that only learn places: all starting values different, some of them 0, or all the same."""

from disentangle.figures.hump import draw

__all__ = ["draw"]

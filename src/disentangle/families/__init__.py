"""Families: ways to settle a network's wiring and weights, one file each. No family knows a network."""

from disentangle.families.base import Family, GradientFamily
from disentangle.families.given import Found, Frame, Moment, Origin, State
from disentangle.families.registry import FAMILIES, family

__all__ = ["FAMILIES", "Family", "Found", "Frame", "GradientFamily", "Moment", "Origin", "State", "family"]

"""Families: ways to settle a network's wiring and weights, one file each. No family knows a network."""

from disentangle.families.base import Family, Frame, Moment, State
from disentangle.families.registry import FAMILIES, family

__all__ = ["FAMILIES", "Family", "Frame", "Moment", "State", "family"]

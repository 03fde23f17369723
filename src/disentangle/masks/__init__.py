"""Masks and wiring: what a trained cohort is, once the family that made it is gone."""

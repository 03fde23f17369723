"""Masks and wirings: what is left of a trained cohort when its family has done its work."""

"""Statistics: intervals, tests and verdicts. The replicate is the unit, no number goes without interval and n."""

# What identifies a cell in a table; the density is text.
KEY = ("dataset", "network", "family", "density")

# The label of the family that all others are compared with.
BASELINE = "dense"

"""``make bench``: every ratio beside the promised one; exit code 1 when one falls short."""

import sys

from benchmarks.rivals import all_rivals
from benchmarks.timing import ratio
from disentangle.training.device import prepare_device


def main() -> None:
    """Measure, on one thread where a comparison does not say otherwise, and print a table."""
    short = 0
    print(f"{'ratio':>7} {'promised':>8} {'ours, ms':>9}  what")
    for title, ours, theirs, promised, turns, replicates in all_rivals():
        prepare_device("cpu", threads=1)
        fast, _, found = ratio(ours, theirs, turns)
        found *= replicates
        short += found < promised
        print(f"{found:7.1f} {promised:8.1f} {fast * 1e3:9.1f}  {title}")
    sys.exit(f"{short} ratios fall short of what is promised." if short else 0)


main()

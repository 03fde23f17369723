"""Times of two rival ways, taken in turn so that both meet the same machine."""

import time
from collections.abc import Callable


def ratio(ours: Callable[[], object], theirs: Callable[[], object], turns: int) -> tuple[float, float, float]:
    """Minimal seconds of ours and of theirs over some turns, after one turn to warm up, and theirs / ours."""
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(turns + 1):
        for name, way in (("ours", ours), ("theirs", theirs)):
            start = time.perf_counter()
            way()
            if turn:
                times[name].append(time.perf_counter() - start)
    fast, slow = min(times["ours"]), min(times["theirs"])
    return fast, slow, slow / fast

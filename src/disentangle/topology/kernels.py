"""Compiled arithmetic over blocks of images: activations, sums over edges and rewards, in float32.

A row holds the activity of a node, (value of the shared weight, image) in one piece. Inner loops run along rows without
branches, so that the compiler makes vector instructions of them; that is why exp and sin are polynomials of our own.
"""

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from disentangle.topology.compiled import compiled
from disentangle.topology.genome import Codes, Integers, Numbers

Row = NDArray[np.float32]
Rows = NDArray[np.float32]  # (row, value x image) or (row, image)
Cube = NDArray[np.float32]  # (row, value, image)
Rewards = NDArray[np.float64]

ZERO, HALF, ONE, TWO = (np.float32(x) for x in (0, 0.5, 1, 2))
LOWEST, HIGHEST = np.float32(-88), np.float32(89)  # exp of the first is 0 here, and of the second no number
LOG2_E, LN2_HIGH, LN2_LOW = np.float32(1.44269504), np.float32(0.693359375), np.float32(-2.12194440e-4)
SMALLEST, LARGEST = 1e-300, 1e300
ROUNDING = np.float32(1.5 * 2**23)  # added and taken away it rounds to whole numbers, which stand in the last bits meanwhile
# exp(r) - 1 - r = r^2 (E2 + E3 r + ...) for |r| <= ln(2)/2 and sin(pi r) = r (S1 + S3 r^2 + ...) for |r| <= 1/2, each minimax:
# off by less than 1e-7 and 4e-9.
E2, E3, E4, E5 = (np.float32(c) for c in (0.4999914666, 0.1666645716, 0.0418983242, 0.0083746486))
S1, S3, S5, S7, S9 = (np.float32(c) for c in (3.1415925800, -5.1677068789, 2.5500313767, -0.5980451704, 0.0772201215))


@compiled
def _exp_parts(x: Any) -> Any:
    """For x <= `HIGHEST`: 2^k and exp(r) - 1, where x = k ln(2) + r; exp(x) is the first plus their product."""
    x = LOWEST if x < LOWEST else x
    shifted = x * LOG2_E + ROUNDING
    k = shifted - ROUNDING
    r = x - k * LN2_HIGH - k * LN2_LOW
    scale = np.int32((np.float32(shifted).view(np.int32) + 127) << 23).view(np.float32)
    return scale, r + r * r * (E2 + r * (E3 + r * (E4 + r * E5)))


@compiled
def _exp(x: Any) -> Any:
    """exp(x) for x <= `HIGHEST`; 0 below -87.7."""
    scale, rest = _exp_parts(x)
    return scale + scale * rest


@compiled
def _sigmoid(x: Any) -> Any:
    power = _exp(-abs(x))
    return (power if x < ZERO else ONE) / (ONE + power)


@compiled
def _tanh(x: Any) -> Any:
    """From exp(-2 |x|) - 1, which is good to the last bits near 0 too."""
    scale, rest = _exp_parts(-TWO * abs(x))
    less = scale * rest + (scale - ONE)
    size = -less / (TWO + less)
    return -size if x < ZERO else size


@compiled
def _from_even(x: Any) -> Any:
    """x less the nearest even number, in [-1, 1), without rounding; a large float32 is an even number itself."""
    return x - TWO * np.rint(HALF * x)


@compiled
def _sine_of_half_turn(r: Any) -> Any:
    """sin(pi r) for |r| <= 1/2."""
    square = r * r
    return r * (S1 + square * (S3 + square * (S5 + square * (S7 + square * S9))))


@compiled
def _sine(x: Any) -> Any:
    r = _from_even(x)
    size = abs(r)
    y = _sine_of_half_turn(size if size < HALF else ONE - size)
    return -y if r < ZERO else y


@compiled
def _cosine(x: Any) -> Any:
    return _sine_of_half_turn(HALF - abs(_from_even(x)))


@compiled
def activate(code: int, rows: Rows, row: int) -> None:
    """Apply the activation with this code, its place in `genome.ACTIVATIONS`, to a row in place."""
    n = rows.shape[1]
    if code == 1:
        for j in range(n):
            rows[row, j] = _sine(rows[row, j])
    elif code == 2:
        for j in range(n):
            rows[row, j] = _exp(-HALF * rows[row, j] * rows[row, j])
    elif code == 3:
        for j in range(n):
            rows[row, j] = _tanh(rows[row, j])
    elif code == 4:
        for j in range(n):
            rows[row, j] = _sigmoid(rows[row, j])
    elif code == 5:
        for j in range(n):
            rows[row, j] = -rows[row, j]
    elif code == 6:
        for j in range(n):
            rows[row, j] = abs(rows[row, j])
    elif code == 7:
        for j in range(n):
            rows[row, j] = ZERO if rows[row, j] < ZERO else rows[row, j]
    elif code == 8:
        for j in range(n):
            rows[row, j] = _cosine(rows[row, j])


@compiled
def rewards_by_block(
    due: Integers,
    outputs: Numbers,
    codes: Codes,
    places: Numbers,
    leaf_starts: Integers,
    leaves: Numbers,
    source_starts: Integers,
    sources: Numbers,
    height: int,
    inputs: Cube,
    images: Integers,
    classes: Integers,
    values: Row,
    blocks: Integers,
    found: Rewards,
) -> None:
    """Sum over the images of some blocks of the log-probability of their class, into ``found`` (block, individual, value).

    First the fields of a `Graph`, then those of a `Batch`. Individuals share outputs, and so their exp: it is taken relative to
    one reference, the largest logits of the first individual. Where an individual's logits are too far from that, its own
    largest logits serve.
    """
    width, count = inputs.shape[2], len(values)
    activities, powers = np.empty((height, count, width), np.float32), np.empty((height, count, width), np.float32)
    rows = activities.reshape(height, count * width)
    chosen = np.empty((height, count), np.float64)  # of an output, summed over the images of the class it serves
    serves = np.empty(height, np.int64)
    reference, scratch = np.empty((count, width), np.float32), np.empty((2, width), np.float32)
    for block in blocks:
        own, seen = inputs[block], classes[block, -1]
        for i in range(len(due) - 1):
            for node in range(due[i], due[i + 1]):
                row = places[node]
                serves[row] = -1
                _add(rows, sources, source_starts[node], source_starts[node + 1], rows, row)
                _add(own, leaves, leaf_starts[node], leaf_starts[node + 1], scratch, 0)
                for v in range(count):
                    for b in range(width):
                        activities[row, v, b] = values[v] * (activities[row, v, b] + scratch[0, b])
                activate(codes[node], rows, row)
            for v in range(count):
                if i == 0:
                    _largest(activities, v, outputs, i, reference, v)
                found[block, i, v] = 0
            for c in range(outputs.shape[1]):
                row = outputs[i, c]
                if serves[row] != c:
                    serves[row], of_class = c, images[block, classes[block, c] : classes[block, c + 1]]
                    _relate(activities, row, reference, of_class, powers, chosen)
                for v in range(count):
                    found[block, i, v] += chosen[row, v]
            for v in range(count):
                logs = _log_sums(powers, v, outputs, i, seen, scratch)
                if np.isnan(logs):
                    logs = _own_log_sums(activities, v, outputs, i, seen, reference, scratch)
                found[block, i, v] -= logs


@compiled
def _add(rows: Rows, sources: Numbers, begin: int, end: int, into: Rows, row: int) -> None:
    """Sum of the rows from some sources into another row."""
    n = rows.shape[1]
    if end == begin:
        for j in range(n):
            into[row, j] = ZERO
        return
    odd = (end - begin) % 2
    a, b = sources[begin], sources[begin + 1 - odd]
    if odd:
        for j in range(n):
            into[row, j] = rows[a, j]
    else:
        for j in range(n):
            into[row, j] = rows[a, j] + rows[b, j]
    for k in range(begin + 2 - odd, end, 2):
        a, b = sources[k], sources[k + 1]
        for j in range(n):
            into[row, j] += rows[a, j] + rows[b, j]


@compiled
def _largest(activities: Cube, v: int, outputs: Numbers, i: int, into: Rows, place: int) -> None:
    """Largest logit of an individual on each image, into a row."""
    width = into.shape[1]
    for b in range(width):
        into[place, b] = activities[outputs[i, 0], v, b]
    for c in range(1, outputs.shape[1]):
        row = outputs[i, c]
        for b in range(width):
            into[place, b] = into[place, b] if into[place, b] > activities[row, v, b] else activities[row, v, b]


@compiled
def _relate(activities: Cube, row: int, reference: Rows, images: Integers, powers: Cube, chosen: Rewards) -> None:
    """exp of an output's logits less the reference, and the sum of these differences over the images of its class."""
    for v in range(len(reference)):
        for b in range(reference.shape[1]):
            less = activities[row, v, b] - reference[v, b]
            powers[row, v, b] = _exp(HIGHEST if less > HIGHEST else less)
        total = 0.0
        for b in images:
            total += activities[row, v, b] - reference[v, b]
        chosen[row, v] = total


@compiled
def _log_sums(powers: Cube, v: int, outputs: Numbers, i: int, count: int, scratch: Rows) -> float:
    """Sum over images of the logarithm of an individual's sum of powers."""
    width = scratch.shape[1]
    for b in range(width):
        scratch[0, b] = powers[outputs[i, 0], v, b]
    for c in range(1, outputs.shape[1]):
        row = outputs[i, c]
        for b in range(width):
            scratch[0, b] += powers[row, v, b]
    return _sum_of_logs(scratch, count)


@compiled
def _own_log_sums(activities: Cube, v: int, outputs: Numbers, i: int, count: int, reference: Rows, scratch: Rows) -> float:
    """The same, by powers relative to the individual's own largest logits."""
    width = scratch.shape[1]
    _largest(activities, v, outputs, i, scratch, 1)
    for b in range(width):
        scratch[0, b] = ZERO
    for c in range(outputs.shape[1]):
        row = outputs[i, c]
        for b in range(width):
            scratch[0, b] += _exp(activities[row, v, b] - scratch[1, b])
    total = _sum_of_logs(scratch, count)
    for b in range(count):
        total += scratch[1, b] - reference[v, b]
    return total


@compiled
def _sum_of_logs(scratch: Rows, count: int) -> float:
    """Sum of the logarithms of the first numbers of a row, by way of products; no number when one is too large or small."""
    quarter = scratch.shape[1] // 4
    for k in range(count, 4 * quarter):
        scratch[0, k] = ONE
    total: float = 0.0
    a, b, c, d = 1.0, 1.0, 1.0, 1.0
    for k in range(quarter):
        a *= scratch[0, k]
        b *= scratch[0, quarter + k]
        c *= scratch[0, 2 * quarter + k]
        d *= scratch[0, 3 * quarter + k]
    for product in (a, b, c, d):
        total += log(product) if SMALLEST < product < LARGEST else np.nan
    return total

"""One graph of all individuals of a generation: nodes that compute the same are one node, and computed once for all of them.

Children differ from their parents by one mutation, and few parents have most of the children, so a generation has far fewer
different nodes than nodes. Two nodes are the same when they have the same activation and the same sources, and so down to the
inputs. That stands in a hash of 64 bits over the activation and the hashes of the sources in any order: where a generation has
10^5 different nodes, two are taken for one in less than one of 10^9 generations.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disentangle.topology.compiled import compiled
from disentangle.topology.edges import Edges
from disentangle.topology.genome import Codes, Integers, Numbers, Population

Hashes = NDArray[np.uint64]


class Graph(NamedTuple):
    """Different nodes of some individuals, each after its sources, and the rows of a buffer in which their activities lie.

    A row is given to another node when no later individual needs it.
    """

    due: Integers  # (individual + 1): its outputs need the nodes before due[individual + 1]
    outputs: Numbers  # (individual, output): row
    codes: Codes  # (node): activation; outputs are linear
    rows: Numbers  # (node)
    leaf_starts: Integers  # (node + 1): of its sources that are bias or inputs
    leaves: Numbers
    source_starts: Integers  # (node + 1): of its other sources
    sources: Numbers  # row
    height: int  # rows of the buffer


def merged(population: Population, edges: Edges) -> Graph:
    """The graph of all individuals."""
    p, w = population, edges
    most = p.outputs + int(p.hidden.max())
    order, codes, hashes = _hashed(p.leaves, p.outputs, most, p.activations, *w[:4])
    numbers, firsts = _numbered(hashes)
    due = np.searchsorted(firsts, w.nodes)
    outputs = numbers[w.nodes[1:, None] - p.outputs + np.arange(p.outputs)]
    individuals = np.searchsorted(w.nodes, firsts, side="right") - 1
    sources = _sources(p.leaves, most, order, numbers, w.nodes, w.starts, w.sources, firsts, individuals)
    rows, height = _rows(due, outputs, *sources[2:])
    return Graph(due, rows[outputs], codes[firsts], rows, *sources[:3], rows[sources[3]], height)


@compiled
def _mixed(x: np.uint64) -> np.uint64:
    """The finaliser of splitmix64: a bijection that looks like chance."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def _hashed(
    leaves: int,
    outputs: int,
    most: int,
    activations: Codes,
    nodes: Integers,
    layers: Numbers,
    starts: Integers,
    sources: Numbers,
) -> tuple[Numbers, Codes, Hashes]:
    """Nodes of each individual by layer, outputs last: their place among its nodes, activation and hash."""
    order, codes, hashes = np.empty(nodes[-1], np.int32), np.zeros(nodes[-1], np.int8), np.empty(nodes[-1], np.uint64)
    known, begins = np.empty(leaves + most, np.uint64), np.empty(most + 2, np.int64)
    for leaf in range(leaves):
        known[leaf] = _mixed(np.uint64(leaf + 1))
    for i in range(len(nodes) - 1):
        begin, layer = nodes[i], layers[nodes[i] : nodes[i + 1]]
        for level in range(layer[0] + 2):
            begins[level] = 0
        for node in range(len(layer)):
            begins[layer[node] + 1] += 1
        for level in range(layer[0]):
            begins[level + 1] += begins[level]
        for node in range(len(layer)):
            order[begin + begins[layer[node]]] = node
            begins[layer[node]] += 1
        for place in range(begin, nodes[i + 1]):
            node = order[place]
            if node >= outputs:
                codes[place] = activations[begin - i * outputs + node - outputs]
            total = np.uint64(codes[place] + 1) * np.uint64(0x9E3779B97F4A7C15)
            for edge in range(starts[begin + node], starts[begin + node + 1]):
                total += known[sources[edge]]
            hashes[place] = known[leaves + node] = _mixed(total)
    return order, codes, hashes


@compiled
def _numbered(hashes: Hashes) -> tuple[Numbers, Integers]:
    """A number for each different hash, from 0 as they first appear, and where that is."""
    slots = 1024
    while slots < 2 * len(hashes):
        slots *= 2
    table = np.full(slots, -1, np.int32)
    numbers, firsts = np.empty(len(hashes), np.int32), np.empty(len(hashes), np.int64)
    count = 0
    for place in range(len(hashes)):
        slot = np.int64(hashes[place] & np.uint64(slots - 1))
        while table[slot] >= 0 and hashes[firsts[table[slot]]] != hashes[place]:
            slot = (slot + 1) & (slots - 1)
        if table[slot] < 0:
            table[slot] = count
            firsts[count] = place
            count += 1
        numbers[place] = table[slot]
    return numbers, firsts[:count]


@compiled
def _sources(
    leaves: int,
    most: int,
    order: Numbers,
    numbers: Numbers,
    nodes: Integers,
    starts: Integers,
    sources: Numbers,
    firsts: Integers,
    individuals: Integers,
) -> tuple[Integers, Numbers, Integers, Numbers]:
    """Sources of each different node: where those that are leaves start, these, where others start, and their numbers."""
    leaf_starts, other_starts = np.zeros(len(firsts) + 1, np.int64), np.zeros(len(firsts) + 1, np.int64)
    edges = 0
    for k in range(len(firsts)):
        node = nodes[individuals[k]] + order[firsts[k]]
        edges += starts[node + 1] - starts[node]
    found, others, known = np.empty(edges, np.int32), np.empty(edges, np.int32), np.empty(most, np.int32)
    leaf_count = other_count = 0
    before = -1
    for k in range(len(firsts)):
        begin, end = nodes[individuals[k]], nodes[individuals[k] + 1]
        if individuals[k] != before:
            before = individuals[k]
            for place in range(begin, end):
                known[order[place]] = numbers[place]
        node = begin + order[firsts[k]]
        for edge in range(starts[node], starts[node + 1]):
            if sources[edge] < leaves:
                found[leaf_count] = sources[edge]
                leaf_count += 1
            else:
                others[other_count] = known[sources[edge] - leaves]
                other_count += 1
        leaf_starts[k + 1], other_starts[k + 1] = leaf_count, other_count
    return leaf_starts, found[:leaf_count], other_starts, others[:other_count]


@compiled
def _rows(due: Integers, outputs: Numbers, starts: Integers, sources: Numbers) -> tuple[Numbers, int]:
    """A row for each node, free again after the last individual that reads it, and how many rows that takes."""
    count = due[-1]
    last = np.empty(count, np.int32)
    for i in range(len(due) - 1):
        for node in range(due[i], due[i + 1]):
            last[node] = i
            for edge in range(starts[node], starts[node + 1]):
                last[sources[edge]] = i
        for node in outputs[i]:
            last[node] = i
    ends = np.zeros(len(due) + 1, np.int64)
    for node in range(count):
        ends[last[node] + 1] += 1
    for i in range(len(due) - 1):
        ends[i + 1] += ends[i]
    order = np.empty(count, np.int32)
    for node in range(count):
        order[ends[last[node]]] = node
        ends[last[node]] += 1
    rows, free = np.empty(count, np.int32), np.empty(count, np.int32)
    at_hand = height = 0
    for i in range(len(due) - 1):
        for node in range(due[i], due[i + 1]):
            if at_hand:
                at_hand -= 1
                rows[node] = free[at_hand]
            else:
                rows[node] = height
                height += 1
        for place in range(ends[i - 1] if i else 0, ends[i]):
            free[at_hand] = rows[order[place]]
            at_hand += 1
    return rows, height

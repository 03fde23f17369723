"""A made-up claim, what every claim has to say, and metrics to hold it against."""

import numpy as np
import pandas as pd
import yaml

from disentangle.claims.judging import COLUMNS, judge, read_claims
from disentangle.config import Statistics

SPREAD = np.array([-0.01, 0, 0.01, 0.005, -0.005])
ABOUT = {
    "paper": "Someone 2020",
    "statement": "Their networks are as good.",
    "published": None,
    "source": "abstract",
    "kind": "replication",
    "fixed": {"day": "2020-01-31", "seen": ["mnist"]},
    "fails_if": "they are worse",
}
CLAIM = ABOUT | {
    "measure": "difference",
    "family": "edge_popup",
    "against": "dense",
    "criterion": {"rule": "at_least", "threshold": -0.01, "reason": "ours"},
}


def cell(family, density, test, validation=None, dataset="digits", network="mlp", seeds=range(5)):
    """Metrics of a cell with these test accuracies."""
    key = {"dataset": dataset, "network": network, "family": family, "density": density}
    accuracies = {"test_accuracy": test, "validation_accuracy": test if validation is None else validation}
    return pd.DataFrame(key | {"seed": seeds[: len(test)]} | accuracies)


METRICS = pd.concat([
    cell("dense", "1.0", 0.95 + SPREAD),
    cell("edge_popup", "0.1", 0.94 + SPREAD, validation=0.97 + SPREAD),
    cell("edge_popup", "0.5", 0.97 + SPREAD, validation=0.93 + SPREAD),
])  # fmt: skip


def read(folder, content):
    """The claims of a ledger with this content, a mapping or its text."""
    path = folder / "claims.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return read_claims(path)


def judged(folder, claim, metrics=METRICS, experiment="embedded", **found):
    """The only row that a claim gets."""
    table = judge(read(folder, {"made_up": claim}), {"metrics": metrics} | found, experiment, Statistics(resamples=499))
    assert tuple(table.columns) == COLUMNS and len(table) == 1
    return table.iloc[0]

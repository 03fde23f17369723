"""Problems of the theory side by side, and the rows that say where the found masks stand among all."""

import pandas as pd
import pytest
import torch

from disentangle.theory import enumeration
from disentangle.theory.enumeration import KINDS, all_losses, enumeration_rows
from disentangle.theory.problem import Together
from disentangle.theory.search import search


@pytest.mark.parametrize("kind", KINDS)
def test_problems_together_have_each_its_own_loss_and_gradient(kind):
    problems = [KINDS[kind](torch.Generator().manual_seed(seed)) for seed in range(3)]
    weights = torch.rand(2 * 3 * 4, problems[0].edges, dtype=torch.float64).requires_grad_()  # two blocks of four rows each
    alone = [problems[row // 4 % 3].loss(weights[row : row + 1]) for row in range(24)]
    together = Together(problems, 4).loss(weights)
    assert torch.allclose(together, torch.cat(alone), rtol=1e-12)
    slopes = (torch.autograd.grad(loss.sum(), weights, retain_graph=True)[0] for loss in (together, torch.cat(alone)))
    assert torch.allclose(*slopes, rtol=1e-9)


def test_a_search_of_problems_together_finds_what_it_finds_alone():
    problems = [KINDS["quadratic"](torch.Generator().manual_seed(seed)) for seed in range(2)]
    (both,) = search(Together(problems, 3), ["soft"], 6, torch.Generator().manual_seed(9)).values()
    (first,) = search(problems[0], ["soft"], 6, torch.Generator().manual_seed(9)).values()
    assert (both[:3] == first[:3]).all() and (both[3:] != first[3:]).any()


def test_rows_have_every_problem_and_start_and_their_losses_are_those_of_masks(monkeypatch):
    monkeypatch.setattr(enumeration, "PROBLEMS", 2)
    monkeypatch.setattr(enumeration, "STARTS", 3)
    monkeypatch.setattr("disentangle.theory.search.STEPS", 20)
    rows = pd.DataFrame(enumeration_rows(0))
    assert rows.equals(pd.DataFrame(enumeration_rows(0)))
    assert not rows.duplicated(["kind", "problem", "estimator", "start"]).any() and len(rows) == 3 * 2 * 4 * 3
    for kind, draw in KINDS.items():
        stream = 2 + list(KINDS).index(kind)
        losses = all_losses(draw(enumeration.torch_generator(0, "theory", stream, 1)))
        own = rows[(rows["kind"] == kind) & (rows["problem"] == 1)]
        for row in own.to_dict("records"):
            assert abs(losses - row["loss"]).min() < 1e-9 and row["optimum"] == pytest.approx(losses.min())
            assert (losses < row["loss"] - 1e-6).sum() < row["rank"] <= (losses < row["loss"] + 1e-6).sum()

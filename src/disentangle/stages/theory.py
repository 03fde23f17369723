"""Theory: the statements of docs/theory.md checked on small problems. One job an experiment; it needs no data set."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

from disentangle import artefacts
from disentangle.pipeline.job import File, Job, Run
from disentangle.pipeline.plan import Plan


class Theory(Job):
    """Bias of the approximate gradient, convergence of the descent, and rank of the masks it finds, on small problems."""

    stage: ClassVar = "theory"
    message: ClassVar = "Check the theory of the weight-free search"
    products: ClassVar = {
        "bias": "theory/bias.csv",
        "convergence": "theory/convergence.csv",
        "enumeration": "theory/enumeration.csv",
    }
    beside: ClassVar = "theory/bias.meta.json"
    archived: ClassVar = ("bias", "convergence", "enumeration")

    seed: int

    @classmethod
    def plan(cls, plan: Plan) -> Iterable[Self]:
        """One."""
        return [cls(seed=plan.experiment.seed)]

    def needs(self) -> Mapping[str, Sequence[File]]:
        """Nothing."""
        return {}

    def make(self, run: Run) -> None:
        """The three checks."""
        import torch

        from disentangle.theory.bias import bias_rows
        from disentangle.theory.convergence import convergence_rows
        from disentangle.theory.enumeration import enumeration_rows

        torch.set_num_threads(1)  # the tensors are too small for more
        for name, rows in {"bias": bias_rows, "convergence": convergence_rows, "enumeration": enumeration_rows}.items():
            artefacts.write_rows(run.write(name), rows(self.seed))

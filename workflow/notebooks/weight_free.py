# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Networks without weights
#
# Every weight of a weight-free network is 0 or 1 (times one constant for a layer), so all that can be learned is which edges
# exist. The idea is that of Colombo & Gao 2020 (arXiv 2009.05346); only their abstract is at hand, so the gates, the estimators
# of the gradient and the ON/OFF channels below are **our reconstruction**. This notebook uses the library itself, on the 8x8
# digits that come inside scikit-learn, and ends with what the experiment found.

# %%
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import torch
from IPython.display import Image, Markdown, display
from matplotlib.figure import Figure

from disentangle.config import Training
from disentangle.datasets.preparation import prepare
from disentangle.families import Frame, gates
from disentangle.families.weight_free import WeightFree
from disentangle.figures.style import ESTIMATORS
from disentangle.networks import Network
from disentangle.networks.mlp import Mlp
from disentangle.networks.normalisation import by_batch
from disentangle.networks.scoring import losses
from disentangle.tables.accuracy import shown as for_readers
from disentangle.tables.stacking import read_table
from disentangle.tables.writing import markdown
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer

torch.set_num_threads(1)


def show(figure: Figure) -> None:
    """Put a figure below the cell."""
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    display(Image(picture.getvalue()))


def panels(*titles: str) -> tuple[Figure, list[mpl.axes.Axes]]:
    """A figure with axes side by side."""
    figure = Figure(figsize=(3.4 * len(titles), 2.7), layout="constrained")
    axes = figure.subplots(1, len(titles), squeeze=False)[0]
    for one, title in zip(axes, titles, strict=True):
        one.set_title(title)
    return figure, list(axes)


# %% [markdown]
# Which experiment the last section is about; the workflow fills this in.

# %% tags=["parameters"]
results = Path("results/embedded")

# %% [markdown]
# ## Gates
#
# Each possible edge has a latent variable $w$, and exists where $w > 0$: the hard gate $H(w)$. Its derivative is zero wherever
# it has one, so learning needs another. The soft gate $v(w) = 1 / (1 + e^{-h w})$ has one everywhere, and the larger the
# **hardness** $h$, the closer it is to the hard gate, except in a band around zero of a width that shrinks like $1/h$: only
# there is an edge *undecided*, and only there does a gradient reach it.

# %%
latent = torch.linspace(-1, 1, 401)
figure, (gate, slope) = panels("Gates", "Slopes")
gate.plot(latent, gates.hard(latent), color="black", label="hard")
for hardness, shade in zip((2, 10, 50), ("#9ecae1", "#4292c6", "#084594"), strict=True):
    soft = gates.soft(latent, hardness)
    gate.plot(latent, soft, color=shade, label=f"soft, hardness {hardness}")
    slope.plot(latent, hardness * soft * (1 - soft), color=shade)
gate.legend(frameon=False, fontsize=7)
gate.set(xlabel="latent variable w", ylabel="gate")
slope.set(xlabel="latent variable w", ylabel="dv/dw")
show(figure)

# %% [markdown]
# ## The approximate gradient against the exact one
#
# `hard_forward` computes the loss with hard gates and pretends, in the backward pass, that they were soft: an approximate
# gradient. `soft` uses soft gates in both passes, which makes the gradient exact, but of another network than the one
# that is evaluated in the end. Below, both on the same latent variables (uniform in [-1, 1]) and the same 500 images, by
# hardness: as the gates harden the two networks become one, and the gradients point more and more the same way. They need not
# end as one: the harder the gates, the fewer undecided edges the whole gradient rests on.

# %%
data = prepare("digits")
small = Network("mlp", Mlp(widths=[20]), data.shape, len(data.classes), on_off=True)
frame = Frame(small.layers)
images, labels = data.train.inputs[None, :500], data.train.labels[None, :500]
stream = torch.Generator().manual_seed(0)
places = {layer.name: 2 * torch.rand(1, *layer.shape, generator=stream) - 1 for layer in small.layers}


def gradient(estimator: str, hardness: float) -> torch.Tensor:
    """Gradient of the loss in all latent variables, flat, as an estimator has it."""
    latents = {name: w.clone().requires_grad_() for name, w in places.items()}
    opened = {name: gates.estimate(estimator, gates.hard(w), w, hardness) for name, w in latents.items()}
    scaled = {layer.name: opened[layer.name] * (2 / layer.fan_in) ** 0.5 for layer in small.layers}
    loss = losses(small.logits(scaled, images, by_batch), labels).sum()
    return torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(latents.values()))])


rows = []
for hardness in (1, 3, 10, 30, 100, 300):
    approximate, exact = gradient("hard_forward", hardness), gradient("soft", hardness)
    cosine = torch.cosine_similarity(approximate, exact, dim=0).item()
    error = ((approximate - exact).norm() / exact.norm()).item()
    rows.append({"hardness": hardness, "cosine": cosine, "relative error": error})
display(pd.DataFrame(rows).set_index("hardness").round(3))

# %% [markdown]
# ## Four estimators
#
# `identity` keeps the hard gates but lets the gradient through unchanged; `stochastic` draws each gate anew, 1 with probability
# $v(w)$. All four train the same network here, with ON and OFF channels (an edge from a unit's ON channel excites, one from its
# OFF channel inhibits; of a pixel they are x and -x, so that the first layer's weights are in effect -1, 0 and 1), two
# replicates each, while the hardness grows from 1 to 200.

# %%
SEEDS = [0, 1]
cohorts = {}
for estimator in ESTIMATORS:
    family = WeightFree(on_off=True, estimator=estimator)
    trainer = Trainer(small, family, frame, Training(epochs=12, batch_size=32), data)
    cohorts[estimator] = start_cohort(family, frame, SEEDS, torch.device("cpu"))
    trainer.fit(cohorts[estimator], SEEDS, lambda cohort: None)

figure, axes = panels("Validation accuracy (%)", "Undecided gates (%)", "Flips per epoch (%)")
for one, quantity in zip(axes, ("validation_accuracy", "undecided", "flipped"), strict=True):
    for estimator, look in ESTIMATORS.items():
        mean = [100 * row[quantity].mean().item() for row in cohorts[estimator].history[1:]]
        one.plot(range(1, len(mean) + 1), mean, f"-{look.marker}", color=look.colour, markersize=3, label=look.name)
    one.set(xlabel="epoch", xticks=range(2, 13, 2), yscale="linear" if quantity == "validation_accuracy" else "log")
axes[0].legend(frameon=False, fontsize=7)
show(figure)

# %% [markdown]
# ## What the masks look like
#
# The masks of the first replicate in numbers, as `hard_forward` left them; then the first layer, mean of both replicates: how
# many of the 20 hidden units listen to each pixel's ON and OFF channel, beside the mean digit. Pixels that are almost always
# blank say little, so nothing decides whether their edges exist.

# %%
masks = WeightFree(on_off=True).masks(frame, cohorts["hard_forward"].state)
for name, mask in masks.items():
    print(f"{name}: {mask[0].sum().item()} of {mask[0].numel()} edges, density {mask[0].float().mean():.2f}")
on, off = masks["hidden1"].sum(1).float().mean(0).view(2, 8, 8)
figure, axes = panels("Mean digit", "Edges from ON", "Edges from OFF")
axes[0].imshow(data.train.inputs.mean(0)[0], cmap="gray_r")
for one, counts in zip(axes[1:], (on, off), strict=True):
    drawn = one.imshow(counts, cmap="viridis", vmin=0, vmax=20)
for one in axes:
    one.set(xticks=[], yticks=[])
figure.colorbar(drawn, ax=axes, label="edges, of 20")
show(figure)

# %% [markdown]
# ## What the experiment found
#
# The table of accuracies that the workflow made, with its weight-free families and dense.

# %%
table = read_table(results / "tables" / "accuracy.csv")
shown = table[table["family"].str.contains("dense|weight_free|penalty")]
display(Markdown(markdown(for_readers(shown))))

# %% [markdown]
# Test accuracy against what the wiring takes to store, in bits. A full layer costs none; the real weights of dense networks
# cost some 32 bits an edge on top, where these networks have none.

# %%
free = shown[shown["family"] != "dense"]
groups = list(free.groupby(["dataset", "network"]))
figure, axes = panels(*(f"{dataset}, {network}" for (dataset, network), _ in groups)) if groups else panels("no such families")
for one, ((dataset, network), cells) in zip(axes, groups, strict=False):
    for family, of in cells.groupby("family"):
        spread = np.abs(of[["low", "high"]].to_numpy() - of[["mean"]].to_numpy()).T
        one.errorbar(of["bits"] / 8000, 100 * of["mean"], 100 * spread, fmt="o", markersize=4, label=family)
    dense = shown[(shown["family"] == "dense") & (shown["dataset"] == dataset) & (shown["network"] == network)]
    for mean in dense["mean"]:
        one.axhline(100 * mean, color="black", linewidth=1, label="dense")
    one.set(xlabel="bits of the wiring (kB)", ylabel="test accuracy (%)")
    one.legend(frameon=False, fontsize=6)
show(figure)

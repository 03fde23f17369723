# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # The weight profile of VGG-16
#
# Qiu & Suda 2020 draw the sorted weights of each unit of VGG-16's first fully connected layer, and see profiles that look
# alike. The reviewers' objection: sorted samples of one Gaussian look alike too. Here both are drawn, where torchvision's
# weights lie as `vgg16-397923af.pth` in the folder that the environment variable `DISENTANGLE_DATA` names; nothing is
# downloaded.

# %%
import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from IPython.display import Image, Markdown, display

from disentangle.figures import weight_profiles
from disentangle.profiles.cell import profile_curves, profile_rows
from disentangle.profiles.units import units_of
from disentangle.tables.stacking import stack

UNITS = 64  # of the layer's 4,096, evenly chosen; each has 25,088 edges

# %% tags=["parameters"]
results = Path("results/embedded")

# %%
weights = Path(os.environ.get("DISENTANGLE_DATA", "data")) / "vgg16-397923af.pth"

if weights.is_file():
    layer = torch.load(weights, mmap=True, weights_only=True)["classifier.0.weight"]
    chosen = layer[np.linspace(0, len(layer) - 1, min(UNITS, len(layer))).round().astype(int)].numpy()
    moments = {"end": {"classifier.0": units_of(chosen[None], np.ones((1, *chosen.shape), dtype=bool))}}
    rows = pd.DataFrame(profile_rows(moments, [0], 99))
    key = ("imagenet", "vgg16", "dense", "1.0")
    picture = BytesIO()
    weight_profiles.draw(stack({key: rows}), {key: profile_curves(moments["end"])}).savefig(picture, format="png", dpi=110)
    display(Image(picture.getvalue()))
    display(rows.T)
else:
    display(Markdown(f"There is no `{weights.name}` in `{weights.parent}`, so there is nothing to draw."))

"""Edge-popup the way public scripts run it: a DataLoader over PIL images, torchvision's transforms, a full sort for every mask.

Written from the descriptions of Ramanujan et al.'s example, with the normalisation and the optimiser of ours, so that only the
way differs.
"""

from importlib import import_module
from itertools import pairwise
from math import sqrt
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from disentangle.datasets.torchvision_import import torchvision_datasets


class Images(Dataset[tuple[Tensor, int]]):
    """Grey images (image, height, width) in uint8, each made a PIL image and transformed when it is asked for."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        torchvision_datasets()
        transforms = import_module("torchvision.transforms")
        self.images, self.labels = images, labels
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index].numpy(), mode="L")), int(self.labels[index])


class TopShare(Function):
    """The mask of the largest scores by sorting all of them; the gradient passes straight through."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, kept: float) -> Tensor:
        order = scores.flatten().argsort()
        dropped = int((1 - kept) * scores.numel())
        mask = torch.empty_like(scores)
        mask.view(-1)[order[:dropped]] = 0
        mask.view(-1)[order[dropped:]] = 1
        return mask

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class MaskedLinear(nn.Module):
    """Frozen signed constants under the mask of trained scores."""

    def __init__(self, before: int, units: int, kept: float) -> None:
        super().__init__()
        self.kept = kept
        self.register_buffer("weight", torch.randn(units, before).sign() * sqrt(2 / (kept * before)))
        self.scores = nn.Parameter(torch.empty(units, before))
        nn.init.kaiming_uniform_(self.scores, a=sqrt(5))

    def forward(self, inputs: Tensor) -> Tensor:
        return functional.linear(inputs, self.weight * TopShare.apply(self.scores.abs(), self.kept))


def train(images: Images, held_out: Images, widths: list[int], batch_size: int, kept: float, workers: int) -> float:
    """One replicate, once over the images; its accuracy on those held out."""
    sizes = [images.images[0].numel(), *widths, 10]
    layers: list[nn.Module] = [nn.Flatten()]
    for before, units in pairwise(sizes):
        layers += [MaskedLinear(before, units, kept), nn.BatchNorm1d(units, affine=False), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    for inputs, targets in DataLoader(images, batch_size, shuffle=True, num_workers=workers, drop_last=True):
        optimiser.zero_grad()
        functional.cross_entropy(network(inputs), targets).backward()
        optimiser.step()
    network.eval()
    with torch.no_grad():
        loader = DataLoader(held_out, batch_size, num_workers=workers)
        right = sum(int((network(inputs).argmax(1) == targets).sum()) for inputs, targets in loader)
    return right / len(held_out)

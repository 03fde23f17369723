"""A small folder in the ImageFolder layout: gradients and noise of many sizes and kinds."""

import os

import numpy as np
from PIL import Image


def photograph(label, number, grey=False, transparent=False):
    """A gradient that leans with the class, and noise; between 150 and 420 pixels a side."""
    generator = np.random.default_rng([label, number])
    height, width = generator.integers(150, 420, 2)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = np.cos(label) * x + np.sin(label) * y
    pixels = 128 + 80 * np.stack([light, -light, light * x], -1) + generator.normal(0, 20, (height, width, 3))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    if transparent:
        image.putalpha(Image.fromarray((x * 255).astype(np.uint8)))
    return image.convert("L") if grey else image


def write_folder(root, classes=3, train=8, val=2):
    """Leave train/<class>/… and val/<class>/… below a root, and say which; the first two images are grey and transparent."""
    for part, count in (("train", train), ("val", val)):
        for label in range(classes):
            folder = root / part / f"n{label:04d}"
            folder.mkdir(parents=True)
            for i in range(count):
                number = i if part == "train" else 1000 + i
                grey, transparent = (label == 0 and part == "train" and i == kind for kind in (0, 1))
                name = f"{number}.png" if transparent else f"{number}.JPEG"
                photograph(label, number, grey, transparent).save(folder / name)
    return root


def names(split):
    """Paths of a streamed split's images below its root."""
    return [os.fsdecode(bytes(path.tolist()).rstrip(b"\0")) for path in split.paths]

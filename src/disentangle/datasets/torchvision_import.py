"""torchvision's data sets and transforms, also where torch was built without CUDA: imported late, since it costs seconds."""

import sys
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

# torchvision's wheel is linked against CUDA; without it its operators do not load, but its import still names these two.
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_DEFINED: list[Any] = []  # torch forgets a library that nobody holds


@cache
def torchvision_datasets() -> ModuleType:
    """The module torchvision.datasets; where torchvision's operators do not load, their names are defined first.

    Data sets, transforms and models then work; nms, detection and the decoders of torchvision.io do not.
    """
    try:
        return import_module("torchvision.datasets")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for half_imported in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[half_imported]
    library: Any = import_module("torch.library").Library("torchvision", "DEF")
    for schema in SCHEMAS:
        library.define(schema)
    _DEFINED.append(library)
    return import_module("torchvision.datasets")


@cache
def torchvision_transforms() -> ModuleType:
    """The module torchvision.transforms."""
    torchvision_datasets()
    return import_module("torchvision.transforms")

"""The kinds of network: name -> "module:class". A new kind is its file, its line here, and an entry in config.yaml."""

from importlib import import_module
from typing import Any

from disentangle.errors import checked, choose
from disentangle.networks.layout import Layout, Network

KINDS = {
    "mlp": "disentangle.networks.mlp:Mlp",
    "conv2": "disentangle.networks.conv:Conv2",
    "conv4": "disentangle.networks.conv:Conv4",
    "conv6": "disentangle.networks.conv:Conv6",
    "conv8": "disentangle.networks.conv:Conv8",
    "conv13": "disentangle.networks.conv:Conv13",
    "conv7": "disentangle.networks.conv7:Conv7",
    "resnet18": "disentangle.networks.resnet:ResNet18",
    "resnet_laperm": "disentangle.networks.resnet:ResNetLaPerm",
    "resnet50": "disentangle.networks.resnet50:ResNet50",
}


def layout(kind: str, settings: Any, place: str) -> Layout:
    """The layout of that kind with these settings.

    Raises InputError, naming ``place`` in the config, for an unknown kind or setting.
    """
    module, name = KINDS[choose(kind, list(KINDS), f"{place}: network")].split(":")
    found: type[Layout] = getattr(import_module(module), name)
    return checked(found, settings, place, beside=["network"])


def rebuild(description: dict[str, Any]) -> Network:
    """The network that `Network.describe` described."""
    d = description
    return Network(d["kind"], layout(d["kind"], d["settings"], "network"), tuple(d["inputs"]), d["classes"], d["on_off"])

"""The kinds of network: name -> "module:class". A new kind is its file, its line here, and an entry in config.yaml."""

from importlib import import_module
from typing import Any

from disentangle.errors import checked, choose
from disentangle.networks.layout import Layout, Network

KINDS = {
    "mlp": "disentangle.networks.mlp:Mlp",
}


def layout(kind: str, settings: Any, place: str) -> Layout:
    """The layout of that kind with these settings.

    Raises InputError, naming ``place`` in the config, for an unknown kind or setting.
    """
    module, name = KINDS[choose(kind, list(KINDS), f"{place}: network")].split(":")
    found: type[Layout] = getattr(import_module(module), name)
    return checked(found, settings, place)


def rebuild(description: dict[str, Any]) -> Network:
    """The network that `Network.describe` described."""
    d = description
    return Network(d["kind"], layout(d["kind"], d["settings"], "network"), tuple(d["inputs"]), d["classes"], d["on_off"])

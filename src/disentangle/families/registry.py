"""The families: name -> "module:class". A new family is its file, its line here, and an entry in config.yaml."""

from importlib import import_module
from typing import Any

from disentangle.errors import checked, choose
from disentangle.families.base import Family
from disentangle.families.contract import check_class

FAMILIES = {
    "dense": "disentangle.families.dense:Dense",
    "random": "disentangle.families.random:Random",
    "pruned": "disentangle.families.pruned:Pruned",
    "pruned_at_start": "disentangle.families.pruned_at_start:PrunedAtStart",
    "weight_free": "disentangle.families.weight_free:WeightFree",
    "weight_free_top_share": "disentangle.families.weight_free_top_share:WeightFreeTopShare",
    "edge_popup": "disentangle.families.edge_popup:EdgePopup",
    "biprop": "disentangle.families.biprop:Biprop",
    "supermask": "disentangle.families.supermask:Supermask",
    "laperm": "disentangle.families.laperm:LaPerm",
    "control": "disentangle.families.control:Control",
}


def family(name: str, settings: Any, place: str) -> Family:
    """The family of that name with these settings.

    Raises InputError, naming ``place`` in the config, for an unknown family or setting, and for a class that `check_class`
    refuses.
    """
    module, cls = FAMILIES[choose(name, list(FAMILIES), f"{place}: family")].split(":")
    kind: type[Family] = getattr(import_module(module), cls)
    check_class(kind, place)
    return checked(kind, settings, place, beside=["family", "densities", "networks"])

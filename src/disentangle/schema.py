"""The JSON schema of config.yaml, for editors and for readers: generated, never written by hand."""

from importlib import import_module
from typing import Any

from disentangle.config import Experiment, FamilyEntry, NetworkEntry
from disentangle.datasets.registry import DATASETS
from disentangle.families.registry import FAMILIES
from disentangle.networks.registry import KINDS


def config_schema() -> dict[str, Any]:
    """Schema of an experiment, with the settings of every registered family and network (JSON schema, draft 2020-12)."""
    schema = Experiment.model_json_schema()
    definitions = schema["$defs"]
    for entry, table in ((FamilyEntry, FAMILIES), (NetworkEntry, KINDS)):
        definitions[entry.__name__] |= {"properties": _settings(definitions, entry.__name__, table)}
        definitions[entry.__name__]["additionalProperties"] = False
    for field in ("datasets", "networks", "families"):
        schema["properties"][field]["additionalProperties"] = {
            "anyOf": [{"$ref": _reference(schema["properties"][field])}, {"type": "null"}]
        }
        schema["properties"][field].pop("patternProperties", None)
    schema["properties"]["datasets"]["propertyNames"] = {"enum": list(DATASETS)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _reference(field: dict[str, Any]) -> str:
    pattern = next(iter(field.get("patternProperties", {}).values()), None)
    return str((pattern or field["additionalProperties"])["$ref"])


def _settings(definitions: dict[str, Any], entry: str, table: dict[str, str]) -> dict[str, Any]:
    """Properties of an entry: its own and, for each setting, every form that some family or network gives it."""
    forms: dict[str, list[Any]] = {}
    for address in table.values():
        module, name = address.split(":")
        model = getattr(import_module(module), name).model_json_schema(ref_template="#/$defs/{model}")
        definitions |= model.pop("$defs", {})
        for setting, form in model["properties"].items():
            if form not in forms.setdefault(setting, []):
                forms[setting].append(form)
    own: dict[str, Any] = definitions[entry]["properties"]
    key = "family" if "family" in own else "network"
    own[key] = {"enum": list(table), "description": own[key]["description"]}
    return own | {s: form[0] if len(form) == 1 else {"anyOf": form} for s, form in forms.items()}
